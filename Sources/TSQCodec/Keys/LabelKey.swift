internal import TSQCore

/// A series' labels as bytes, built in place: what a key table keeps where a format has no raw key.
///
/// Starts with a line feed, which no line protocol key can, and a letter for the form; then each
/// name and value with its length, 32 bits little-endian, before it. The metric name is the pair
/// `__name__`. A pair with an empty value is dropped: it means "no such label".
struct LabelKey: Sendable {
  /// The letter of this form.
  static let form = UInt8(ascii: "P")

  private(set) var bytes: [UInt8] = [Octet.newline, Self.form]
  /// Where the texts stand: names at even places, values at odd ones.
  private(set) var texts: [Range<Int>] = []
  private var start = 0
  /// Names of the pairs that were dropped.
  private(set) var emptyNames: [[UInt8]] = []

  /// Forgets everything and keeps the memory.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    bytes.append(Octet.newline)
    bytes.append(Self.form)
    texts.removeAll(keepingCapacity: true)
    if !emptyNames.isEmpty { emptyNames.removeAll() }
  }

  /// Begins the next text: a name, or the value of the name before.
  mutating func open() {
    for _ in 0..<4 { bytes.append(0) }
    start = bytes.count
  }

  /// Adds one byte to the text that is open.
  mutating func add(_ byte: UInt8) { bytes.append(byte) }

  /// Adds bytes to the text that is open.
  mutating func add(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Adds a range of other bytes to the text that is open.
  mutating func add(_ source: RawSpan, _ range: Range<Int>) {
    for offset in range { bytes.append(source.octet(offset)) }
  }

  /// Ends the text that is open.
  mutating func close() {
    let length = UInt32(truncatingIfNeeded: bytes.count - start)
    for place in 0..<4 {
      bytes[start - 4 + place] = UInt8(truncatingIfNeeded: length >> UInt32(8 * place))
    }
    texts.append(start..<bytes.count)
    guard texts.count.isMultiple(of: 2), length == 0 else { return }
    // An empty value: the pair goes, its name too.
    let name = texts[texts.count - 2]
    emptyNames.append(Array(bytes[name]))
    texts.removeLast(2)
    bytes.removeSubrange((name.lowerBound - 4)...)
  }

  /// The number of labels, the metric name among them.
  var pairCount: Int { texts.count / 2 }

  /// The bytes of a name.
  func name(_ pair: Int) -> ArraySlice<UInt8> { bytes[texts[2 * pair]] }

  /// The bytes of a value.
  func value(_ pair: Int) -> ArraySlice<UInt8> { bytes[texts[2 * pair + 1]] }

  /// The value of a label, or `nil` where it is not set.
  func value(of wanted: some Collection<UInt8>) -> ArraySlice<UInt8>? {
    for pair in 0..<pairCount where name(pair).elementsEqual(wanted) { return value(pair) }
    return nil
  }

  /// Why these are no series' labels, or `nil` when they are.
  ///
  /// - Complexity: O(labels · log labels + bytes).
  func fault(_ limits: LineProtocolLimits) -> RejectReason? {
    if !isUTF8 { return .badUTF8 }
    // The metric name is no label of its own.
    if pairCount > limits.labelsPerSeries + 1 { return .tooManyLabels }
    var hasMetric = false
    for pair in 0..<pairCount {
      if name(pair).isEmpty { return .badLabels }
      if name(pair).count > limits.labelNameBytes || value(pair).count > limits.labelValueBytes {
        return .labelTooLong
      }
      if name(pair).elementsEqual(Labels.rollupLabel.utf8) { return .reservedLabel }
      hasMetric = hasMetric || name(pair).elementsEqual(Labels.metricNameLabel.utf8)
    }
    if !hasMetric { return .missingMeasurement }
    return hasDuplicates ? .duplicateTag : nil
  }

  /// Whether every text is UTF-8.
  var isUTF8: Bool {
    let span = unsafe bytes.span.bytes
    return texts.allSatisfy { text in
      !span.hasNonASCII(from: text.lowerBound, to: text.upperBound)
        || UTF8Check.isValid(span, from: text.lowerBound, to: text.upperBound)
    }
  }

  /// Whether the name of a dropped pair stands twice, which strict formats forbid too.
  var hasEmptyDuplicates: Bool {
    if emptyNames.isEmpty { return false }
    let names = (0..<pairCount).map { Array(name($0)) } + emptyNames
    return Set(names).count < names.count
  }

  /// Whether a name stands twice.
  var hasDuplicates: Bool {
    let names = (0..<pairCount).map(name).sorted { $0.lexicographicallyPrecedes($1) }
    return zip(names, names.dropFirst()).contains { $0.elementsEqual($1) }
  }

  /// The labels of a key of this form, or `nil` where the bytes are none.
  ///
  /// The range is the key behind its two leading bytes.
  static func labels(_ span: RawSpan, _ range: Range<Int>) -> Labels? {
    var texts: [String] = []
    var offset = range.lowerBound
    while offset + 4 <= range.upperBound {
      var length = 0
      for place in 0..<4 { length |= Int(span.octet(offset + place)) << (8 * place) }
      guard offset + 4 + length <= range.upperBound else { return nil }
      let text = span.copy(from: offset + 4, to: offset + 4 + length)
      texts.append(String(decoding: text, as: UTF8.self))
      offset += 4 + length
    }
    guard offset == range.upperBound, texts.count.isMultiple(of: 2) else { return nil }
    return Labels(
      stride(from: 0, to: texts.count, by: 2).map {
        Label(name: texts[$0], value: texts[$0 + 1])
      })
  }

  /// The key of a series' labels.
  init(_ labels: Labels) {
    removeAll()
    for pair in labels.pairs {
      open()
      add(pair.name.utf8)
      close()
      open()
      add(pair.value.utf8)
      close()
    }
  }

  init() {}
}
