extension Timestamp {
  /// An instant from plain decimal seconds since the epoch, such as `-12.000000001`.
  ///
  /// Read digit by digit: a double has too few for nanoseconds.
  ///
  /// - Returns: `nil` for any other text, for more than nine places, and beyond the range of instants.
  public init?(decimalSeconds text: String) {
    let isNegative = text.hasPrefix("-")
    let parts = text.dropFirst(isNegative ? 1 : 0)
      .split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    // No instant has more than eleven digits before the point; leading zeros are nobody's need.
    guard let whole = parts.first, whole.utf8.count <= 18, Self.areDigits(whole),
      let seconds = Int64(whole)
    else { return nil }
    var total = Int128(seconds) * 1_000_000_000
    if parts.count == 2 {
      guard Self.areDigits(parts[1]), parts[1].utf8.count <= 9 else { return nil }
      let padded = parts[1] + String(repeating: "0", count: 9 - parts[1].utf8.count)
      guard let fraction = Int64(padded) else { return nil }
      total += Int128(fraction)
    }
    guard let nanoseconds = Int64(exactly: isNegative ? -total : total) else { return nil }
    self.init(nanoseconds: nanoseconds)
  }

  /// Seconds since the epoch with as many decimal places as the instant needs: it reads back the same.
  public var decimalSeconds: String {
    let (whole, fraction) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
    let sign = nanoseconds < 0 ? "-" : ""
    guard fraction > 0 else { return "\(sign)\(whole)" }
    var digits = String(fraction)
    digits = String(repeating: "0", count: 9 - digits.count) + digits
    while digits.last == "0" { digits.removeLast() }
    return "\(sign)\(whole).\(digits)"
  }

  private static func areDigits(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
  }
}
