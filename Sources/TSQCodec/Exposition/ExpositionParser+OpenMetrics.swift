internal import TSQCore

extension ExpositionParser {
  /// Reads one line of OpenMetrics; `nil` for metadata.
  ///
  /// What the line shows to be missing before it is left in `families`.
  mutating func openMetricsLine(
    _ bytes: RawSpan, _ line: Range<Int>
  ) throws(RejectReason) -> ParsedLine? {
    if families.isAtEnd { throw .badEOF }
    if place(line).lowerBound == 0, ByteOrderMark.count(in: bytes) > 0 { throw .byteOrderMark }
    guard !line.isEmpty, !SeriesText.isBlank(bytes.octet(line.lowerBound)) else {
      throw .badSpacing
    }
    if bytes.octet(line.lowerBound) == Octet.hash {
      try openMetricsComment(bytes, line)
      return nil
    }
    let (parsed, sample): (ParsedLine, OpenMetricsSample)
    do throws(RejectReason) {
      (parsed, sample) = try openMetricsSample(bytes, line)
    } catch {
      families.spoil()
      throw error
    }
    try families.admit(sample)
    return parsed
  }

  /// Reads a sample, the rules of its family aside.
  private mutating func openMetricsSample(
    _ bytes: RawSpan, _ line: Range<Int>
  ) throws(RejectReason) -> (ParsedLine, OpenMetricsSample) {
    var words = StrictWords(end: line.upperBound)
    guard
      let seriesEnd = SeriesText.end(bytes, from: line.lowerBound, to: line.upperBound)
    else { throw .badLabels }
    try SeriesText.parse(
      bytes, from: line.lowerBound, to: seriesEnd, isStrict: true, into: &key)
    words.offset = seriesEnd
    let valueText = try words.next(bytes)
    guard
      let value = ExpositionNumber.value(
        bytes, from: valueText.lowerBound, to: valueText.upperBound)
    else { throw .badValue }
    var time: Int64?
    if !words.isAtEnd, !words.isAtHash(bytes) {
      let text = try words.next(bytes)
      time = ExpositionNumber.seconds(bytes, from: text.lowerBound, to: text.upperBound)
      guard let time, time >= Timestamp.earliestSample.nanoseconds else { throw .badTimestamp }
    }
    let exemplar = words.isAtEnd ? nil : try readExemplar(bytes, &words)
    if let reason = key.fault(limits) { throw reason }
    if key.hasEmptyDuplicates { throw .duplicateTag }
    guard let name = key.value(of: Labels.metricNameLabel.utf8).map({ Array($0) }) else {
      throw .missingMeasurement
    }
    let parsed = ParsedLine(
      series: line.lowerBound..<seriesEnd, value: value, time: time,
      exemplars: exemplar == nil ? 0 : 1)
    return (
      parsed,
      OpenMetricsSample(key: key, name: name, value: value, time: time, exemplar: exemplar)
    )
  }

  /// ` # {labels} value [time]` up to the end of the line; gives the value.
  private mutating func readExemplar(
    _ bytes: RawSpan, _ words: inout StrictWords
  ) throws(RejectReason) -> Double {
    let mark = try words.next(bytes)
    guard mark.count == 1, bytes.octet(mark.lowerBound) == Octet.hash,
      words.offset + 1 < words.end, bytes.octet(words.offset) == Octet.space
    else { throw .badExemplar }
    do throws(RejectReason) {
      words.offset = try SeriesText.parseLabels(
        bytes, from: words.offset + 1, to: words.end, into: &exemplar)
    } catch {
      throw .badExemplar
    }
    let text = try words.next(bytes)
    guard
      let value = ExpositionNumber.value(bytes, from: text.lowerBound, to: text.upperBound)
    else { throw .badExemplar }
    if !words.isAtEnd {
      let time = try words.next(bytes)
      guard ExpositionNumber.seconds(bytes, from: time.lowerBound, to: time.upperBound) != nil
      else { throw .badExemplar }
    }
    guard words.isAtEnd, exemplarCharacters <= Self.exemplarCharacters, exemplar.isUTF8,
      !exemplar.hasDuplicates, !exemplar.hasEmptyDuplicates
    else { throw .badExemplar }
    return value
  }

  /// Characters that an exemplar's labels may have together, by the specification.
  private static let exemplarCharacters = 128

  private var exemplarCharacters: Int {
    let texts = exemplar.texts.map { exemplar.bytes[$0] } + exemplar.emptyNames.map { $0[...] }
    // A character begins at every byte that is not the continuation of one.
    return texts.reduce(0) { sum, text in sum + text.count { $0 & 0xc0 != 0x80 } }
  }

  private mutating func openMetricsComment(
    _ bytes: RawSpan, _ line: Range<Int>
  ) throws(RejectReason) {
    guard
      let text = String(
        validating: bytes.copy(from: line.lowerBound, to: line.upperBound), as: UTF8.self)
    else { throw .badUTF8 }
    if text == "# EOF" {
      families.close()
      families.isAtEnd = true
      return
    }
    let parts = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    // A text may be empty; the space before it may not be left out.
    guard parts.count == 4, parts[0] == "#", let keyword = MetadataKeyword(rawValue: parts[1])
    else { throw .badMetadata }
    let name = Array(parts[2].utf8)
    let span = unsafe name.span.bytes
    guard !name.isEmpty else { throw .badMetadata }
    try SeriesText.checkName(span, 0..<name.count, isStrict: true, colons: true)
    try families.describe(keyword, name, String(parts[3]))
  }
}

/// The keywords of OpenMetrics' metadata.
enum MetadataKeyword: String {
  case type = "TYPE"
  case unit = "UNIT"
  case help = "HELP"

  init?(rawValue: Substring) {
    switch rawValue {
    case "TYPE": self = .type
    case "UNIT": self = .unit
    case "HELP": self = .help
    default: return nil
    }
  }
}

/// Words that exactly one space separates.
struct StrictWords {
  let end: Int
  var offset = 0

  init(end: Int) { self.end = end }

  var isAtEnd: Bool { offset == end }

  /// Whether ` #` comes next.
  func isAtHash(_ bytes: RawSpan) -> Bool {
    offset + 1 < end && bytes.octet(offset) == Octet.space
      && bytes.octet(offset + 1) == Octet.hash
  }

  /// The word behind one space.
  mutating func next(_ bytes: RawSpan) throws(RejectReason) -> Range<Int> {
    guard offset < end, bytes.octet(offset) == Octet.space else { throw .badSpacing }
    let start = offset + 1
    offset = start
    while offset < end, bytes.octet(offset) != Octet.space { offset += 1 }
    guard offset > start, bytes.octet(offset - 1) != Octet.carriageReturn else {
      throw .badSpacing
    }
    return start..<offset
  }
}
