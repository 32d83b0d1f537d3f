internal import TSQCore

/// Values and times as exposition formats write them.
enum ExpositionNumber {
  /// A value: decimal with an optional sign, or `NaN`, `Inf`, `Infinity` in any case.
  ///
  /// `NaN` is the one NaN that Prometheus means by the word, see `SpecialValue.namedNaN`.
  static func value(_ bytes: RawSpan, from start: Int, to end: Int) -> Double? {
    guard start < end else { return nil }
    var first = start
    let sign = bytes.octet(start)
    let hasSign = sign == Octet.minus || sign == UInt8(ascii: "+")
    if hasSign { first += 1 }
    guard first < end else { return nil }
    let lead = bytes.octet(first)
    if lead == Octet.point || (Octet.zero...UInt8(ascii: "9")).contains(lead) {
      guard let value = DecimalText.double(bytes, from: first, to: end), value.isFinite else {
        return nil
      }
      return sign == Octet.minus ? -value : value
    }
    switch word(bytes, from: first, to: end) {
    case "nan" where !hasSign: return SpecialValue.namedNaN
    case "inf", "infinity": return sign == Octet.minus ? -.infinity : .infinity
    default: return nil
    }
  }

  /// A value as above, or any other NaN by its bits: `NaN(0x7ff0000000000002)`.
  static func exactValue(_ bytes: RawSpan, from start: Int, to end: Int) -> Double? {
    if let value = value(bytes, from: start, to: end) { return value }
    let text = String(decoding: bytes.copy(from: start, to: end), as: UTF8.self)
    guard text.hasPrefix("NaN(0x"), text.hasSuffix(")"), text.utf8.count == 23,
      let bits = UInt64(text.dropFirst(6).dropLast(), radix: 16)
    else { return nil }
    let value = Double(bitPattern: bits)
    return value.isNaN ? value : nil
  }

  private static func word(_ bytes: RawSpan, from start: Int, to end: Int) -> String {
    guard end - start <= 8 else { return "" }
    return String(decoding: bytes.copy(from: start, to: end), as: UTF8.self).lowercased()
  }

  /// Whole milliseconds as nanoseconds, or `nil` where they are none or do not fit.
  static func milliseconds(_ bytes: RawSpan, from start: Int, to end: Int) -> Int64? {
    guard let count = DecimalText.int64(bytes, from: start, to: end) else { return nil }
    let (time, overflow) = count.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? nil : time
  }

  /// Seconds with or without a fraction as nanoseconds, digit by digit; past the ninth they are cut.
  ///
  /// With an exponent, the nearest nanosecond of the double.
  static func seconds(_ bytes: RawSpan, from start: Int, to end: Int) -> Int64? {
    guard start < end else { return nil }
    let isNegative = bytes.octet(start) == Octet.minus
    let first = isNegative || bytes.octet(start) == UInt8(ascii: "+") ? start + 1 : start
    let point = bytes.firstOffset(of: Octet.point, from: first, to: end) ?? end
    guard let whole = DecimalText.magnitude(bytes, from: first, to: point),
      let fraction = fraction(bytes, from: min(point + 1, end), to: end)
    else {
      let seconds = value(bytes, from: start, to: end)
      return seconds.flatMap { Timestamp(fractionalSeconds: $0) }?.nanoseconds
    }
    let (high, low) = whole.multipliedFullWidth(by: 1_000_000_000)
    let (sum, overflow) = low.addingReportingOverflow(fraction)
    guard high == 0, !overflow else { return nil }
    if isNegative { return sum <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- sum) : nil }
    return Int64(exactly: sum)
  }

  private static func fraction(_ bytes: RawSpan, from start: Int, to end: Int) -> UInt64? {
    var value: UInt64 = 0
    for offset in start..<max(end, start + 9) {
      let digit = offset < end ? bytes.octet(offset) &- Octet.zero : 0
      if digit > 9 { return nil }
      if offset < start + 9 { value = value * 10 + UInt64(digit) }
    }
    return value
  }
}
