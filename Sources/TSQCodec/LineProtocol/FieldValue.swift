/// The unquoted values of line protocol: floats, integers, unsigned integers, booleans.
enum FieldValue {
  /// The value of a whole token, or `nil` when it is none.
  ///
  /// Numbers have no leading `+`, at least one digit, and fit their type; a float that overflows to
  /// infinity, `NaN` and `Inf` are refused, as InfluxDB refuses them.
  static func parse(
    _ bytes: RawSpan, from start: Int, to end: Int
  ) -> (kind: FieldKind, value: Double)? {
    guard start < end else { return nil }
    let last = bytes.octet(end - 1)
    switch bytes.octet(start) {
    case Octet.zero...UInt8(ascii: "9"), Octet.minus, Octet.point:
      if last == UInt8(ascii: "i") { return integer(bytes, from: start, to: end - 1) }
      if last == UInt8(ascii: "u") { return unsigned(bytes, from: start, to: end - 1) }
      guard let value = DecimalText.double(bytes, from: start, to: end), value.isFinite else {
        return nil
      }
      return (.number, value)
    case UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"):
      return boolean(bytes, from: start, to: end).map { (.number, $0) }
    default:
      return nil
    }
  }

  /// The largest magnitude below which every integer is a double of its own.
  static let exactLimit: UInt64 = 1 << 53

  private static func integer(
    _ bytes: RawSpan, from start: Int, to end: Int
  ) -> (kind: FieldKind, value: Double)? {
    guard let value = DecimalText.int64(bytes, from: start, to: end) else { return nil }
    return (isExact(value.magnitude) ? .number : .roundedInteger, Double(value))
  }

  private static func unsigned(
    _ bytes: RawSpan, from start: Int, to end: Int
  ) -> (kind: FieldKind, value: Double)? {
    guard let value = DecimalText.magnitude(bytes, from: start, to: end) else { return nil }
    return (isExact(value) ? .number : .roundedInteger, Double(value))
  }

  /// Whether a double holds this integer exactly; past 2^53 only those with enough low zeros.
  private static func isExact(_ magnitude: UInt64) -> Bool {
    magnitude <= exactLimit
      || magnitude.leadingZeroBitCount + magnitude.trailingZeroBitCount >= 64 - 53
  }

  private static func boolean(_ bytes: RawSpan, from start: Int, to end: Int) -> Double? {
    // Packed into one word, the ten spellings are ten comparisons of integers.
    guard end - start <= 5 else { return nil }
    var word: UInt64 = 0
    for offset in start..<end { word = word << 8 | UInt64(bytes.octet(offset)) }
    switch word {
    // t, T, true, True, TRUE; then f, F, false, False, FALSE.
    case 0x74, 0x54, 0x7472_7565, 0x5472_7565, 0x5452_5545: return 1
    case 0x66, 0x46, 0x66_616c_7365, 0x46_616c_7365, 0x46_414c_5345: return 0
    default: return nil
    }
  }
}
