internal import Foundation
internal import TSQCore
public import TSQForecast

/// What a number means: decides its physical bounds and how it is shown.
///
/// Always stated by a rule, never guessed from the numbers: 0.9 is a full disk as a fraction and
/// nearly idle as a percentage.
public enum MetricUnit: String, CaseIterable, Codable, Sendable {
  /// A share of a capacity, 0...1.
  case fraction
  /// A share of a capacity, 0...100.
  case percent
  /// Bytes, never negative; shown in binary multiples.
  case bytes
  /// Things counted, never negative.
  case count
  /// Things a second, never negative.
  case perSecond = "per_second"
  /// Seconds, never negative.
  case seconds
  /// Anything else, of either sign.
  case number

  /// What a value of this unit can be at all.
  public var bounds: ValueBounds {
    switch self {
    case .fraction: ValueBounds(lower: 0, upper: 1)
    case .percent: ValueBounds(lower: 0, upper: 100)
    case .bytes, .count, .perSecond, .seconds: ValueBounds(lower: 0, upper: nil)
    case .number: ValueBounds(lower: nil, upper: nil)
    }
  }

  /// A value for people: three or four significant digits with its unit.
  public func text(_ value: Double) -> String {
    guard value.isFinite else { return NumberText.shortest(value) }
    switch self {
    case .fraction: return decimals(value * 100, 1) + " %"
    case .percent: return decimals(value, 1) + " %"
    case .bytes: return bytesText(value)
    case .count, .number: return significant(value)
    case .perSecond: return significant(value) + "/s"
    case .seconds: return significant(value) + " s"
    }
  }

  private func bytesText(_ value: Double) -> String {
    var scaled = value
    for unit in ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] {
      if abs(scaled) < 1024 || unit == "PiB" {
        return (unit == "B" ? decimals(scaled, 0) : decimals(scaled, 2)) + " " + unit
      }
      scaled /= 1024
    }
    return decimals(value, 0) + " B"
  }

  private func significant(_ value: Double) -> String {
    let magnitude = abs(value)
    if magnitude >= 1e9 || (magnitude > 0 && magnitude < 1e-3) {
      return String(format: "%.3g", value)
    }
    return decimals(value, magnitude >= 1000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 1 ? 2 : 4)
  }

  private func decimals(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
