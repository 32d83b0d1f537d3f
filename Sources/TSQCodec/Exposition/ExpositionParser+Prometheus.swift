internal import TSQCore

extension ExpositionParser {
  /// Reads one line of Prometheus' text format; `nil` for a comment or an empty one.
  mutating func prometheusLine(
    _ bytes: RawSpan, _ line: Range<Int>
  ) throws(RejectReason) -> ParsedLine? {
    var end = line.upperBound
    if end > line.lowerBound, bytes.octet(end - 1) == Octet.carriageReturn { end -= 1 }
    let start = SeriesText.skipBlanks(bytes, from: line.lowerBound, to: end)
    guard start < end else { return nil }
    if bytes.octet(start) == Octet.hash {
      metadata.addComment(bytes, from: start, to: end)
      return nil
    }
    guard let seriesEnd = SeriesText.end(bytes, from: start, to: end) else { throw .badLabels }
    let valueText = word(bytes, from: seriesEnd, to: end)
    let timeText = word(bytes, from: valueText.upperBound, to: end)
    let rest = word(bytes, from: timeText.upperBound, to: end)
    guard
      let value = ExpositionNumber.exactValue(
        bytes, from: valueText.lowerBound, to: valueText.upperBound)
    else { throw .badValue }
    guard rest.isEmpty else { throw .badTimestamp }
    var time: Int64?
    if !timeText.isEmpty {
      time = ExpositionNumber.milliseconds(
        bytes, from: timeText.lowerBound, to: timeText.upperBound)
      guard time != nil else { throw .badTimestamp }
    }
    return ParsedLine(series: start..<seriesEnd, value: value, time: time)
  }

  private func word(_ bytes: RawSpan, from start: Int, to end: Int) -> Range<Int> {
    let first = SeriesText.skipBlanks(bytes, from: start, to: end)
    var last = first
    while last < end, !SeriesText.isBlank(bytes.octet(last)) { last += 1 }
    return first..<last
  }
}

/// Gathers the HELP, TYPE and UNIT lines of one metric until they are complete.
struct MetadataLines: Sendable {
  private var open: MetricMetadata?
  private var complete: [MetricMetadata] = []

  /// Takes a comment of Prometheus' text format; anything but HELP, TYPE and UNIT is passed over.
  mutating func addComment(_ bytes: RawSpan, from start: Int, to end: Int) {
    let text = String(decoding: bytes.copy(from: start, to: end), as: UTF8.self)
    let words = text.split(maxSplits: 3, whereSeparator: { $0 == " " || $0 == "\t" })
    guard words.count == 4, words[0] == "#" else { return }
    let name = String(words[2])
    switch words[1] {
    case "HELP": add(name) { $0.help = MetadataLines.unescaped(words[3]) }
    case "TYPE":
      let kind = MetricMetadata.Kind(rawValue: words[3].lowercased())
      add(name) { $0.kind = kind ?? .unknown }
    case "UNIT": add(name) { $0.unit = String(words[3]) }
    default: return
    }
  }

  private mutating func add(_ name: String, _ change: (inout MetricMetadata) -> Void) {
    if open?.metric != name { close() }
    var metric = open ?? MetricMetadata(metric: name)
    change(&metric)
    open = metric
  }

  /// Takes a whole description.
  mutating func add(_ metric: MetricMetadata) { complete.append(metric) }

  /// Nothing more comes.
  mutating func finish() { close() }

  private mutating func close() {
    if let open { complete.append(open) }
    open = nil
  }

  /// Hands out what is complete.
  mutating func take() -> [MetricMetadata] {
    defer { complete = [] }
    return complete
  }

  /// A help text with `\\`, `\n` and `\"` undone.
  static func unescaped(_ text: some StringProtocol) -> String {
    guard text.utf8.contains(Octet.backslash) else { return String(text) }
    var plain: [UInt8] = []
    var isEscaped = false
    for byte in text.utf8 {
      if isEscaped {
        if byte == UInt8(ascii: "n") {
          plain.append(Octet.newline)
        } else {
          if byte != Octet.backslash, byte != Octet.quote { plain.append(Octet.backslash) }
          plain.append(byte)
        }
        isEscaped = false
      } else if byte == Octet.backslash {
        isEscaped = true
      } else {
        plain.append(byte)
      }
    }
    if isEscaped { plain.append(Octet.backslash) }
    return String(decoding: plain, as: UTF8.self)
  }
}
