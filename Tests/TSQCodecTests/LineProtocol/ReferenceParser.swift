import TSQCodec
import TSQCore

/// Line protocol read the slow and obvious way: whole texts, arrays of parts, no state.
///
/// Written from docs/formats/line-protocol.md, and shares no code with the parser it checks.
struct ReferenceParser {
  var limits = LineProtocolLimits()
  var precision = LinePrecision.nanoseconds
  var receivedAt: Int64 = 777
  var end = LineProtocolParser.InputEnd.complete

  private struct Refusal: Error {
    let reason: RejectReason
    /// The line ends at the first newline at or after this offset of the input.
    let place: Int
  }

  private static let newline = UInt8(ascii: "\n")

  func run(_ text: [UInt8]) -> [ParseEvent] {
    var input = text
    let isUnterminated = input.last.map { $0 != Self.newline } ?? false
    if isUnterminated, end == .complete { input.append(Self.newline) }
    var events: [ParseEvent] = []
    var counts = (strings: 0, rounded: 0)
    var number = 1
    var start = 0
    while start < input.count {
      var next = 0
      do {
        next = try line(input, start, number, &events, &counts)
      } catch {
        events.append(.rejected(line: number, reason: error.reason))
        let ending = input[error.place...].firstIndex(of: Self.newline) ?? input.count - 1
        next = ending + 1
      }
      number += input[start..<next].count { $0 == Self.newline }
      start = next
    }
    return events + [.counts(strings: counts.strings, rounded: counts.rounded)]
  }

  /// Reads the line at `start`; gives where the next begins.
  private func line(
    _ input: [UInt8], _ start: Int, _ number: Int, _ events: inout [ParseEvent],
    _ counts: inout (strings: Int, rounded: Int)
  ) throws(Refusal) -> Int {
    let firstEnd = input[start...].firstIndex(of: Self.newline)
    if (firstEnd ?? input.count) - start > limits.lineBytes {
      throw Refusal(reason: .lineTooLong, place: start)
    }
    guard let firstEnd else { throw Refusal(reason: .incompleteLine, place: start) }
    let first = withoutReturn(input[start..<firstEnd])
    let body = first.drop { $0 == 32 || $0 == 9 }
    if body.isEmpty { return firstEnd + 1 }
    if body.first == UInt8(ascii: "#") {
      events.append(.comment(String(decoding: body, as: UTF8.self)))
      return firstEnd + 1
    }
    let (measurement, tags, fieldStart) = try key(body)
    let reach = input[..<min(input.count, start + limits.lineBytes + 1)]
    let broken = input.count - start > limits.lineBytes ? RejectReason.lineTooLong : .incompleteLine
    let line = try FieldReader(input: reach, start: start, precision: precision, broken: broken)
      .read(from: fieldStart) { Refusal(reason: $0, place: $1) }
    let whole = input[body.startIndex..<line.textEnd]
    if let reason = refusal(whole, measurement, tags, line.fields) {
      throw Refusal(reason: reason, place: line.newline)
    }
    counts.strings += line.fields.count { $0.value == .string }
    counts.rounded += line.fields.count {
      if case .number(_, true) = $0.value { true } else { false }
    }
    let samples = line.fields.compactMap { sample(measurement, tags, $0, line.time) }
    events.append(.accepted(line: number, samples: samples))
    return line.newline + 1
  }

  private func sample(
    _ measurement: [UInt8], _ tags: [(name: [UInt8], value: [UInt8])], _ field: ReferenceField,
    _ time: Int64?
  ) -> ParsedSample? {
    guard case .number(let value, _) = field.value else { return nil }
    let name = String(decoding: field.name, as: UTF8.self)
    let base = String(decoding: measurement, as: UTF8.self)
    let labels = Labels(
      metric: name == "value" ? base : "\(base)_\(name)",
      tags.map {
        (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
      })
    guard let labels else { return nil }
    return ParsedSample(labels: labels, time: time ?? receivedAt, bits: value.bitPattern)
  }

  private func withoutReturn(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    text.last == UInt8(ascii: "\r") ? text.dropLast() : text
  }

  /// Measurement and tags, escapes resolved, and where the fields begin.
  private func key(
    _ body: ArraySlice<UInt8>
  ) throws(Refusal) -> ([UInt8], [(name: [UInt8], value: [UInt8])], Int) {
    let space = ReferenceText.firstBare(" ", in: body)
    let parts = ReferenceText.split(body[..<(space ?? body.endIndex)], at: ",")
    if parts[0].isEmpty { throw Refusal(reason: .missingMeasurement, place: body.startIndex) }
    var tags: [(name: [UInt8], value: [UInt8])] = []
    for part in parts.dropFirst() {
      let halves = ReferenceText.split(part, at: "=")
      guard halves.count >= 2, !halves[0].isEmpty else {
        throw Refusal(reason: .badTag, place: body.startIndex)
      }
      // `a==b` has an `=` without a backslash in its value, but only `a=` has none at all.
      if halves.count > 2 { throw Refusal(reason: .badTag, place: body.startIndex) }
      if halves[1].isEmpty { throw Refusal(reason: .emptyTagValue, place: body.startIndex) }
      tags.append((ReferenceText.plain(halves[0]), ReferenceText.plain(halves[1])))
    }
    let rest = body[(space ?? body.endIndex)...].drop { $0 == 32 || $0 == 9 }
    if rest.isEmpty { throw Refusal(reason: .missingField, place: body.startIndex) }
    return (ReferenceText.plain(parts[0]), tags, rest.startIndex)
  }

  /// Why a well-formed line is refused all the same.
  private func refusal(
    _ whole: ArraySlice<UInt8>, _ measurement: [UInt8],
    _ tags: [(name: [UInt8], value: [UInt8])], _ fields: [ReferenceField]
  ) -> RejectReason? {
    if String(validating: whole, as: UTF8.self) == nil { return .badUTF8 }
    if fields.count > limits.fieldsPerLine { return .tooManyFields }
    if tags.count > limits.labelsPerSeries { return .tooManyLabels }
    for tag in tags {
      if tag.name.count > limits.labelNameBytes { return .labelTooLong }
      if [Array("__name__".utf8), Array("__rollup__".utf8)].contains(tag.name) {
        return .reservedLabel
      }
      if tag.value.count > limits.labelValueBytes { return .labelTooLong }
    }
    if Set(tags.map(\.name)).count < tags.count { return .duplicateTag }
    for field in fields
    where measurement.count + 1 + field.name.count > limits.labelValueBytes {
      return .labelTooLong
    }
    return nil
  }
}
