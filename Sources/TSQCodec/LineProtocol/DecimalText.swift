/// Decimal digits in bytes, as numbers; always correctly rounded.
enum DecimalText {
  /// The integer of `[-]digits`, or `nil` when it is malformed or does not fit.
  static func int64(_ bytes: RawSpan, from start: Int, to end: Int) -> Int64? {
    guard start < end else { return nil }
    let isNegative = bytes.octet(start) == Octet.minus
    guard let size = magnitude(bytes, from: isNegative ? start + 1 : start, to: end) else {
      return nil
    }
    if isNegative {
      guard size <= Int64.min.magnitude else { return nil }
      return Int64(truncatingIfNeeded: 0 &- size)
    }
    return Int64(exactly: size)
  }

  /// The integer of `digits`, or `nil` when it is malformed or does not fit.
  static func magnitude(_ bytes: RawSpan, from start: Int, to end: Int) -> UInt64? {
    guard start < end else { return nil }
    var value: UInt64 = 0
    for offset in start..<end {
      let digit = bytes.octet(offset) &- Octet.zero
      guard digit < 10 else { return nil }
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = product.addingReportingOverflow(UInt64(digit))
      guard !tooLarge, !overflow else { return nil }
      value = sum
    }
    return value
  }

  /// The double nearest to `[-]digits[.digits][(e|E)[+|-]digits]`, or `nil` when it is malformed.
  ///
  /// One of the digit runs around the point may be empty. Out of range gives an infinity.
  static func double(_ bytes: RawSpan, from start: Int, to end: Int) -> Double? {
    guard let parts = DecimalParts(bytes, from: start, to: end) else { return nil }
    let magnitude = parts.magnitude ?? slowMagnitude(bytes, from: parts.unsignedStart, to: end)
    return parts.isNegative ? -magnitude : magnitude
  }

  /// The standard library's conversion, for the few numbers that need more than 128 bits.
  ///
  /// - Precondition: the bytes were found to be a well-formed decimal.
  private static func slowMagnitude(_ bytes: RawSpan, from start: Int, to end: Int) -> Double {
    let text = String(decoding: bytes.copy(from: start, to: end), as: UTF8.self)
    guard let value = Double(text) else {
      preconditionFailure("`\(text)` was checked to be a decimal")
    }
    return value
  }
}

/// A decimal taken apart: `digits * 10^exponent`, with at most 19 significant digits kept.
struct DecimalParts {
  var isNegative = false
  /// Where the first byte behind the sign stands.
  var unsignedStart = 0
  /// The first 19 significant digits.
  var digits: UInt64 = 0
  var exponent = 0
  /// Whether digits other than zero were dropped behind the 19th.
  var isTruncated = false

  private var keptDigits = 0
  private var hasDigits = false

  /// Takes a decimal apart, or fails where the bytes are none.
  init?(_ bytes: RawSpan, from start: Int, to end: Int) {
    var offset = start
    if offset < end, bytes.octet(offset) == Octet.minus {
      isNegative = true
      offset += 1
    }
    unsignedStart = offset
    offset = take(bytes, from: offset, to: end, isFraction: false)
    if offset < end, bytes.octet(offset) == Octet.point {
      offset = take(bytes, from: offset + 1, to: end, isFraction: true)
    }
    guard hasDigits else { return nil }
    if offset < end {
      guard bytes.octet(offset) | 0x20 == UInt8(ascii: "e"),
        let power = Self.power(bytes, from: offset + 1, to: end)
      else { return nil }
      exponent += power
    }
  }

  /// Takes a run of digits and gives the offset behind it.
  private mutating func take(
    _ bytes: RawSpan, from start: Int, to end: Int, isFraction: Bool
  ) -> Int {
    var offset = start
    while offset < end {
      let digit = bytes.octet(offset) &- Octet.zero
      guard digit < 10 else { break }
      offset += 1
      if keptDigits < 19 {
        digits = digits &* 10 &+ UInt64(digit)
        // Leading zeros are not significant: `digits` stays 0 and they cost no place.
        if digits != 0 { keptDigits += 1 }
        if isFraction { exponent -= 1 }
      } else {
        if digit != 0 { isTruncated = true }
        if !isFraction { exponent += 1 }
      }
    }
    if offset > start { hasDigits = true }
    return offset
  }

  /// The power of ten behind `e`, held at ±2^40: no line has so many digits to make up for it.
  private static func power(_ bytes: RawSpan, from start: Int, to end: Int) -> Int? {
    var offset = start
    var isNegative = false
    if offset < end, bytes.octet(offset) == Octet.minus || bytes.octet(offset) == UInt8(ascii: "+")
    {
      isNegative = bytes.octet(offset) == Octet.minus
      offset += 1
    }
    guard offset < end else { return nil }
    var value = 0
    while offset < end {
      let digit = bytes.octet(offset) &- Octet.zero
      guard digit < 10 else { return nil }
      value = min(value * 10 + Int(digit), 1 << 40)
      offset += 1
    }
    return isNegative ? -value : value
  }

  /// The nearest double without the sign, or `nil` where neither quick method can decide it.
  var magnitude: Double? {
    if digits == 0 { return 0 }
    if !isTruncated, digits <= FieldValue.exactLimit, exponent >= -22, exponent <= 22 {
      return exactQuotient
    }
    guard PowersOfFive.exponents.contains(exponent) else { return nil }
    guard let low = DecimalParts.nearest(digits, exponent) else { return nil }
    if isTruncated {
      // What was dropped lies between these two; where they agree it does not matter.
      guard digits < .max, low == DecimalParts.nearest(digits + 1, exponent) else { return nil }
    }
    return low
  }

  /// With at most 2^53 and a power of ten that is itself a double, one division or multiplication
  /// rounds once and so correctly.
  ///
  /// Source: Clinger, "How to Read Floating Point Numbers Accurately", PLDI 1990.
  private var exactQuotient: Double {
    let whole = Double(digits)
    return exponent < 0 ? whole / Self.exactPowers[-exponent] : whole * Self.exactPowers[exponent]
  }

  /// The double nearest to `digits * 10^exponent`, by one or two multiplications to 128 bits.
  ///
  /// Source: the Eisel-Lemire method, Lemire, "Number Parsing at a Gigabyte per Second", 2021; that
  /// the product decides every case: Mushtak & Lemire, "Fast Number Parsing Without Fallback", 2023.
  /// - Precondition: `digits > 0` and an exponent of the table: the result is then neither subnormal
  ///   nor infinite.
  static func nearest(_ digits: UInt64, _ exponent: Int) -> Double? {
    let zeros = digits.leadingZeroBitCount
    let shifted = digits &<< UInt64(zeros)
    let place = 2 * (exponent - PowersOfFive.exponents.lowerBound)
    var (high, low) = shifted.multipliedFullWidth(by: PowersOfFive.words[place])
    // Nine bits below the 55 needed: only if all are set can the lower half carry into those.
    if high & 0x1ff == 0x1ff {
      let (nextHigh, _) = shifted.multipliedFullWidth(by: PowersOfFive.words[place + 1])
      let (sum, overflow) = low.addingReportingOverflow(nextHigh)
      low = sum
      if overflow { high += 1 }
    }
    if low == .max, !(-27...55).contains(exponent) { return nil }
    let upper = Int(high >> 63)
    var significand = high >> UInt64(upper + 9)
    // floor(log2(10^exponent)) + 63, exact for these exponents.
    let power = ((217_706 * exponent) >> 16) + 63
    var biased = power + upper - zeros + 1023
    let isHalfway =
      low <= 1 && (-4...23).contains(exponent) && significand & 3 == 1
      && significand << UInt64(upper + 9) == high
    if isHalfway { significand &= ~1 }
    significand += significand & 1
    significand >>= 1
    if significand >> 53 != 0 {
      significand = 1 << 52
      biased += 1
    }
    return Double(bitPattern: UInt64(biased) << 52 | significand & ((1 << 52) - 1))
  }

  /// The powers of ten that a double holds exactly.
  static let exactPowers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
}
