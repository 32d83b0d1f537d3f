/// Numbers of the common shapes, eight digits at a time: `58i`, `58.23`, `3.0456852791877944`.
///
/// Whatever is longer, has an exponent or is malformed is left to `FieldValue`.
enum QuickNumber {
  /// A number and the offset behind it; `next` is -1 where the shape is not one of the quick ones.
  struct Result {
    let value: Double
    let next: Int
    static let none = Result(value: 0, next: -1)
  }

  /// How far behind its start a quick number and its delimiter may be read.
  static let reach = 40

  /// The field value at an offset.
  ///
  /// - Precondition: `offset + reach <= bytes.byteCount`; not checked.
  @inline(__always)
  static func fieldValue(_ bytes: RawSpan, at start: Int) -> Result {
    var word = bytes.uncheckedWord(start)
    let isNegative = word & 0xff == UInt64(Octet.minus)
    var offset = start
    if isNegative {
      offset += 1
      word = bytes.uncheckedWord(offset)
    }
    var length = digitCount(word)
    if length == 0 { return .none }
    var whole = digits(word, length)
    offset += length
    if length == 8 {
      word = bytes.uncheckedWord(offset)
      let more = digitCount(word)
      // Sixteen digits may pass 2^53, where rounding begins.
      if more == 8 { return .none }
      if more > 0 { whole = whole &* powers[more] &+ digits(word, more) }
      offset += more
      length += more
    }
    let stop = UInt8(truncatingIfNeeded: bytes.uncheckedWord(offset))
    if stop == UInt8(ascii: "i") {
      // The sign is set on the integer, so that `-0i` is 0 and not -0.
      let integer = Int64(truncatingIfNeeded: whole)
      return Result(value: Double(isNegative ? -integer : integer), next: offset + 1)
    }
    if stop == Octet.point {
      return fraction(bytes, at: offset + 1, whole: whole, length: length, isNegative)
    }
    let value = Double(Int64(truncatingIfNeeded: whole))
    return Result(value: isNegative ? -value : value, next: offset)
  }

  /// The rest of a number behind its point.
  @inline(__always)
  private static func fraction(
    _ bytes: RawSpan, at start: Int, whole: UInt64, length: Int, _ isNegative: Bool
  ) -> Result {
    var offset = start
    var all = whole
    var count = 0
    repeat {
      let word = bytes.uncheckedWord(offset)
      count = digitCount(word)
      // Nineteen digits always fit a word.
      if length + offset - start + count > 19 { return .none }
      if count > 0 { all = all &* powers[count] &+ digits(word, count) }
      offset += count
    } while count == 8
    let places = offset - start
    if places == 0 { return .none }
    var value: Double
    if all <= FieldValue.exactLimit {
      // Both are exact doubles, so that one division is correctly rounded.
      value = Double(Int64(truncatingIfNeeded: all)) / DecimalParts.exactPowers[places]
    } else if let nearest = DecimalParts.nearest(all, -places) {
      value = nearest
    } else {
      return .none
    }
    if isNegative { value = -value }
    return Result(value: value, next: offset)
  }

  /// An integer without a sign and the offset behind it, or -1: the shape of a timestamp.
  ///
  /// - Precondition: `offset + reach <= bytes.byteCount`; not checked.
  @inline(__always)
  static func timestamp(_ bytes: RawSpan, at start: Int) -> (count: Int64, next: Int) {
    var offset = start
    var value: UInt64 = 0
    while true {
      let word = bytes.uncheckedWord(offset)
      let length = digitCount(word)
      if length == 8 {
        if offset - start == 16 { return (0, -1) }
        value = value &* 100_000_000 &+ digits(word, 8)
        offset += 8
        continue
      }
      if length > 0 {
        value = value &* powers[length] &+ digits(word, length)
        offset += length
      }
      // Nineteen digits fit an unsigned word; whether they fit `Int64` shows in the top bit.
      if offset == start || offset - start > 19 || value >> 63 != 0 { return (0, -1) }
      return (Int64(truncatingIfNeeded: value), offset)
    }
  }

  /// How many of the first bytes are digits.
  @inline(__always)
  private static func digitCount(_ word: UInt64) -> Int {
    let flipped = word ^ 0x3030_3030_3030_3030
    let over = ((flipped & 0x7f7f_7f7f_7f7f_7f7f) &+ 0x7676_7676_7676_7676) | flipped
    return (over & ByteScan.highBits).trailingZeroBitCount >> 3
  }

  /// The number in the first 1 to 8 bytes, all digits.
  ///
  /// Neighbours are joined three times: pairs, fours, eights. Source: Johnny Lee, "fast numeric
  /// string to int", 2016, in the form of Lemire's "Number Parsing at a Gigabyte per Second", 2021.
  @inline(__always)
  private static func digits(_ word: UInt64, _ count: Int) -> UInt64 {
    var value = (word & 0x0f0f_0f0f_0f0f_0f0f) &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count)
    value = (value &* 2561) >> 8 & 0x00ff_00ff_00ff_00ff
    value = (value &* 6_553_601) >> 16 & 0x0000_ffff_0000_ffff
    return (value &* 42_949_672_960_001) >> 32
  }

  private static let powers: [UInt64] = [
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
  ]
}
