public import TSQCodec
public import TSQCore

/// Makes batches of a stream of line protocol, each of which can be sent again by itself.
///
/// A batch is the unit of acknowledgement and of resending: large enough that one sync serves
/// thousands of lines, small enough that a resend costs little. So that a resend over another
/// connection, or days later out of a spool, means the same,
///
/// - a line without a timestamp gets the time at which it was read, in nanoseconds one after the other, so
///   that no line replaces the one before it;
/// - `# tsq precision=` begins a new batch, which knows its unit; every other order to the server is
///   emptied, since orders are the sender's own affair;
/// - a batch ends where a line does, not inside a quoted value;
/// - a byte order mark at the start of the stream is left out: it would be in the middle of a connection.
///
/// Every line of the stream is a line of a batch, so that numbers can be told back.
public struct LineBatcher: Sendable {
  /// Whole lines that belong together.
  public struct Batch: Hashable, Sendable {
    /// Each ended by one line feed.
    public var lines: [UInt8]
    /// The unit of their timestamps.
    public let precision: LinePrecision
    /// The number of the first of them in the stream, from 1.
    public let firstLine: Int
  }

  /// A `# tsq precision=` that names no unit: nobody can tell what the timestamps behind it mean.
  public struct UnknownPrecision: Hashable, Sendable {
    /// The line's number in the stream, from 1.
    public let line: Int
    /// What stands behind the `=`.
    public let text: String
  }

  /// The size from which a batch is handed out, bytes; 256 KiB hold about 5,000 common lines.
  public static let targetBytes = 256 << 10
  /// A quoted value is taken for a forgotten quote once its line is longer than a server accepts.
  static let quotedLineBytesMax = 64 << 10

  /// Lines that had no timestamp.
  public private(set) var stampedLines = 0
  /// Where the batcher stopped for good; everything before is in batches, nothing behind is.
  public private(set) var fault: UnknownPrecision?
  private let targetBytes: Int
  private var precision: LinePrecision
  /// Whether nothing was read yet that is no byte order mark.
  private var isAtStart = true
  private var readAt: Int64 = 0
  private var lastStamp = Int64.min
  /// The beginning of a line whose end was not read yet.
  private var rest: [UInt8] = []
  /// What the next batch holds so far, and how much of it is whole lines.
  private var lines: [UInt8] = []
  private var wholeBytes = 0
  private var firstLine = 1
  /// The number of the line at hand.
  private var line = 1
  private var parts = LineParts()
  /// Bytes of the line at hand that are behind us, where it spans several.
  private var quotedBytes = 0
  private var ready: [Batch] = []

  /// A batcher at the start of a stream.
  ///
  /// - Parameters:
  ///   - precision: the unit of timestamps until the stream says another.
  ///   - targetBytes: the size from which a batch is handed out.
  public init(
    precision: LinePrecision = .nanoseconds, targetBytes: Int = LineBatcher.targetBytes
  ) {
    self.precision = precision
    self.targetBytes = targetBytes
  }

  /// Takes more of the stream.
  ///
  /// - Parameters:
  ///   - bytes: what was read.
  ///   - time: when, for lines without a timestamp.
  /// - Returns: the batches that are full.
  /// - Complexity: O(bytes), one copy.
  public mutating func append(_ bytes: [UInt8], readAt time: Timestamp) -> [Batch] {
    readAt = time.nanoseconds
    var input = bytes
    if !rest.isEmpty {
      input = rest + bytes
      rest = []
    }
    take(input)
    defer { ready = [] }
    return ready
  }

  /// The whole lines that wait, for a stream that pauses; `nil` where there are none.
  public mutating func cut() -> Batch? {
    guard wholeBytes > 0 else { return nil }
    var batch = Batch(
      lines: Array(lines[..<wholeBytes]), precision: precision, firstLine: firstLine)
    lines.removeSubrange(..<wholeBytes)
    firstLine += batch.lines.count { $0 == LineBatcher.newline }
    wholeBytes = 0
    if batch.lines.last != LineBatcher.newline { batch.lines.append(LineBatcher.newline) }
    return batch
  }

  /// The stream is over: its last line is ended.
  ///
  /// - Returns: what is left; nothing where all was handed out.
  public mutating func finish() -> [Batch] {
    var input = rest
    rest = []
    if !input.isEmpty { input.append(LineBatcher.newline) }
    take(input)
    // An open quote at the end closes nothing: the server says what is wrong with the line.
    wholeBytes = lines.count
    parts = LineParts()
    defer { ready = [] }
    return ready + [cut()].compactMap(\.self)
  }

  // MARK: - Lines

  private static let newline = UInt8(ascii: "\n")
  private static let order = Array("# tsq ".utf8)

  /// How far a piece of the stream has come.
  private struct Run {
    let input: [UInt8]
    /// What is in `lines` already: what passes unchanged is copied together.
    var copied = 0
    /// The end of the last whole line.
    var whole = 0
  }

  /// Goes through the lines that are complete; what follows the last line feed is kept for later.
  private mutating func take(_ input: [UInt8]) {
    if fault != nil { return }
    var run = Run(input: input)
    var start = 0
    if isAtStart {
      if input.count < ByteOrderMark.bytes.count, ByteOrderMark.bytes.starts(with: input) {
        rest = input
        return
      }
      isAtStart = false
      start = ByteOrderMark.count(in: input)
      (run.copied, run.whole) = (start, start)
    }
    while let end = input[start...].firstIndex(of: LineBatcher.newline) {
      if input[start..<end].starts(with: LineBatcher.order) {
        // It ends a quoted value that is still open, for the server as well.
        endLine(&run, at: start)
        copy(&run, upTo: start)
        obey(input[start..<end])
        if fault != nil { return }
        run.copied = end + 1
        endLine(&run, at: end + 1)
      } else {
        takeLine(&run, start, end)
      }
      line += 1
      start = end + 1
      if !parts.isQuoted, lines.count + start - run.copied >= targetBytes {
        copy(&run, upTo: start)
        if let batch = cut() { ready.append(batch) }
      }
    }
    copy(&run, upTo: start)
    rest = Array(input[start...])
  }

  private mutating func copy(_ run: inout Run, upTo end: Int) {
    if run.whole > run.copied { wholeBytes = lines.count + run.whole - run.copied }
    lines += run.input[run.copied..<end]
    run.copied = end
  }

  /// Ends the line at hand.
  private mutating func endLine(_ run: inout Run, at end: Int) {
    parts = LineParts()
    quotedBytes = 0
    run.whole = end
  }

  private mutating func takeLine(_ run: inout Run, _ start: Int, _ end: Int) {
    let input = run.input
    let span = input.span
    for index in start..<end { parts.take(span[index]) }
    if parts.isQuoted, quotedBytes + end - start < LineBatcher.quotedLineBytesMax {
      // The line feed is part of the value.
      parts.take(LineBatcher.newline)
      quotedBytes += end + 1 - start
      return
    }
    let hasReturn = end > start && span[end - 1] == UInt8(ascii: "\r")
    if parts.lackTime || hasReturn {
      copy(&run, upTo: end)
      while lines.last == UInt8(ascii: "\r") { lines.removeLast() }
      if parts.lackTime {
        // A space at the end is the one that would have come before the timestamp.
        lines.removeLast(min(parts.trailingSpaces, lines.count))
        lines += " \(stamp())".utf8
        stampedLines += 1
      }
      lines.append(LineBatcher.newline)
      run.copied = end + 1
      wholeBytes = lines.count
    }
    endLine(&run, at: end + 1)
  }

  /// The time of a line without one, in the unit in force.
  private mutating func stamp() -> Int64 {
    guard precision == .nanoseconds else { return readAt / precision.unitNanoseconds }
    lastStamp = lastStamp < readAt ? readAt : lastStamp + 1
    return lastStamp
  }

  /// Does what an order says where that is the batcher's affair, and leaves an empty comment.
  private mutating func obey(_ order: ArraySlice<UInt8>) {
    wholeBytes = lines.count
    let words = String(decoding: order, as: UTF8.self).filter { $0 != "\r" }
      .split(separator: " ").dropFirst(2)
    if let word = words.first, word.hasPrefix("precision=") {
      guard words.count == 1, let unit = LinePrecision(text: word.dropFirst("precision=".count))
      else {
        let text = words.joined(separator: " ").dropFirst("precision=".count)
        fault = UnknownPrecision(line: line, text: String(text))
        return
      }
      if unit != precision, let batch = cut() { ready.append(batch) }
      precision = unit
    }
    lines += [UInt8(ascii: "#"), LineBatcher.newline]
    wholeBytes = lines.count
  }
}
