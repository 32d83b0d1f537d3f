internal import TSQCore

extension ExpositionParser {
  /// Reads one line of OpenMetrics; `nil` for metadata.
  ///
  /// Where the line shows that another one is missing before it, the batch gets that as rejected.
  mutating func openMetricsLine(
    _ bytes: RawSpan, _ line: Range<Int>, _ batch: inout LineBatch
  ) throws(RejectReason) -> ParsedLine? {
    if families.isAtEnd { throw .badEOF }
    guard !line.isEmpty, !SeriesText.isBlank(bytes.octet(line.lowerBound)) else {
      throw .badSpacing
    }
    if bytes.octet(line.lowerBound) == Octet.hash {
      try openMetricsComment(bytes, line, &batch)
      return nil
    }
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
      guard time != nil else { throw .badTimestamp }
    }
    let hasExemplar = !words.isAtEnd
    if hasExemplar { try readExemplar(bytes, &words) }
    if let reason = key.fault(limits) { throw reason }
    let lackedBucket = families.lacksLastBucket
    let admission = try families.admit(key, value: value, time: time, hasExemplar: hasExemplar)
    if let family = admission.opened { metadata.add(family) }
    if admission.leftHistogram, lackedBucket { rejectMissing(.badForType, &batch) }
    return ParsedLine(
      series: line.lowerBound..<seriesEnd, value: value, time: time,
      exemplars: hasExemplar ? 1 : 0)
  }

  /// ` # {labels} value [time]` up to the end of the line.
  private mutating func readExemplar(
    _ bytes: RawSpan, _ words: inout StrictWords
  ) throws(RejectReason) {
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
    let value = try words.next(bytes)
    guard ExpositionNumber.value(bytes, from: value.lowerBound, to: value.upperBound) != nil
    else { throw .badExemplar }
    if !words.isAtEnd {
      let time = try words.next(bytes)
      guard ExpositionNumber.seconds(bytes, from: time.lowerBound, to: time.upperBound) != nil
      else { throw .badExemplar }
    }
    guard words.isAtEnd, exemplarCharacters <= Self.exemplarCharacters else {
      throw .badExemplar
    }
  }

  /// Characters that an exemplar's labels may have together, by the specification.
  private static let exemplarCharacters = 128

  private var exemplarCharacters: Int {
    exemplar.texts.reduce(0) { sum, text in
      // A character begins at every byte that is not the continuation of one.
      sum + exemplar.bytes[text].count { $0 & 0xc0 != 0x80 }
    }
  }

  private mutating func openMetricsComment(
    _ bytes: RawSpan, _ line: Range<Int>, _ batch: inout LineBatch
  ) throws(RejectReason) {
    guard
      let text = String(
        validating: bytes.copy(from: line.lowerBound, to: line.upperBound), as: UTF8.self)
    else { throw .badUTF8 }
    if text == "# EOF" {
      if families.lacksLastBucket { rejectMissing(.badForType, &batch) }
      if let family = families.close() { metadata.add(family) }
      families.isAtEnd = true
      return
    }
    let parts = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0] == "#", let keyword = MetadataKeyword(rawValue: parts[1])
    else { throw .badMetadata }
    let content = parts.count == 4 ? String(parts[3]) : ""
    guard parts.count == 4 || keyword != .type else { throw .badMetadata }
    let name = Array(parts[2].utf8)
    let span = unsafe name.span.bytes
    guard !name.isEmpty else { throw .badMetadata }
    try SeriesText.checkName(span, 0..<name.count, isStrict: true, colons: true)
    let lackedBucket = families.lacksLastBucket
    let described = try families.describe(keyword, name, content)
    if let family = described { metadata.add(family) }
    if lackedBucket, !families.lacksLastBucket { rejectMissing(.badForType, &batch) }
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
