public import TSQCore

/// Turns comma-separated values into columns: `series,timestamp,value`, or `timestamp,value` for one
/// series named by the caller.
///
/// A first row with these names is passed over and decides; without one, rows have a series unless the
/// caller names one. Behind a first row of other names nobody knows what the columns are, so that every
/// row is rejected: read as `series,timestamp,value` a column of times would name series.
///
/// Times are Unix seconds or RFC 3339. `NaN(0x7ff0000000000002)` is the NaN of these bits, so that every
/// value can be written. Cells may be quoted as RFC 4180 has it, but a row is one line; one that begins
/// with `#` is a comment. The contract is `docs/formats/exposition.md`.
public struct CSVParser: WholeLineParsing {
  /// What one row may hold.
  public let limits: LineProtocolLimits
  /// The number of the next line; every newline counts.
  public var lineNumber = 1
  /// How many bytes were consumed since the start of the input.
  public internal(set) var consumedBytes = 0

  var unfinished = UnfinishedLine()
  /// The series of rows without one.
  private let single: LabelKey?
  private var hasSeries: Bool
  /// Whether a header says which column the series is.
  private var isSeriesDeclared = false
  /// Whether no row was read yet: the first one may be a header.
  private var isAtFirstRow = true
  /// Whether the first row names columns that are not known.
  private var isBehindWrongHeader = false
  /// Whether a row named its series.
  private var hasNamedSeries = false
  private var cells = CSVCells()
  private var raw: [UInt8] = []

  /// Whether a header says that rows name their series although the caller named one.
  public var overrulesSingle: Bool { isSeriesDeclared && single != nil }

  /// A parser at the start of an input.
  ///
  /// - Parameters:
  ///   - single: the series of rows without one.
  ///   - limits: what one row may hold.
  public init(single: Labels? = nil, limits: LineProtocolLimits = .init()) {
    self.limits = limits
    self.single = single.map { LabelKey($0) }
    self.hasSeries = single == nil
  }

  /// Parses as `LineParsing.parse` says; no allocation for a line like one before it.
  public mutating func parse(
    _ bytes: RawSpan, receivedAt: Int64, end: LineProtocolParser.InputEnd,
    keys: inout SeriesKeyTable, into batch: inout LineBatch
  ) -> LineProtocolParser.Progress {
    parseLines(bytes, receivedAt: receivedAt, end: end, &keys, &batch)
  }

  mutating func step(
    _ bytes: RawSpan, _ line: Range<Int>, receivedAt: Int64, _ keys: inout SeriesKeyTable,
    _ batch: inout LineBatch
  ) -> LineProtocolParser.Stop? {
    guard batch.hasRoom else { return .batchFull }
    var end = line.upperBound
    if end > line.lowerBound, bytes.octet(end - 1) == Octet.carriageReturn { end -= 1 }
    let start = line.lowerBound
    if end <= start { return nil }
    // No series begins so: dead letters have such lines, and an export ends with one.
    if bytes.octet(start) == Octet.hash { return .comment(start..<end) }
    do throws(RejectReason) {
      defer { isAtFirstRow = false }
      try cells.read(bytes, from: start, to: end)
      if isAtFirstRow, takeHeader() { return nil }
      if isAtFirstRow { isBehindWrongHeader = !mayBeData }
      if isBehindWrongHeader { throw .badHeader }
      let (time, value) = try timeAndValue()
      guard let known = try resolve(&keys) else { return .keyTableFull }
      batch.accept(
        key: known, time: time, value: value, number: lineNumber,
        bytes: place(start..<end))
    } catch {
      reject(error, bytes, start..<end, &batch)
    }
    return nil
  }

  /// Whether the first row is a header.
  private mutating func takeHeader() -> Bool {
    let names = (0..<cells.count).map {
      String(decoding: cells.bytes[cells[$0]], as: UTF8.self).lowercased()
    }
    guard names == ["series", "timestamp", "value"] || names == ["timestamp", "value"] else {
      return false
    }
    hasSeries = names.count == 3
    isSeriesDeclared = hasSeries
    return true
  }

  /// Whether a number or a date stands where rows have their time, and it or the value can be read:
  /// names of columns begin otherwise, or are no numbers, as `5m_load,15m_load`.
  private var mayBeData: Bool {
    guard cells.count > 1, let first = cells.bytes[cells[cells.count - 2]].first else {
      return false
    }
    guard
      first == Octet.minus || first == UInt8(ascii: "+") || first == Octet.point
        || (Octet.zero...UInt8(ascii: "9")).contains(first)
    else { return false }
    let span = unsafe cells.bytes.span.bytes
    let (time, value) = (cells[cells.count - 2], cells[cells.count - 1])
    return Self.time(span, time) != nil
      || ExpositionNumber.exactValue(span, from: value.lowerBound, to: value.upperBound) != nil
  }

  private func timeAndValue() throws(RejectReason) -> (Int64, Double) {
    if cells.count == 2, single == nil, !hasNamedSeries { throw .missingSeries }
    guard cells.count == (hasSeries ? 3 : 2), hasSeries || single != nil else { throw .badRow }
    let span = unsafe cells.bytes.span.bytes
    // A table whose first column is the time would become one series a row.
    if hasSeries, !isSeriesDeclared, Self.time(span, cells[0]) != nil { throw .badSeries }
    let (timeCell, valueCell) = (cells[cells.count - 2], cells[cells.count - 1])
    guard let time = Self.time(span, timeCell), time >= Timestamp.earliestSample.nanoseconds
    else { throw .badTimestamp }
    guard
      let value = ExpositionNumber.exactValue(
        span, from: valueCell.lowerBound, to: valueCell.upperBound)
    else { throw .badValue }
    return (time, value)
  }

  private static func time(_ bytes: RawSpan, _ cell: Range<Int>) -> Int64? {
    if let time = ExpositionNumber.seconds(bytes, from: cell.lowerBound, to: cell.upperBound) {
      return time
    }
    let text = String(
      decoding: bytes.copy(from: cell.lowerBound, to: cell.upperBound), as: UTF8.self)
    return Timestamp(rfc3339: text)?.nanoseconds
  }

  /// The key of a row's series; `nil` where the table is full.
  private mutating func resolve(
    _ keys: inout SeriesKeyTable
  ) throws(RejectReason) -> UInt32? {
    if hasSeries {
      hasNamedSeries = true
      raw.removeAll(keepingCapacity: true)
      raw.append(Octet.newline)
      raw.append(SeriesText.form)
      raw.append(contentsOf: cells.bytes[cells[0]])
    } else {
      raw = single?.bytes ?? []
    }
    let text = unsafe raw.span.bytes
    let hash = keys.hasher.hash(text, from: 0, to: text.byteCount)
    if let known = keys.wholeKey(text, hash: hash) { return known }
    var key = single ?? LabelKey()
    if hasSeries {
      try SeriesText.parse(text, from: 2, to: text.byteCount, isStrict: false, into: &key)
    }
    if let reason = key.fault(limits) { throw reason }
    return keys.addWholeKey(text, hash: hash)
  }
}
