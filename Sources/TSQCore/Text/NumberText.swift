/// Numbers as text that reads back to the same double.
public enum NumberText {
  /// The shortest decimal that reads back to the same value, as Prometheus writes it.
  ///
  /// Exponents only below 1e-6 and from 1e21 on; `NaN`, `+Inf`, `-Inf` by name; whole numbers
  /// without a point.
  public static func shortest(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if value == 0 { return value.sign == .minus ? "-0" : "0" }
    // Between about 1e-4 and 1e16 the standard library's layout is the same but for a last ".0".
    let plain = value.description
    if !plain.utf8.contains(UInt8(ascii: "e")) {
      return plain.utf8.suffix(2).elementsEqual(".0".utf8) ? String(plain.dropLast(2)) : plain
    }
    let (digits, exponent) = decimalDigits(value.magnitude)
    let sign = value < 0 ? "-" : ""
    // `exponent` is the power of ten of the first digit.
    if exponent < -6 || exponent >= 21 { return sign + scientific(digits, exponent) }
    if exponent < 0 {
      return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
    }
    if digits.count <= exponent + 1 {
      return sign + digits + String(repeating: "0", count: exponent + 1 - digits.count)
    }
    return sign + digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
  }

  /// The value a text names: decimal, exponent, `NaN`, `Inf`, `+Inf`, `-Inf` (any case); else `nil`.
  public static func value(_ text: String) -> Double? {
    switch text.lowercased() {
    case "nan": return .nan
    case "inf", "+inf": return .infinity
    case "-inf": return -.infinity
    default:
      // The standard library also takes hexadecimal and "infinity"; a metric value is neither.
      guard text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }) else {
        return nil
      }
      return Double(text)
    }
  }

  private static func scientific(_ digits: String, _ exponent: Int) -> String {
    let mantissa = digits.count == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst()
    let magnitude = abs(exponent)
    return mantissa + "e" + (exponent < 0 ? "-" : "+") + (magnitude < 10 ? "0" : "")
      + String(magnitude)
  }

  /// The shortest round-trip digits, no leading or trailing zeros, and the first digit's power of ten.
  private static func decimalDigits(_ value: Double) -> (digits: String, exponent: Int) {
    // The standard library's description is the shortest round trip; only its layout differs.
    let text = value.description
    let parts = text.split(separator: "e", maxSplits: 1)
    let power = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
    let halves = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = String(halves[0])
    let fraction = halves.count == 2 ? String(halves[1]) : ""
    let all = whole + fraction
    let leadingZeros = all.prefix { $0 == "0" }.count
    var digits = String(all.dropFirst(leadingZeros))
    while digits.last == "0" { digits.removeLast() }
    return (digits, whole.count - 1 - leadingZeros + power)
  }
}
