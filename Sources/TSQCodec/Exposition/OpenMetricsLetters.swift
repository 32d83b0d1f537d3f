public import TSQCore

/// OpenMetrics as a file: an exposition, or rejected lines that a server kept and somebody mended.
///
/// A file of kept lines begins with `# rejected time=`. Each of its letters, a comment that says
/// why and the line, came from another exposition, so each is read as one of its own: what a family
/// had before it is not known, and `# EOF` is not missed. Any other file is an exposition as
/// `ExpositionParser` reads it.
public struct OpenMetricsLetters: LineParsing {
  private static let eof = Array("# EOF\n".utf8)

  private enum Content {
    case unknown, exposition, letters
  }

  private let limits: LineProtocolLimits
  private var content = Content.unknown
  private var inner: ExpositionParser
  /// Whether the letter under way has lines, so that its end must be told.
  private var isBegun = false
  private var declared: [MetricMetadata] = []
  /// The number of the next line; every newline counts.
  public var lineNumber: Int {
    get { inner.lineNumber }
    set { inner.lineNumber = newValue }
  }
  /// How many bytes were consumed since the start of the input.
  public private(set) var consumedBytes = 0

  /// A parser at the start of a file.
  public init(limits: LineProtocolLimits = .init()) {
    self.limits = limits
    self.inner = ExpositionParser(.openMetrics, limits: limits)
  }

  /// Parses as `LineParsing.parse` says; what it gives to `batch` counts bytes within a letter.
  public mutating func parse(
    _ bytes: RawSpan, receivedAt: Int64, end: LineProtocolParser.InputEnd,
    keys: inout SeriesKeyTable, into batch: inout LineBatch
  ) -> LineProtocolParser.Progress {
    var start = 0
    if content == .unknown {
      let longestStart = ByteOrderMark.bytes.count + LetterComment.mark.count
      if end == .open, bytes.byteCount < longestStart {
        return LineProtocolParser.Progress(consumed: 0, stop: .needsInput)
      }
      // Letters are no exposition, and an editor may have left the mark when they were mended.
      let markBytes = ByteOrderMark.count(in: bytes)
      content = LetterComment.isMark(bytes, markBytes) ? .letters : .exposition
      if content == .letters { start = markBytes }
    }
    let progress =
      content == .exposition
      ? inner.parse(bytes, receivedAt: receivedAt, end: end, keys: &keys, into: &batch)
      : parseLetters(bytes, from: start, receivedAt, end, &keys, &batch)
    consumedBytes += progress.consumed
    return progress
  }

  /// The descriptions that are complete by now; each is handed out once.
  public mutating func takeDeclarations() -> [MetricMetadata] {
    defer { declared = [] }
    return declared + inner.takeDeclarations()
  }

  private mutating func parseLetters(
    _ bytes: RawSpan, from start: Int, _ receivedAt: Int64, _ end: LineProtocolParser.InputEnd,
    _ keys: inout SeriesKeyTable, _ batch: inout LineBatch
  ) -> LineProtocolParser.Progress {
    var consumed = start
    var stop = LineProtocolParser.Stop.needsInput
    while consumed < bytes.byteCount, stop == .needsInput {
      let newline = bytes.firstOffset(of: Octet.newline, from: consumed, to: bytes.byteCount)
      // A longer one is passed on, to be rejected and dropped as it comes.
      if newline == nil, end == .open, bytes.byteCount - consumed <= limits.lineBytes { break }
      let next = newline.map { $0 + 1 } ?? bytes.byteCount
      if LetterComment.isAt(bytes, consumed) {
        if LetterComment.isMark(bytes, consumed) {
          stop = close(receivedAt, &keys, &batch)
          guard stop == .needsInput else { break }
        }
        lineNumber += 1
        stop = .comment(consumed..<(newline ?? next))
        consumed = next
      } else if Self.isEmpty(bytes, consumed..<next) {
        lineNumber += 1
        consumed = next
      } else {
        isBegun = true
        // A last line without a newline counts: a file is a whole.
        var line = bytes.copy(from: consumed, to: next)
        if newline == nil, end != .open { line.append(Octet.newline) }
        let own = unsafe inner.parse(
          line.span.bytes, receivedAt: receivedAt, end: .open, keys: &keys, into: &batch)
        consumed = min(next, consumed + own.consumed)
        stop = own.stop
      }
    }
    if stop == .needsInput, end != .open { stop = close(receivedAt, &keys, &batch) }
    return LineProtocolParser.Progress(consumed: consumed, stop: stop)
  }

  /// Ends the letter under way; the next one knows nothing of it.
  private mutating func close(
    _ receivedAt: Int64, _ keys: inout SeriesKeyTable, _ batch: inout LineBatch
  ) -> LineProtocolParser.Stop {
    guard isBegun else { return .needsInput }
    let number = lineNumber
    let stop = unsafe inner.parse(
      Self.eof.span.bytes, receivedAt: receivedAt, end: .complete, keys: &keys, into: &batch
    ).stop
    guard stop == .needsInput else { return stop }
    declared += inner.takeDeclarations()
    inner = ExpositionParser(.openMetrics, limits: limits)
    inner.lineNumber = number
    isBegun = false
    return .needsInput
  }

  /// Whether a line says nothing: a blank one, or an end that somebody put behind the letters.
  private static func isEmpty(_ bytes: RawSpan, _ line: Range<Int>) -> Bool {
    var text = bytes.copy(from: line.lowerBound, to: line.upperBound)
    while let last = text.last, last == Octet.newline || last == UInt8(ascii: "\r") {
      text.removeLast()
    }
    return text.isEmpty || text == eof.dropLast()
  }
}
