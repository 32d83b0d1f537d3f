extension ValueColumn {
  /// Columns that already take at most so many bits a value are not tried in further ways.
  static let contentBitsMax = 16

  /// What a column of decimals takes whatever its values: codes, digits, origin, width, base.
  ///
  /// A block of a few values is mostly that.
  static let headBytes = 12

  /// Writes a column by the cheapest transform that gives back every bit.
  ///
  /// - Parameters:
  ///   - values: any bit patterns.
  ///   - writer: receives the column.
  ///   - effort: which packings are tried.
  ///   - scratch: memory.
  static func encode(
    _ values: Span<Double>, into writer: inout ByteWriter, effort: EncodingEffort,
    scratch: inout ColumnScratch
  ) {
    if values.isEmpty { return }
    var best = taken(&scratch.rival)
    var trial = taken(&scratch.trial)
    defer {
      scratch.rival = best
      scratch.trial = trial
    }
    best.removeAllKeepingCapacity()
    if let digits = Decimal.digits(for: values) {
      encode(values, .decimals, digits, into: &best, effort: effort, scratch: &scratch)
      // A sample of prices may hold only round ones: where it missed many, one digit more may do.
      if !scratch.exceptions.isEmpty, digits < Decimal.digitsMax {
        attempt(values, .decimals, digits + 1, &best, &trial, effort, &scratch)
      }
    }
    // Decimals that pack well are what nearly every sender sends: no more questions.
    if best.count == 0 || (best.count - headBytes) * 8 > values.count * contentBitsMax {
      attemptOthers(values, &best, &trial, effort, &scratch)
    }
    writer.append(best.rawSpan)
  }

  /// Tries whatever a sample says may be smaller than what there is.
  private static func attemptOthers(
    _ values: Span<Double>, _ best: inout ByteWriter, _ trial: inout ByteWriter,
    _ effort: EncodingEffort, _ scratch: inout ColumnScratch
  ) {
    if let digits = FloatDecimal.digits(for: values) {
      attempt(values, .floatDecimals, digits, &best, &trial, effort, &scratch)
    }
    let residual = ResidualDecimal.digits(for: values)
    let sample = SortedSample(ordered: values)
    let cut = SplitBits.cut(for: sample)
    let whole = OrderedBits.sixteenthBits(values, sample)
    var guesses: InlineArray<3, Int> = [.max, whole, cut.sixteenthBits]
    if let residual {
      // Where numbers repeat, a range says nothing of the runs or the dictionary that hold them.
      let repeats = whole == 0 || ResidualDecimal.repeats(values, digits: residual.digits)
      guesses[0] = repeats ? 0 : residual.sixteenthBits
    }
    // What promises least goes first: what promises more than that took then is not tried.
    while true {
      var next = 0
      for rival in 1..<3 where guesses[rival] < guesses[next] { next = rival }
      guard guesses[next] < .max, mayPay(guesses[next], values, best) else { return }
      // Bit patterns of decimals are noise; they are for columns that take half their bits anyway.
      if next > 0, best.count > 0, best.count * 2 < values.count * 8 { return }
      switch next {
      case 0:
        let digits = residual?.digits ?? 0
        attempt(values, .residualDecimals, digits, &best, &trial, effort, &scratch)
      case 1: attempt(values, .bits, 0, &best, &trial, effort, &scratch)
      default: attempt(values, .splitBits, cut.lowBits, &best, &trial, effort, &scratch)
      }
      guesses[next] = .max
    }
  }

  private static func mayPay(_ sixteenthBits: Int, _ values: Span<Double>, _ best: ByteWriter)
    -> Bool
  {
    best.count == 0 || sixteenthBits * values.count < best.count * 8 * 16
  }

  /// Writes the column in another way and keeps the smaller one.
  private static func attempt(
    _ values: Span<Double>, _ transform: Transform, _ parameter: Int, _ best: inout ByteWriter,
    _ trial: inout ByteWriter, _ effort: EncodingEffort, _ scratch: inout ColumnScratch
  ) {
    trial.removeAllKeepingCapacity()
    encode(values, transform, parameter, into: &trial, effort: effort, scratch: &scratch)
    if trial.count > 0, best.count == 0 || trial.count < best.count { swap(&best, &trial) }
  }

  /// Writes values by one transform; nothing where too many of them do not fit it.
  private static func encode(
    _ values: Span<Double>, _ transform: Transform, _ parameter: Int,
    into writer: inout ByteWriter, effort: EncodingEffort, scratch: inout ColumnScratch
  ) {
    var first = taken(&scratch.integers)
    var second = taken(&scratch.seconds)
    var exceptions: [Int] = []
    swap(&exceptions, &scratch.exceptions)
    defer {
      scratch.integers = first
      scratch.seconds = second
      swap(&exceptions, &scratch.exceptions)
    }
    first.resizeScratch(values.count)
    exceptions.removeAll(keepingCapacity: true)
    var target = first.mutableSpan
    var fits = true
    var isPair = false
    switch transform {
    case .integers, .decimals:
      fits = Decimal.split(values, digits: parameter, into: &target, exceptions: &exceptions)
    case .floatDecimals:
      fits = FloatDecimal.split(values, digits: parameter, into: &target, exceptions: &exceptions)
    case .bits:
      for index in values.indices { target[index] = OrderedBits.integer(values[index]) }
    case .residualDecimals, .splitBits:
      isPair = true
      second.resizeScratch(values.count)
      var other = second.mutableSpan
      if transform == .splitBits {
        SplitBits.split(values, lowBits: parameter, into: &target, &other)
      } else {
        ResidualDecimal.split(values, digits: parameter, into: &target, &other)
      }
    }
    guard fits else { return }
    let code = transform == .decimals && parameter == 0 ? .integers : transform
    writer.append(code.rawValue | (exceptions.isEmpty ? 0 : exceptionsFlag))
    if code != .integers, code != .bits { writer.append(UInt8(parameter)) }
    IntegerColumn.encode(first.span, into: &writer, effort: effort, scratch: &scratch)
    if isPair {
      IntegerColumn.encode(second.span, into: &writer, effort: effort, scratch: &scratch)
    }
    if !exceptions.isEmpty { Exceptions.encode(exceptions, of: values, into: &writer) }
  }
}
