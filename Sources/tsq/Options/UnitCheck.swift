internal import TSQCapacity
internal import TSQCore
internal import TSQForecast

/// Notices a unit that the values contradict, since a forecast is cut to what its unit can be.
enum UnitCheck {
  /// A share of values outside of the unit's bounds from which the unit must be wrong.
  private static let shareMax = 0.5

  /// What to warn of, if anything.
  ///
  /// - Complexity: O(samples).
  static func warning(_ samples: SampleColumns, _ unit: MetricUnit, name: String) -> String? {
    let bounds = unit.bounds
    guard bounds != .none else { return nil }
    let (low, high) = (bounds.lower ?? -.infinity, bounds.upper ?? .infinity)
    let finite = samples.values.filter(\.isFinite)
    let outside = finite.count { $0 < low || $0 > high }
    guard Double(outside) > shareMax * Double(finite.count) else { return nil }
    return "\(name): \(outside) of \(finite.count) values are none of `\(unit.rawValue)`, to "
      + "which the forecast is cut\nhint: --unit percent is for 0 to 100, fraction for 0 to 1; "
      + "without --unit nothing is cut"
  }
}
