internal import TSQCore

/// Takes one line apart: structure and values, but not what its names mean.
///
/// The slow and complete way; `KnownLines` is the quick one for lines like those before. It reports
/// a fault only where the bytes at hand prove it, whatever may follow them.
struct LineScanner {
  let precision: LinePrecision

  /// Why a scan stopped without a line.
  enum Failure: Error {
    case fault(LineFault)
    /// The quoted value goes on past the input; scanning can go on at this offset.
    case needsClosingQuote(openedAt: Int, resumeAt: Int)
    /// The line goes on past the input.
    case needsNewline
  }

  /// Scans the line at `start`, which is neither blank nor a comment.
  ///
  /// - Parameters:
  ///   - bytes: the input as far as the line may reach; a quoted value may hold newlines.
  ///   - start: the first byte that is neither space nor tab.
  ///   - line: receives the parts; its arrays are reused.
  /// - Throws: a fault that no further input could mend, or what is missing to decide.
  func scan(
    _ bytes: RawSpan, from start: Int, into line: inout ScannedLine
  ) throws(Failure) {
    line.fields.removeAll(keepingCapacity: true)
    line.tags.removeAll(keepingCapacity: true)
    line.time = nil
    var offset = try scanKey(bytes, from: start, into: &line)
    offset = LineScanner.skipBlanks(bytes, from: offset)
    if isLineEnd(bytes, offset) { throw .fault(LineFault(.missingField, at: offset)) }
    offset = try scanFields(bytes, from: offset, into: &line)
    offset = LineScanner.skipBlanks(bytes, from: offset)
    offset = try scanTime(bytes, from: offset, into: &line)
    guard offset < bytes.byteCount else { throw .needsNewline }
    line.textEnd = offset
    line.next = bytes.octet(offset) == Octet.carriageReturn ? offset + 2 : offset + 1
  }

  /// The first byte from an offset on that is neither space nor tab.
  static func skipBlanks(_ bytes: RawSpan, from start: Int) -> Int {
    var offset = start
    while offset < bytes.byteCount,
      bytes.octet(offset) == Octet.space || bytes.octet(offset) == Octet.tab
    { offset += 1 }
    return offset
  }

  /// Whether the line ends here: a newline, a carriage return before one, or the end of the input.
  private func isLineEnd(_ bytes: RawSpan, _ offset: Int) -> Bool {
    guard offset < bytes.byteCount else { return true }
    let byte = bytes.octet(offset)
    if byte == Octet.newline { return true }
    guard byte == Octet.carriageReturn else { return false }
    return offset + 1 < bytes.byteCount && bytes.octet(offset + 1) == Octet.newline
  }

  /// Measurement and tags, up to the space behind them.
  private func scanKey(
    _ bytes: RawSpan, from start: Int, into line: inout ScannedLine
  ) throws(Failure) -> Int {
    let end = bytes.byteCount
    line.keyStart = start
    var offset = NameText.measurementEnd(bytes, from: start, to: end)
    if offset == start { throw .fault(LineFault(.missingMeasurement, at: start)) }
    line.measurementEnd = offset
    while offset < end, bytes.octet(offset) == Octet.comma {
      let nameStart = offset + 1
      let nameEnd = NameText.end(bytes, from: nameStart, to: end)
      guard nameEnd < end, bytes.octet(nameEnd) == Octet.equals, nameEnd > nameStart else {
        throw .fault(LineFault(.badTag, at: nameEnd))
      }
      offset = NameText.end(bytes, from: nameEnd + 1, to: end)
      if offset < end, bytes.octet(offset) == Octet.equals {
        throw .fault(LineFault(.badTag, at: offset))
      }
      let isEmpty = offset == nameEnd + 1
      if isEmpty || isLineEnd(bytes, nameEnd + 1) {
        throw .fault(LineFault(.emptyTagValue, at: offset))
      }
      line.tags.append(ScannedTag(nameStart: nameStart, nameEnd: nameEnd, valueEnd: offset))
    }
    guard offset < end, bytes.octet(offset) == Octet.space else {
      throw .fault(LineFault(.missingField, at: offset))
    }
    line.keyEnd = offset
    return offset
  }

  /// All fields, up to the space or line end behind them.
  private func scanFields(
    _ bytes: RawSpan, from start: Int, into line: inout ScannedLine
  ) throws(Failure) -> Int {
    var offset = start
    while true {
      let nameEnd = NameText.end(bytes, from: offset, to: bytes.byteCount)
      guard nameEnd < bytes.byteCount, bytes.octet(nameEnd) == Octet.equals, nameEnd > offset
      else {
        if nameEnd == bytes.byteCount { throw .needsNewline }
        throw .fault(LineFault(.badField, at: nameEnd))
      }
      let valueStart = nameEnd + 1
      let valueEnd: Int
      if valueStart < bytes.byteCount, bytes.octet(valueStart) == Octet.quote {
        valueEnd = try endOfString(bytes, from: valueStart)
        line.fields.append(
          ScannedField(nameStart: offset, nameEnd: nameEnd, kind: .string, value: 0))
      } else {
        valueEnd = endOfValue(bytes, from: valueStart)
        guard let (kind, value) = FieldValue.parse(bytes, from: valueStart, to: valueEnd) else {
          if valueEnd == bytes.byteCount { throw .needsNewline }
          throw .fault(LineFault(.badFieldValue, at: valueStart))
        }
        line.fields.append(
          ScannedField(nameStart: offset, nameEnd: nameEnd, kind: kind, value: value))
      }
      guard valueEnd < bytes.byteCount, bytes.octet(valueEnd) == Octet.comma else {
        return valueEnd
      }
      offset = valueEnd + 1
    }
  }

  /// The first `,`, space or line end behind an unquoted value.
  private func endOfValue(_ bytes: RawSpan, from start: Int) -> Int {
    var offset = start
    while offset < bytes.byteCount {
      let byte = bytes.octet(offset)
      if byte == Octet.comma || byte == Octet.space || isLineEnd(bytes, offset) { return offset }
      offset += 1
    }
    return offset
  }

  /// The offset behind the closing quote of the value that opens at `start`.
  private func endOfString(_ bytes: RawSpan, from start: Int) throws(Failure) -> Int {
    let end: Int
    switch LineScanner.closingQuote(bytes, from: start + 1) {
    case .found(let quote): end = quote + 1
    case .order: throw .fault(LineFault(.unterminatedString, at: start))
    case .missing(let resumeAt):
      throw .needsClosingQuote(openedAt: start, resumeAt: resumeAt)
    }
    let isDelimited =
      isLineEnd(bytes, end) || bytes.octet(end) == Octet.comma || bytes.octet(end) == Octet.space
    guard isDelimited else {
      // A carriage return that ends the input may be half of a line end.
      if end + 1 == bytes.byteCount, bytes.octet(end) == Octet.carriageReturn {
        throw .needsNewline
      }
      throw .fault(LineFault(.badFieldValue, at: start))
    }
    return end
  }

  /// What ends a quoted value.
  enum ClosingQuote: Equatable {
    /// A quote at this offset.
    case found(Int)
    /// A line that begins with `# tsq ` comes first: an order to the server is no part of a value.
    case order
    /// Nothing so far; scanning can go on at this offset.
    case missing(resumeAt: Int)
  }

  private static let orderMark = Array("\n# tsq ".utf8)

  /// The first quote without a backslash before it.
  ///
  /// Inside quotes a backslash takes the next byte with it, whatever it is. A sender that waits for
  /// the answer to its sync must get it even where a quote was forgotten before.
  static func closingQuote(_ bytes: RawSpan, from start: Int) -> ClosingQuote {
    let end = bytes.byteCount
    var offset = start
    while offset < end {
      switch bytes.octet(offset) {
      case Octet.quote: return .found(offset)
      case Octet.backslash:
        // A backslash that ends the input is looked at again together with its byte.
        if offset + 1 >= end { return .missing(resumeAt: offset) }
        offset += bytes.octet(offset + 1) == Octet.newline ? 1 : 2
      case Octet.newline:
        let matched = orderMatch(bytes, at: offset)
        if matched == orderMark.count { return .order }
        if offset + matched == end { return .missing(resumeAt: offset) }
        offset += 1
      default: offset += 1
      }
    }
    return .missing(resumeAt: offset)
  }

  /// How many bytes at an offset are those that begin an order, as far as the input goes.
  private static func orderMatch(_ bytes: RawSpan, at start: Int) -> Int {
    var matched = 0
    while matched < orderMark.count, start + matched < bytes.byteCount,
      bytes.octet(start + matched) == orderMark[matched]
    { matched += 1 }
    return matched
  }

  /// The timestamp and blanks behind it; gives the offset of the line end.
  private func scanTime(
    _ bytes: RawSpan, from start: Int, into line: inout ScannedLine
  ) throws(Failure) -> Int {
    if isLineEnd(bytes, start) { return start }
    guard bytes.firstOffset(of: Octet.newline, from: start, to: bytes.byteCount) != nil else {
      throw .needsNewline
    }
    var offset = start
    while !isLineEnd(bytes, offset), bytes.octet(offset) != Octet.space,
      bytes.octet(offset) != Octet.tab
    { offset += 1 }
    let end = LineScanner.skipBlanks(bytes, from: offset)
    guard isLineEnd(bytes, end), let count = DecimalText.int64(bytes, from: start, to: offset)
    else { throw .fault(LineFault(.badTimestamp, at: start)) }
    let (time, overflow) = count.multipliedReportingOverflow(by: precision.unitNanoseconds)
    if overflow || time < Timestamp.earliestSample.nanoseconds {
      throw .fault(LineFault(.badTimestamp, at: start))
    }
    line.time = time
    return end
  }
}
