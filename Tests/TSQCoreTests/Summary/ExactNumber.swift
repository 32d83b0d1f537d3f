/// A number of any size and precision, `mantissa * 2^exponent`.
///
/// Every finite double is one, and so are their sums and products, without rounding: what tests hold
/// sums of doubles against.
struct ExactNumber: Sendable {
  private var mantissa: BigInteger
  private var exponent: Int

  static let zero = ExactNumber(Int64(0))

  init(_ integer: Int64) {
    mantissa = BigInteger(integer)
    exponent = 0
  }

  /// The exact value of a finite double.
  init(_ value: Double) {
    precondition(value.isFinite)
    // The significand of a double times 2^52 is a whole number; for subnormals too.
    mantissa = BigInteger(value == 0 ? 0 : Int64((value.significand * 0x1p52).rounded()))
    if value < 0 { mantissa.isNegative = true }
    exponent = value == 0 ? 0 : Int(value.exponent) - 52
  }

  static func + (left: ExactNumber, right: ExactNumber) -> ExactNumber {
    let exponent = min(left.exponent, right.exponent)
    let sum =
      left.mantissa.shiftedLeft(left.exponent - exponent)
      + right.mantissa.shiftedLeft(right.exponent - exponent)
    return ExactNumber(mantissa: sum, exponent: exponent)
  }

  static prefix func - (number: ExactNumber) -> ExactNumber {
    var negated = number
    negated.mantissa.isNegative.toggle()
    return negated
  }

  static func - (left: ExactNumber, right: ExactNumber) -> ExactNumber { left + -right }

  static func * (left: ExactNumber, right: ExactNumber) -> ExactNumber {
    ExactNumber(
      mantissa: left.mantissa * right.mantissa, exponent: left.exponent + right.exponent)
  }

  /// The double nearest to the number divided by a whole number, but for an error of one part in 2^60.
  func asDouble(dividedBy divisor: UInt32 = 1) -> Double {
    // 128 bits before the point keep 96 of them after any division by 32 bits.
    let shift = max(0, 128 - mantissa.bitWidth)
    let (magnitude, bits) = mantissa.shiftedLeft(shift).divided(by: divisor).leadingBits
    var scale = bits + exponent - shift
    var result = magnitude
    // In two steps, since 2^scale alone may be no double.
    while scale > 900 { (result, scale) = (result * 0x1p900, scale - 900) }
    while scale < -900 { (result, scale) = (result * 0x1p-900, scale + 900) }
    result *= Double(sign: .plus, exponent: scale, significand: 1)
    return mantissa.isNegative ? -result : result
  }

  private init(mantissa: BigInteger, exponent: Int) {
    self.mantissa = mantissa
    self.exponent = exponent
  }
}

/// A whole number of any size: sign and 32-bit limbs, the lowest first.
struct BigInteger: Sendable {
  var isNegative = false
  private var limbs: [UInt32] = []

  init(_ value: Int64) {
    isNegative = value < 0
    limbs = [UInt32(truncatingIfNeeded: value.magnitude), UInt32(value.magnitude >> 32)]
    trim()
  }

  private init(isNegative: Bool, limbs: [UInt32]) {
    self.isNegative = isNegative
    self.limbs = limbs
    trim()
  }

  /// Bits of the magnitude.
  var bitWidth: Int {
    guard let top = limbs.last else { return 0 }
    return limbs.count * 32 - top.leadingZeroBitCount
  }

  /// The highest 64 bits as a double, and how many bits stand below them.
  var leadingBits: (Double, Int) {
    var value = 0.0
    for limb in limbs.suffix(3).reversed() { value = value * 0x1p32 + Double(limb) }
    return (value, 32 * max(0, limbs.count - 3))
  }

  func shiftedLeft(_ bits: Int) -> BigInteger {
    if limbs.isEmpty { return self }
    var shifted = [UInt32](repeating: 0, count: bits / 32)
    var carry: UInt64 = 0
    for limb in limbs {
      carry |= UInt64(limb) << UInt64(bits % 32)
      shifted.append(UInt32(truncatingIfNeeded: carry))
      carry >>= 32
    }
    shifted.append(UInt32(carry))
    return BigInteger(isNegative: isNegative, limbs: shifted)
  }

  func divided(by divisor: UInt32) -> BigInteger {
    var quotient = limbs
    var rest: UInt64 = 0
    for index in limbs.indices.reversed() {
      rest = rest << 32 | UInt64(limbs[index])
      quotient[index] = UInt32(rest / UInt64(divisor))
      rest %= UInt64(divisor)
    }
    return BigInteger(isNegative: isNegative, limbs: quotient)
  }

  static func + (left: BigInteger, right: BigInteger) -> BigInteger {
    if left.isNegative == right.isNegative {
      return BigInteger(isNegative: left.isNegative, limbs: added(left.limbs, right.limbs))
    }
    let isLeftLarger = !isLess(left.limbs, right.limbs)
    let (large, small) = isLeftLarger ? (left, right) : (right, left)
    return BigInteger(
      isNegative: large.isNegative, limbs: subtracted(large.limbs, small.limbs))
  }

  static func * (left: BigInteger, right: BigInteger) -> BigInteger {
    var product = [UInt32](repeating: 0, count: left.limbs.count + right.limbs.count)
    for (low, a) in left.limbs.enumerated() {
      var carry: UInt64 = 0
      for (high, b) in right.limbs.enumerated() {
        carry += UInt64(a) * UInt64(b) + UInt64(product[low + high])
        product[low + high] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      product[low + right.limbs.count] = UInt32(carry)
    }
    return BigInteger(isNegative: left.isNegative != right.isNegative, limbs: product)
  }

  private static func added(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
    var sum: [UInt32] = []
    var carry: UInt64 = 0
    for index in 0..<max(a.count, b.count) {
      carry += UInt64(index < a.count ? a[index] : 0) + UInt64(index < b.count ? b[index] : 0)
      sum.append(UInt32(truncatingIfNeeded: carry))
      carry >>= 32
    }
    return sum + [UInt32(carry)]
  }

  private static func subtracted(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
    var difference: [UInt32] = []
    var borrow: Int64 = 0
    for index in a.indices {
      var digit = Int64(a[index]) - (index < b.count ? Int64(b[index]) : 0) - borrow
      borrow = digit < 0 ? 1 : 0
      if digit < 0 { digit += 1 << 32 }
      difference.append(UInt32(digit))
    }
    return difference
  }

  private static func isLess(_ a: [UInt32], _ b: [UInt32]) -> Bool {
    if a.count != b.count { return a.count < b.count }
    for index in a.indices.reversed() where a[index] != b[index] { return a[index] < b[index] }
    return false
  }

  private mutating func trim() {
    while limbs.last == 0 { limbs.removeLast() }
    if limbs.isEmpty { isNegative = false }
  }
}
