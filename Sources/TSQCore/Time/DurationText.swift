/// Durations as PromQL and people write them: `30d`, `1h30m`, `90s`, `500ms`, and `0`.
public enum DurationText {
  /// Units with their length in nanoseconds, longest first, as PromQL orders them.
  ///
  /// A day is always 24 h, a week 7 d and a year 365 d: calendar lengths need a zone, see forecasting.
  public static let units: [(name: String, nanoseconds: Int64)] = [
    ("y", 365 * 86_400_000_000_000), ("w", 7 * 86_400_000_000_000), ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
    ("us", 1_000), ("ns", 1),
  ]

  /// Nanoseconds of a duration text, or `nil` where it is malformed or overflows.
  ///
  /// Parts are whole numbers with a unit, longer units first and none twice (`1h30m`, never `30m1h`).
  public static func nanoseconds(_ text: String) -> Int64? {
    if text == "0" { return 0 }
    var rest = Substring(text)
    var nextUnit = 0
    var total: Int64 = 0
    while !rest.isEmpty {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      guard let count = Int64(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      let letters = rest.prefix { $0.isLetter }
      guard let unit = units.firstIndex(where: { $0.name == letters }), unit >= nextUnit else {
        return nil
      }
      rest = rest.dropFirst(letters.count)
      nextUnit = unit + 1
      let (part, tooLong) = count.multipliedReportingOverflow(by: units[unit].nanoseconds)
      let (sum, overflow) = total.addingReportingOverflow(part)
      guard !tooLong, !overflow else { return nil }
      total = sum
    }
    return text.isEmpty ? nil : total
  }

  /// The shortest PromQL text of a duration: `90m` becomes `1h30m`; negative ones get a sign.
  public static func text(nanoseconds: Int64) -> String {
    if nanoseconds == 0 { return "0s" }
    var rest = nanoseconds.magnitude
    var text = nanoseconds < 0 ? "-" : ""
    for unit in units {
      let length = unit.nanoseconds.magnitude
      // Never weeks, and years only where they say it whole: 30d reads more easily than 4w2d.
      if unit.name == "w" || (unit.name == "y" && rest % length != 0) { continue }
      if rest >= length {
        text += "\(rest / length)\(unit.name)"
        rest %= length
      }
    }
    return text
  }
}
