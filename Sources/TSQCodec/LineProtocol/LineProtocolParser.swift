/// Turns Influx line protocol into columns, strictly, one buffer at a time.
///
/// A value without I/O or clock: it keeps only what an unfinished line needs to be found again. Give
/// it the bytes as they arrive, keep what it did not consume in front of the next ones, and the
/// result is the same however the input was cut. `docs/formats/line-protocol.md` is the contract.
public struct LineProtocolParser: Sendable {
  /// What follows the bytes of one call.
  public enum InputEnd: Sendable {
    /// More may come: an unterminated last line is left for the next call.
    case open
    /// Nothing, and the input is whole: the last line may lack its newline.
    case complete
    /// Nothing, since the sender was cut off: an unterminated last line is rejected.
    case cut
  }

  /// Why a call returned.
  public enum Stop: Hashable, Sendable {
    /// Everything that could be parsed was; what is not consumed needs more input.
    case needsInput
    /// A comment line, as a range of the given bytes from its `#` up to its newline. It is consumed;
    /// all lines before it are in the batch.
    case comment(Range<Int>)
    /// The batch is full: take it, empty it, and call again with the rest.
    case batchFull
    /// The key table is full: take the batch, empty both, and call again with the rest.
    case keyTableFull
  }

  /// How far a call came.
  public struct Progress: Hashable, Sendable {
    /// How many of the bytes are done with; the next call begins behind them.
    public let consumed: Int
    /// Why it returned.
    public let stop: Stop
  }

  /// What one line may hold.
  public let limits: LineProtocolLimits
  /// The unit of the timestamps that follow; a `# tsq precision=` comment changes it.
  public var precision: LinePrecision
  /// Whether the sender named a unit that is none: what its timestamps mean is not known.
  var isUnitUnknown = false
  /// The number of the next line; every newline counts, those of comments and blank lines too.
  public var lineNumber = 1
  /// How many bytes were consumed since the start of the input.
  public internal(set) var consumedBytes = 0

  /// What an unfinished line waits for, so that a slow sender does not make us scan it anew.
  enum Waiting: Sendable {
    case nothing
    /// No newline in the first bytes.
    case newline(scanned: Int)
    /// A quoted value is open; no closing quote in the first bytes.
    case closingQuote(scanned: Int)
  }
  var waiting = Waiting.nothing
  /// The rest of a line that was rejected before its newline came is dropped.
  var isSkipping = false
  /// The group of the last line, which predicts the next.
  var lastGroup = SeriesKeyTable.none
  var line = ScannedLine()
  /// A copy of the input's last lines, with zeros behind them.
  private var tail: [UInt8] = []
  /// How much of the input's end is copied at most; longer lines go the complete way.
  private static let tailBytes = 4_096

  /// A parser at the start of an input.
  public init(limits: LineProtocolLimits = .init(), precision: LinePrecision = .nanoseconds) {
    self.limits = limits
    self.precision = precision
  }

  /// Parses lines until the bytes, the batch or the key table are exhausted, or behind a comment.
  ///
  /// - Parameters:
  ///   - bytes: the input from the first byte not consumed yet.
  ///   - receivedAt: the time of lines without one, nanoseconds since the epoch.
  ///   - end: what follows the bytes.
  ///   - keys: gets the new keys of accepted lines.
  ///   - batch: gets the samples, after those it already holds.
  /// - Returns: how far it came and why it stopped. Call again at once unless it needs input.
  /// - Complexity: O(bytes), no allocation for a line like one before it.
  public mutating func parse(
    _ bytes: RawSpan, receivedAt: Int64, end: InputEnd = .open, keys: inout SeriesKeyTable,
    into batch: inout LineBatch
  ) -> Progress {
    precondition(batch.sampleCapacity >= limits.fieldsPerLine, "a batch holds at least one line")
    var run = Run(receivedAt: receivedAt, end: end)
    if isSkipping { skipRest(bytes, &run) }
    if end == .open, !isSkipping, !hasNews(bytes, &run) {
      return finish(run, .needsInput)
    }
    waiting = .nothing
    if consumedBytes == 0 { run.cursor = ByteOrderMark.count(in: bytes) }
    while run.cursor < bytes.byteCount {
      // The quick way believes every time it reads.
      if !isUnitUnknown { stepKnown(bytes, &run, &keys, &batch) }
      if run.cursor == bytes.byteCount { break }
      if let stop = step(bytes, &run, &keys, &batch) { return finish(run, stop) }
    }
    return finish(run, .needsInput)
  }

  /// Goes through the lines that hold nothing new.
  private mutating func stepKnown(
    _ bytes: RawSpan, _ run: inout Run, _ keys: inout SeriesKeyTable, _ batch: inout LineBatch
  ) {
    var known = KnownLines(
      limits: limits, unitNanoseconds: precision.unitNanoseconds, receivedAt: run.receivedAt,
      base: consumedBytes, cursor: run.cursor, lineNumber: lineNumber, lastGroup: lastGroup)
    known.run(bytes, &keys, &batch)
    let start = known.cursor
    (run.cursor, lineNumber, lastGroup) = (start, known.lineNumber, known.lastGroup)
    // A sender that writes line by line would otherwise never get the quick way.
    guard known.ranOut, bytes.byteCount - start <= Self.tailBytes else { return }
    var tail = self.tail
    self.tail = []
    tail.removeAll(keepingCapacity: true)
    unsafe bytes.extracting(start..<bytes.byteCount).withUnsafeBytes {
      unsafe tail.append(contentsOf: $0)
    }
    tail.append(contentsOf: repeatElement(0, count: 2 * QuickNumber.reach))
    var last = KnownLines(
      limits: limits, unitNanoseconds: precision.unitNanoseconds, receivedAt: run.receivedAt,
      base: consumedBytes + start, cursor: 0, lineNumber: lineNumber, lastGroup: lastGroup)
    unsafe last.run(tail.span.bytes, &keys, &batch)
    (run.cursor, lineNumber, lastGroup) = (start + last.cursor, last.lineNumber, last.lastGroup)
    self.tail = tail
  }

  /// One call's state.
  struct Run {
    let receivedAt: Int64
    let end: InputEnd
    var cursor = 0
  }

  private mutating func finish(_ run: Run, _ stop: Stop) -> Progress {
    consumedBytes += run.cursor
    return Progress(consumed: run.cursor, stop: stop)
  }

  /// Drops the rest of a rejected line.
  private mutating func skipRest(_ bytes: RawSpan, _ run: inout Run) {
    guard let newline = bytes.firstOffset(of: Octet.newline, from: 0, to: bytes.byteCount) else {
      run.cursor = bytes.byteCount
      return
    }
    isSkipping = false
    lineNumber += 1
    run.cursor = newline + 1
  }

  /// Whether the unfinished line at the start got what it waits for, or too long to wait.
  private mutating func hasNews(_ bytes: RawSpan, _ run: inout Run) -> Bool {
    switch waiting {
    case .nothing: return true
    case .newline(let scanned):
      if bytes.byteCount > limits.lineBytes { return true }
      let start = min(scanned, bytes.byteCount)
      if bytes.firstOffset(of: Octet.newline, from: start, to: bytes.byteCount) != nil {
        return true
      }
      waiting = .newline(scanned: bytes.byteCount)
      return false
    case .closingQuote(let scanned):
      if bytes.byteCount > limits.lineBytes { return true }
      let closing = LineScanner.closingQuote(bytes, from: min(scanned, bytes.byteCount))
      guard case .missing(let resumeAt) = closing else { return true }
      waiting = .closingQuote(scanned: resumeAt)
      return false
    }
  }
}
