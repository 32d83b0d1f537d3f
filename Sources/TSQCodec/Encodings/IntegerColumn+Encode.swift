internal import CTSQKernels

extension IntegerColumn {
  /// Writes a column by the cheapest of all schemes.
  ///
  /// - Parameters:
  ///   - values: the integers, in order.
  ///   - writer: receives the column.
  ///   - effort: whether entropy coding is tried.
  ///   - scratch: memory; not its `integers` and `seconds`, which may be the values' own.
  static func encode(
    _ values: Span<Int64>, into writer: inout ByteWriter, effort: EncodingEffort,
    scratch: inout ColumnScratch
  ) {
    if values.isEmpty { return }
    let start = writer.count
    encodeLeaf(values, into: &writer, effort: effort, scratch: &scratch)
    if values.count < Shape.countMin { return }
    var size = writer.count - start
    let shape = Shape(of: values)
    for packing in [Packing.runs, .dictionary] where shape.mayPay(packing, against: size) {
      scratch.child.removeAllKeepingCapacity()
      switch packing {
      case .runs: RunLength.encode(values, effort: effort, scratch: &scratch)
      default: DistinctValues.encode(values, effort: effort, scratch: &scratch)
      }
      guard scratch.child.count < size, scratch.child.count > 0 else { continue }
      writer.truncate(to: start)
      writer.append(scratch.child.rawSpan)
      size = writer.count - start
    }
  }

  /// Writes a column by the cheapest scheme that holds no other columns.
  static func encodeLeaf(
    _ values: Span<Int64>, into writer: inout ByteWriter, effort: EncodingEffort,
    scratch: inout ColumnScratch
  ) {
    if values.isEmpty { return }
    let divisor = CommonDivisor.reduce(values, into: &scratch.quotients)
    let forms = rankedForms(origin: values[0], divisor: divisor, scratch.quotients.span)
    var best: (head: Head, plan: PatchedFrame.Plan)?
    // The form whose residuals lie in the scratch memory.
    var last = Head()
    for rank in 0..<forms.count {
      let form = forms[rank]
      // A sample is a guess: whatever comes close to the best one is weighed in full.
      if rank > 0, form.sixteenthBits > forms[0].sixteenthBits + guessSlackSixteenthBits { break }
      let plan = plan(form.head, scratch: &scratch)
      last = form.head
      if form.head.byteCount + plan.byteCount < sizeOf(best) { best = (form.head, plan) }
      // Nothing is shorter than a constant.
      if plan.width == 0, plan.patchCount == 0 { break }
    }
    guard let best else { return }
    if effort == .cold, encodeBins(against: sizeOf(best), forms, &writer, &scratch) { return }
    if effort == .cold || best.head != last { residuals(best.head, scratch: &scratch) }
    encode(best.head, best.plan, into: &writer, scratch: &scratch)
  }

  /// Forms whose sampled size is within so many sixteenths of a bit of the best are weighed in full.
  static let guessSlackSixteenthBits = 8

  /// A column's head and what a sample says its residuals take.
  private struct Form {
    var head = Head()
    var sixteenthBits = Int.max
  }

  /// The forms a column may have, the one that looks cheapest first.
  private struct Forms {
    private var storage = InlineArray<4, Form>(repeating: Form())
    private(set) var count = 0

    subscript(rank: Int) -> Form { storage[rank] }

    mutating func insert(_ form: Form) {
      var place = count
      while place > 0, storage[place - 1].sixteenthBits > form.sixteenthBits {
        storage[place] = storage[place - 1]
        place -= 1
      }
      storage[place] = form
      count += 1
    }
  }

  private static func rankedForms(
    origin: Int64, divisor: Int64, _ quotients: Span<Int64>
  ) -> Forms {
    var forms = Forms()
    for code in 0...Predictor.grid.rawValue {
      guard let predictor = Predictor(rawValue: code) else { continue }
      var head = Head(predictor: predictor, origin: origin, divisor: divisor)
      head.step = step(for: predictor, quotients)
      // A grid of step 0 is no prediction.
      if predictor == .grid, head.step == 0 { continue }
      let sample = predictor.sample(of: quotients, step: head.step)
      forms.insert(Form(head: head, sixteenthBits: sample.sixteenthBits))
    }
    return forms
  }

  private static func sizeOf(_ form: (head: Head, plan: PatchedFrame.Plan)?) -> Int {
    guard let form else { return .max }
    return form.head.byteCount + form.plan.byteCount
  }

  /// Writes a column whose residuals lie in the scratch memory.
  private static func encode(
    _ form: Head, _ plan: PatchedFrame.Plan, into writer: inout ByteWriter,
    scratch: inout ColumnScratch
  ) {
    var head = form
    head.packing =
      plan.patchCount > 0 ? .patched : plan.width == 0 ? .constant : .packed
    head.encode(into: &writer)
    if head.packing == .constant {
      writer.append(zigzag: plan.base)
      return
    }
    var residuals = taken(&scratch.residuals)
    defer { scratch.residuals = residuals }
    for index in 0..<min(head.predictor.headCount, residuals.count) { residuals[index] = plan.base }
    PatchedFrame.encode(residuals.span, plan: plan, into: &writer, words: &scratch.words)
  }

  /// The cold tier is kept where it saves at least this part of the packed form, in percent: its
  /// integers take four times as long to decode.
  static let entropyGainPercentMin = 5

  /// Columns below this many packed bytes have no room for a table of bins.
  static let entropyBytesMin = 48

  /// Writes a column as entropy-coded bins where that pays.
  private static func encodeBins(
    against size: Int, _ forms: Forms, _ writer: inout ByteWriter,
    _ scratch: inout ColumnScratch
  ) -> Bool {
    guard size >= entropyBytesMin else { return false }
    var best: (head: Head, size: Int)?
    for rank in 0..<forms.count {
      let form = forms[rank]
      if form.sixteenthBits > forms[0].sixteenthBits + guessSlackSixteenthBits { break }
      let cost = form.head.byteCount + chooseBins(form.head, scratch: &scratch)
      if cost < best?.size ?? .max { best = (form.head, cost) }
    }
    guard let best, best.size * 100 <= size * (100 - entropyGainPercentMin) else { return false }
    var head = best.head
    let start = writer.count
    head.packing = .bins
    head.encode(into: &writer)
    _ = chooseBins(head, scratch: &scratch)
    let residuals = taken(&scratch.residuals)
    defer { scratch.residuals = residuals }
    EntropyCoding.encode(residuals.span, into: &writer, scratch: &scratch.entropy)
    // The choice reckoned with an estimate; what counts is what came out.
    if (writer.count - start) * 100 <= size * (100 - entropyGainPercentMin) { return true }
    writer.truncate(to: start)
    return false
  }

  /// Chooses bins for what a predictor leaves over and returns the bytes they will take, nearly.
  private static func chooseBins(_ head: Head, scratch: inout ColumnScratch) -> Int {
    residuals(head, scratch: &scratch)
    let residuals = taken(&scratch.residuals)
    defer { scratch.residuals = residuals }
    return scratch.entropy.chooser.choose(residuals.span)
  }

  private static func plan(_ head: Head, scratch: inout ColumnScratch) -> PatchedFrame.Plan {
    residuals(head, scratch: &scratch)
    return PatchedFrame.plan(scratch.residuals.span, skipping: head.predictor.headCount)
  }

  private static func residuals(_ head: Head, scratch: inout ColumnScratch) {
    var residuals = taken(&scratch.residuals)
    defer { scratch.residuals = residuals }
    residuals.resizeScratch(scratch.quotients.count)
    var target = residuals.mutableSpan
    head.predictor.residuals(of: scratch.quotients.span, step: head.step, into: &target)
  }

  /// What a predictor's head holds besides the origin.
  private static func step(for predictor: Predictor, _ quotients: Span<Int64>) -> Int64 {
    let count = quotients.count
    guard count > 1 else { return 0 }
    switch predictor {
    case .none, .previous: return 0
    case .line: return quotients[1]
    case .grid: return gridStep(quotients)
    }
  }

  /// The step of the grid that timestamps most likely jitter about.
  ///
  /// The mean step, rounded to the coarsest power of ten that moves the last grid point by no more
  /// than the integers jitter: senders aim at round intervals.
  private static func gridStep(_ quotients: Span<Int64>) -> Int64 {
    let last = quotients.count - 1
    // The last quotient may have wrapped; then the grid is a poor one and another predictor wins.
    let mean = (Double(quotients[last]) / Double(last)).rounded()
    guard mean.magnitude < 0x1p62 else { return 0 }
    let step = Int64(mean)
    if step.magnitude < 20 { return step }
    let jitter = unsafe quotients.withUnsafeBufferPointer { buffer in
      guard let first = buffer.baseAddress else { return Int64(0) }
      return unsafe tsq_grid_jitter(first, buffer.count, step)
    }
    var best = step
    var unit: Int64 = 10
    while unit <= step.magnitude / 2, unit <= 100_000_000_000_000_000 {
      let rounded = (Double(step) / Double(unit)).rounded() * Double(unit)
      let drift = (rounded - Double(step)).magnitude * Double(last)
      guard drift <= Double(jitter), rounded.magnitude < 0x1p62 else { break }
      best = Int64(rounded)
      unit *= 10
    }
    return best
  }

  /// How many runs of equal integers a column is.
  private static func runCount(of values: Span<Int64>) -> Int {
    unsafe values.withUnsafeBufferPointer { buffer in
      guard let first = buffer.baseAddress else { return 0 }
      return unsafe 1 + Int(tsq_changes(first, buffer.count))
    }
  }

  /// What decides cheaply whether a scheme with other columns inside is worth a trial.
  private struct Shape {
    /// Fewer integers have no room for the heads of two columns.
    static let countMin = 8

    var count: Int
    var runCount: Int
    /// Bits of an index into the values a sample holds.
    var indexBits: Int

    init(of values: Span<Int64>) {
      count = values.count
      runCount = IntegerColumn.runCount(of: values)
      let sample = SortedSample(of: values)
      let distinct = sample.distinctCount()
      let repeats = distinct * 4 <= sample.count * 3
      indexBits = repeats ? Int.bitWidth - (distinct - 1).leadingZeroBitCount : 64
    }

    func mayPay(_ packing: Packing, against size: Int) -> Bool {
      switch packing {
      // A run takes a few bits for its value and a few for its length.
      case .runs: runCount * 4 <= count && runCount / 2 < size
      // A few distinct values, wide ones, and no order that a predictor could use.
      default: count >= 16 && count * indexBits < size * 8
      }
    }
  }
}
