internal import TSQCore

extension RejectReason: Error {}

/// The two or three words of a Graphite line.
struct GraphiteWords {
  private(set) var path: Range<Int>
  private var valueText: Range<Int>
  private var timeText: Range<Int>
  private let hasMore: Bool

  /// Splits a range of offsets at runs of spaces and tabs.
  init(_ bytes: RawSpan, from start: Int, to end: Int) {
    path = Self.word(bytes, from: start, to: end)
    valueText = Self.word(bytes, from: path.upperBound, to: end)
    timeText = Self.word(bytes, from: valueText.upperBound, to: end)
    hasMore = !Self.word(bytes, from: timeText.upperBound, to: end).isEmpty
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == Octet.space || byte == Octet.tab }

  private static func word(_ bytes: RawSpan, from start: Int, to end: Int) -> Range<Int> {
    var first = start
    while first < end, isBlank(bytes.octet(first)) { first += 1 }
    var last = first
    while last < end, !isBlank(bytes.octet(last)) { last += 1 }
    return first..<last
  }

  /// The value; a float, never NaN or infinite.
  func value(_ bytes: RawSpan) throws(RejectReason) -> Double {
    if valueText.isEmpty || hasMore { throw .badShape }
    guard
      let value = DecimalText.double(
        bytes, from: valueText.lowerBound, to: valueText.upperBound), value.isFinite
    else { throw .badFieldValue }
    return value
  }

  /// The time in nanoseconds, or `nil` where it is left out or `-1`.
  func time(_ bytes: RawSpan) throws(RejectReason) -> Int64? {
    if timeText.isEmpty { return nil }
    let (start, end) = (timeText.lowerBound, timeText.upperBound)
    let point = bytes.firstOffset(of: Octet.point, from: start, to: end) ?? end
    guard let seconds = DecimalText.int64(bytes, from: start, to: point) else {
      throw .badTimestamp
    }
    if seconds == -1, point == end { return nil }
    var fraction: Int64 = 0
    if point < end {
      guard let digits = Self.nanoseconds(bytes, from: point + 1, to: end) else {
        throw .badTimestamp
      }
      fraction = bytes.octet(start) == Octet.minus ? -digits : digits
    }
    let (whole, isTooFar) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (time, overflow) = whole.addingReportingOverflow(fraction)
    if isTooFar || overflow || time < Timestamp.earliestSample.nanoseconds { throw .badTimestamp }
    return time
  }

  /// The digits behind the point as nanoseconds; those behind the ninth are cut off.
  private static func nanoseconds(_ bytes: RawSpan, from start: Int, to end: Int) -> Int64? {
    guard start < end else { return nil }
    var value: Int64 = 0
    for offset in start..<max(end, start + 9) {
      var digit: UInt8 = 0
      if offset < end {
        digit = bytes.octet(offset) &- Octet.zero
        if digit > 9 { return nil }
      }
      if offset < start + 9 { value = value * 10 + Int64(digit) }
    }
    return value
  }
}

/// A Graphite path with its tags, rewritten as a line protocol key with the field `value`.
///
/// The key table then needs to know one form only, and a series is one key whichever way it came.
struct GraphiteKey: Sendable {
  /// The key, a space, and the field's name.
  private(set) var bytes: [UInt8] = []
  /// Where the key ends.
  private(set) var end = 0
  private var names: [Range<Int>] = []

  /// Rewrites a path; its array is reused.
  mutating func build(
    _ source: RawSpan, _ path: Range<Int>, _ limits: LineProtocolLimits
  ) throws(RejectReason) {
    bytes.removeAll(keepingCapacity: true)
    names.removeAll(keepingCapacity: true)
    if source.hasNonASCII(from: path.lowerBound, to: path.upperBound),
      !UTF8Check.isValid(source, from: path.lowerBound, to: path.upperBound)
    {
      throw .badUTF8
    }
    let semicolon = UInt8(ascii: ";")
    var offset = path.lowerBound
    let metricEnd = source.firstOffset(of: semicolon, from: offset, to: path.upperBound)
    let metric = offset..<(metricEnd ?? path.upperBound)
    if metric.isEmpty { throw .missingMeasurement }
    if metric.count > limits.labelValueBytes { throw .labelTooLong }
    escape(source, metric)
    offset = metric.upperBound
    while offset < path.upperBound {
      let tagEnd = source.firstOffset(of: semicolon, from: offset + 1, to: path.upperBound)
      try addTag(source, (offset + 1)..<(tagEnd ?? path.upperBound), limits)
      offset = tagEnd ?? path.upperBound
    }
    end = bytes.count
    bytes.append(Octet.space)
    bytes.append(contentsOf: SeriesKeyTable.bareField.utf8)
  }

  private mutating func addTag(
    _ source: RawSpan, _ tag: Range<Int>, _ limits: LineProtocolLimits
  ) throws(RejectReason) {
    guard
      let equals = source.firstOffset(
        of: Octet.equals, from: tag.lowerBound, to: tag.upperBound), equals > tag.lowerBound
    else { throw .badTag }
    if equals + 1 == tag.upperBound { throw .emptyTagValue }
    let name = tag.lowerBound..<equals
    let value = (equals + 1)..<tag.upperBound
    if names.count == limits.labelsPerSeries { throw .tooManyLabels }
    if name.count > limits.labelNameBytes || value.count > limits.labelValueBytes {
      throw .labelTooLong
    }
    let text = source.copy(from: name.lowerBound, to: name.upperBound)
    if text.elementsEqual(Labels.metricNameLabel.utf8)
      || text.elementsEqual(Labels.rollupLabel.utf8)
    {
      throw .reservedLabel
    }
    for other in names
    where other.count == name.count
      && source.equals(name.lowerBound, source, other.lowerBound, count: name.count)
    {
      throw .duplicateTag
    }
    names.append(name)
    bytes.append(Octet.comma)
    escape(source, name)
    bytes.append(Octet.equals)
    escape(source, value)
  }

  /// Backslashes before everything that means something, so that nothing does.
  private mutating func escape(_ source: RawSpan, _ text: Range<Int>) {
    for offset in text {
      let byte = source.octet(offset)
      if NameText.isEscapable(byte) { bytes.append(Octet.backslash) }
      bytes.append(byte)
    }
  }
}
