internal import TSQCore

/// A series as exposition formats and PromQL write it: `name{label="value"}`, or, for names of any
/// characters, `{"name","label"="value"}`.
enum SeriesText {
  /// The letter of keys that are such a text.
  static let form = UInt8(ascii: "T")

  /// Where a series' text ends: behind its brace, or at the first blank where it has none.
  ///
  /// - Returns: `nil` where a brace or a quote is not closed.
  static func end(_ bytes: RawSpan, from start: Int, to end: Int) -> Int? {
    var offset = start
    while offset < end, !isBlank(bytes.octet(offset)), bytes.octet(offset) != openBrace {
      offset += 1
    }
    var brace = offset
    while brace < end, isBlank(bytes.octet(brace)) { brace += 1 }
    guard brace < end, bytes.octet(brace) == openBrace else { return offset }
    offset = brace + 1
    while offset < end {
      switch bytes.octet(offset) {
      case closeBrace: return offset + 1
      case Octet.quote:
        guard let quote = closingQuote(bytes, from: offset + 1, to: end) else { return nil }
        offset = quote + 1
      default: offset += 1
      }
    }
    return nil
  }

  /// Reads a series' text into a key.
  ///
  /// Strict is as OpenMetrics 1.0 has it: the classic alphabet, no blanks, no comma at the end. The
  /// key is emptied first; its rules are not checked, see `LabelKey.fault`.
  static func parse(
    _ bytes: RawSpan, from start: Int, to end: Int, isStrict: Bool, into key: inout LabelKey
  ) throws(RejectReason) {
    key.removeAll()
    var offset = start
    while offset < end, !isBlank(bytes.octet(offset)), bytes.octet(offset) != openBrace {
      offset += 1
    }
    if offset > start {
      try checkName(bytes, start..<offset, isStrict: isStrict, colons: true)
      add(metric: bytes, start..<offset, to: &key)
    }
    if !isStrict { offset = skipBlanks(bytes, from: offset, to: end) }
    if offset == end { return }
    guard bytes.octet(offset) == openBrace else { throw .badLabels }
    var reader = LabelReader(bytes: bytes, end: end, isStrict: isStrict, offset: offset + 1)
    try reader.read(into: &key)
    guard reader.offset == end else { throw .badLabels }
  }

  /// Reads labels between braces, such as an exemplar's, into a key.
  ///
  /// `start` is the offset of the opening brace; gives the offset behind the closing one.
  static func parseLabels(
    _ bytes: RawSpan, from start: Int, to end: Int, into key: inout LabelKey
  ) throws(RejectReason) -> Int {
    key.removeAll()
    guard start < end, bytes.octet(start) == openBrace else { throw .badLabels }
    var reader = LabelReader(bytes: bytes, end: end, isStrict: true, offset: start + 1)
    try reader.read(into: &key)
    return reader.offset
  }

  /// The labels of a key that is such a text, or `nil` where it is none.
  static func labels(_ bytes: RawSpan, _ range: Range<Int>) -> Labels? {
    var key = LabelKey()
    do throws(RejectReason) {
      try parse(bytes, from: range.lowerBound, to: range.upperBound, isStrict: false, into: &key)
    } catch {
      return nil
    }
    return LabelKey.labels(unsafe key.bytes.span.bytes, 2..<key.bytes.count)
  }

  static func add(metric bytes: RawSpan, _ range: Range<Int>, to key: inout LabelKey) {
    key.open()
    key.add(Labels.metricNameLabel.utf8)
    key.close()
    key.open()
    key.add(bytes, range)
    key.close()
  }

  /// Whether a bare name has only characters that it may have.
  ///
  /// Beyond OpenMetrics anything goes that cannot be mistaken for what comes behind the name.
  static func checkName(
    _ bytes: RawSpan, _ range: Range<Int>, isStrict: Bool, colons: Bool
  ) throws(RejectReason) {
    for offset in range {
      switch bytes.octet(offset) {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "_"):
        continue
      case Octet.zero...UInt8(ascii: "9") where !isStrict || offset > range.lowerBound: continue
      case UInt8(ascii: ":") where colons: continue
      case Octet.quote, openBrace, closeBrace, Octet.comma, Octet.equals: throw .badLabels
      case let other where isStrict || other <= Octet.space: throw .badName
      default: continue
      }
    }
  }

  static let openBrace = UInt8(ascii: "{")
  static let closeBrace = UInt8(ascii: "}")

  static func isBlank(_ byte: UInt8) -> Bool { byte == Octet.space || byte == Octet.tab }

  static func skipBlanks(_ bytes: RawSpan, from start: Int, to end: Int) -> Int {
    var offset = start
    while offset < end, isBlank(bytes.octet(offset)) { offset += 1 }
    return offset
  }

  /// The quote that ends a text, or `nil` where none does.
  static func closingQuote(_ bytes: RawSpan, from start: Int, to end: Int) -> Int? {
    var offset = start
    while offset < end {
      switch bytes.octet(offset) {
      case Octet.quote: return offset
      case Octet.backslash: offset += 2
      default: offset += 1
      }
    }
    return nil
  }
}

/// Reads `name="value",...}`; the opening brace is behind it already.
private struct LabelReader: ~Escapable {
  let bytes: RawSpan
  let end: Int
  let isStrict: Bool
  private(set) var offset: Int

  @_lifetime(copy bytes)
  init(bytes: RawSpan, end: Int, isStrict: Bool, offset: Int) {
    self.bytes = bytes
    self.end = end
    self.isStrict = isStrict
    self.offset = offset
  }

  @_lifetime(self: copy self)
  mutating func read(into key: inout LabelKey) throws(RejectReason) {
    skip()
    while !take(SeriesText.closeBrace) {
      try readPair(into: &key)
      skip()
      if take(Octet.comma) {
        skip()
        if isStrict, peek == SeriesText.closeBrace { throw .badLabels }
      } else if peek != SeriesText.closeBrace {
        throw .badLabels
      }
    }
  }

  @_lifetime(self: copy self)
  private mutating func readPair(into key: inout LabelKey) throws(RejectReason) {
    if peek == Octet.quote, !isStrict {
      let name = try quoted()
      skip()
      guard peek == Octet.equals else {
        // A text of its own is the metric's name.
        key.open()
        key.add(Labels.metricNameLabel.utf8)
        key.close()
        try add(name, to: &key)
        return
      }
      try add(name, to: &key)
    } else {
      let start = offset
      while let byte = peek, byte != Octet.equals, !SeriesText.isBlank(byte),
        byte != SeriesText.closeBrace, byte != Octet.comma
      {
        offset += 1
      }
      guard offset > start else { throw .badLabels }
      try SeriesText.checkName(bytes, start..<offset, isStrict: isStrict, colons: false)
      key.open()
      key.add(bytes, start..<offset)
      key.close()
    }
    skip()
    guard take(Octet.equals) else { throw .badLabels }
    skip()
    guard peek == Octet.quote else { throw .badLabels }
    try add(try quoted(), to: &key)
  }

  /// The range inside quotes; goes behind them.
  @_lifetime(self: copy self)
  private mutating func quoted() throws(RejectReason) -> Range<Int> {
    guard let quote = SeriesText.closingQuote(bytes, from: offset + 1, to: end) else {
      throw .badLabels
    }
    let inside = (offset + 1)..<quote
    offset = quote + 1
    return inside
  }

  /// Adds a text with its escapes undone.
  private func add(_ range: Range<Int>, to key: inout LabelKey) throws(RejectReason) {
    key.open()
    var place = range.lowerBound
    while place < range.upperBound {
      var byte = bytes.octet(place)
      if byte == Octet.backslash {
        place += 1
        switch bytes.octet(place) {
        case UInt8(ascii: "n"): byte = Octet.newline
        case Octet.quote: byte = Octet.quote
        case Octet.backslash: byte = Octet.backslash
        // PromQL's, which `tsq query -o csv` writes.
        case UInt8(ascii: "r") where !isStrict: byte = Octet.carriageReturn
        case UInt8(ascii: "t") where !isStrict: byte = Octet.tab
        // In OpenMetrics a backslash before any other character stands for itself.
        case let other where isStrict:
          key.add(Octet.backslash)
          byte = other
        default: throw .badLabels
        }
      }
      key.add(byte)
      place += 1
    }
    key.close()
  }

  private var peek: UInt8? { offset < end ? bytes.octet(offset) : nil }

  @_lifetime(self: copy self)
  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    offset += 1
    return true
  }

  @_lifetime(self: copy self)
  private mutating func skip() {
    if !isStrict { offset = SeriesText.skipBlanks(bytes, from: offset, to: end) }
  }
}
