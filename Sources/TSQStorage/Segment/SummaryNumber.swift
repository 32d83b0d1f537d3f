import TSQCodec

/// How one number of a summary is written: as its difference from what one would expect, exactly.
///
/// Every form gives back the number bit for bit. `raw` always can; the writer takes the shortest
/// that does.
enum NumberForm: UInt64 {
  /// The expected number itself; no bytes.
  case expected = 0
  /// Zigzag varint: difference of the two as decimals of the row's scale, or as units of time.
  case scaled = 1
  /// Zigzag varint: difference in the order of all doubles (see `SummaryNumber.rank`).
  case neighbour = 2
  /// Eight bytes.
  case raw = 3
}

/// A number's form and the bits that go with it.
struct SummaryToken: Hashable {
  var form = NumberForm.expected
  /// What the varint or the eight bytes hold.
  var bits: UInt64 = 0
}

/// Arithmetic of the forms.
enum SummaryNumber {
  /// The scale that says "no decimals": the numbers of the block are true doubles.
  static let noScale = 15
  /// Most decimal digits looked for.
  static let scaleMax = 9
  static let powersOfTen: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
  static let unitsOfTime: [Int64] = [
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
  ]

  /// The double's place in the order of all doubles: neighbours differ by one, -0 is just below +0.
  static func rank(_ value: Double) -> Int64 {
    let bits = Int64(bitPattern: value.bitPattern)
    return bits ^ (.max & (bits >> 63))
  }

  /// The double at a place in that order.
  static func value(rank: Int64) -> Double {
    Double(bitPattern: UInt64(bitPattern: rank ^ (.max & (rank >> 63))))
  }

  /// The integer whose quotient by 10^scale is exactly this double, or `nil`.
  static func decimal(_ value: Double, scale: Int) -> Int64? {
    guard scale <= scaleMax else { return nil }
    let scaled = (value * powersOfTen[scale]).rounded()
    guard scaled.magnitude < 0x1p53 else { return nil }
    let integer = Int64(scaled)
    let back = Double(integer) / powersOfTen[scale]
    return back.bitPattern == value.bitPattern ? integer : nil
  }

  /// The integer that an expected value suggests; 0 where it suggests none.
  private static func suggested(_ expected: Double, scale: Int) -> Int64 {
    let scaled = (expected * powersOfTen[scale]).rounded()
    return scaled.magnitude < 0x1p53 ? Int64(scaled) : 0
  }

  // MARK: - Doubles

  static func token(_ value: Double, expected: Double, scale: Int) -> SummaryToken {
    if value.bitPattern == expected.bitPattern { return SummaryToken() }
    let apart = ZigZag.encode(rank(value) &- rank(expected))
    var best = SummaryToken(form: .neighbour, bits: apart)
    if let integer = decimal(value, scale: scale) {
      let difference = ZigZag.encode(integer - suggested(expected, scale: scale))
      if difference < apart { best = SummaryToken(form: .scaled, bits: difference) }
    }
    // A varint of 50 bits or more takes eight bytes or more.
    return best.bits >> 49 == 0 ? best : SummaryToken(form: .raw, bits: value.bitPattern)
  }

  static func value(_ token: SummaryToken, expected: Double, scale: Int) throws -> Double {
    switch token.form {
    case .expected: return expected
    case .neighbour: return value(rank: rank(expected) &+ ZigZag.decode(token.bits))
    case .raw: return Double(bitPattern: token.bits)
    case .scaled:
      guard scale <= scaleMax else { throw InvalidPart("a decimal in a row that has none") }
      let integer = suggested(expected, scale: scale) &+ ZigZag.decode(token.bits)
      return Double(integer) / powersOfTen[scale]
    }
  }

  // MARK: - Integers

  static func token(_ value: Int64, expected: Int64, unit: Int64) -> SummaryToken {
    if value == expected { return SummaryToken() }
    let difference = value &- expected
    guard difference % unit == 0 else {
      return SummaryToken(form: .raw, bits: UInt64(bitPattern: value))
    }
    let bits = ZigZag.encode(difference / unit)
    return bits >> 49 == 0
      ? SummaryToken(form: .scaled, bits: bits)
      : SummaryToken(form: .raw, bits: UInt64(bitPattern: value))
  }

  static func value(_ token: SummaryToken, expected: Int64, unit: Int64) throws -> Int64 {
    switch token.form {
    case .expected: expected
    case .scaled: expected &+ (ZigZag.decode(token.bits) &* unit)
    case .raw: Int64(bitPattern: token.bits)
    case .neighbour: throw InvalidPart("an integer written as a double")
    }
  }
}
