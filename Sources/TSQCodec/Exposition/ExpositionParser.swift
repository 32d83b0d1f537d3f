public import TSQCore

/// Turns exposition text into columns: Prometheus' text format, or OpenMetrics.
///
/// Prometheus' format is read leniently, as its own server reads it: times are milliseconds, comments
/// are passed over. OpenMetrics 1.0 is held to its specification: times are seconds, metadata comes
/// first and once, names fit their family's type, and `# EOF` ends it. The contract is
/// `docs/formats/exposition.md`.
public struct ExpositionParser: WholeLineParsing {
  /// Which of the two formats.
  public enum Dialect: Sendable {
    /// Prometheus' text format 0.0.4 and its UTF-8 names.
    case prometheus
    /// OpenMetrics 1.0.
    case openMetrics
  }

  /// What one line may hold.
  public let limits: LineProtocolLimits
  /// Which format.
  public let dialect: Dialect
  /// The number of the next line; every newline counts.
  public var lineNumber = 1
  /// How many bytes were consumed since the start of the input.
  public internal(set) var consumedBytes = 0

  /// OpenMetrics forbids the mark.
  var passesByteOrderMark: Bool { dialect == .prometheus }

  var unfinished = UnfinishedLine()
  private var isFinished = false
  /// The series' text in the form that the key table keeps.
  var raw: [UInt8] = []
  var key = LabelKey()
  var exemplar = LabelKey()
  var metadata = MetadataLines()
  var families = OpenMetricsFamilies()

  /// A parser at the start of an input.
  public init(_ dialect: Dialect, limits: LineProtocolLimits = .init()) {
    self.dialect = dialect
    self.limits = limits
  }

  /// Parses as `LineParsing.parse` says; no allocation for a line like one before it.
  public mutating func parse(
    _ bytes: RawSpan, receivedAt: Int64, end: LineProtocolParser.InputEnd,
    keys: inout SeriesKeyTable, into batch: inout LineBatch
  ) -> LineProtocolParser.Progress {
    parseLines(bytes, receivedAt: receivedAt, end: end, &keys, &batch)
  }

  /// The descriptions that are complete by now; each is handed out once.
  public mutating func takeDeclarations() -> [MetricMetadata] { metadata.take() }

  /// The input is over: what is missing at its end counts as one rejected line.
  mutating func finish(_ batch: inout LineBatch) {
    guard !isFinished else { return }
    isFinished = true
    metadata.finish()
    guard dialect == .openMetrics else { return }
    families.close()
    settleFamilies(&batch)
    if !families.isAtEnd { rejectMissing(.badEOF, &batch) }
  }

  mutating func step(
    _ bytes: RawSpan, _ line: Range<Int>, receivedAt: Int64, _ keys: inout SeriesKeyTable,
    _ batch: inout LineBatch
  ) -> LineProtocolParser.Stop? {
    if dialect == .prometheus, LetterComment.isAt(bytes, line.lowerBound) { return .comment(line) }
    // One more than a line needs: a line may show that another is missing before it.
    guard batch.hasRoom, batch.rejected.count + 1 < LineBatch.rejectedCapacity else {
      return .batchFull
    }
    // Asked before the line is read: what a family has seen is not undone.
    // A label takes five bytes beside its texts in a line, and eight in a key.
    guard keys.hasRoom(keyBytes: 2 * line.count + 32, fieldCount: 1) else { return .keyTableFull }
    do {
      let parsed =
        dialect == .openMetrics
        ? try openMetricsLine(bytes, line) : try prometheusLine(bytes, line)
      settleFamilies(&batch)
      guard let parsed else { return nil }
      let known = try resolve(bytes, parsed, &keys)
      batch.ignoredStringFields += parsed.exemplars
      batch.accept(
        key: known, time: parsed.time ?? receivedAt, value: parsed.value, number: lineNumber,
        bytes: place(line))
    } catch {
      settleFamilies(&batch)
      reject(error, bytes, line, &batch)
    }
    return nil
  }

  /// Takes what the last line of OpenMetrics told of the family before it.
  private mutating func settleFamilies(_ batch: inout LineBatch) {
    guard dialect == .openMetrics else { return }
    if let reason = families.takeMissing() { rejectMissing(reason, &batch) }
    for family in families.takeDescribed() { metadata.add(family) }
  }

  /// One sample as it stands in a line.
  struct ParsedLine {
    let series: Range<Int>
    let value: Double
    /// Nanoseconds, or `nil` where the time is left to the receiver.
    let time: Int64?
    /// Exemplars behind it, which are not stored.
    var exemplars = 0
  }

  /// The key of a line's series.
  private mutating func resolve(
    _ bytes: RawSpan, _ line: ParsedLine, _ keys: inout SeriesKeyTable
  ) throws(RejectReason) -> UInt32 {
    raw.removeAll(keepingCapacity: true)
    if dialect == .openMetrics {
      // Read already, by stricter rules than those by which a key's text is.
      raw.append(contentsOf: key.bytes)
    } else {
      raw.append(Octet.newline)
      raw.append(SeriesText.form)
      for offset in line.series { raw.append(bytes.octet(offset)) }
    }
    let text = unsafe raw.span.bytes
    let hash = keys.hasher.hash(text, from: 0, to: text.byteCount)
    if let known = keys.wholeKey(text, hash: hash) { return known }
    // The labels of an OpenMetrics line were checked already, with the rules of its family.
    if dialect == .prometheus {
      var key = LabelKey()
      try SeriesText.parse(
        bytes, from: line.series.lowerBound, to: line.series.upperBound, isStrict: false,
        into: &key)
      if let reason = key.fault(limits) { throw reason }
    }
    guard let added = keys.addWholeKey(text, hash: hash) else {
      preconditionFailure("there was room for the whole line")
    }
    return added
  }

  /// Counts a line that should stand here and does not.
  func rejectMissing(_ reason: RejectReason, _ batch: inout LineBatch) {
    batch.rejected.append(
      RejectedLine(
        number: lineNumber, reason: reason, bytes: consumedBytes..<consumedBytes, excerpt: []))
  }
}
