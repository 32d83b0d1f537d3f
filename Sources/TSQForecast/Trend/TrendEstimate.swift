public import TSQCore

/// A straight line through a history, with an interval that knows about autocorrelation.
public struct TrendEstimate: Hashable, Sendable {
  /// The first sample's instant.
  public var start: Timestamp
  /// The last sample's instant.
  public var end: Timestamp
  /// Least-squares slope, in the series' unit per day of 24 h.
  public var slopePerDay: Double
  /// Lower end of the slope's 90 % interval.
  public var slopeLow: Double
  /// Upper end of the slope's 90 % interval.
  public var slopeHigh: Double
  /// Share of the variance the line explains, 0...1; 1 for a constant series.
  public var r2: Double
  /// Finite samples the line rests on.
  public var n: Int
  /// How many independent samples would give a slope as uncertain as this one; at most `n`.
  public var nEffective: Double
  /// The line's value at `start`.
  public var interceptAtStart: Double
  /// The Theil-Sen slope per day where the line's lies outside its 99 % interval: outliers pull the
  /// line.
  public var robustSlopePerDay: Double?

  /// The line's value at an instant, inside the history or not.
  public func value(at instant: Timestamp) -> Double {
    // In days as a double from an exact difference: the epoch's size costs no digit.
    let days = Double(instant.nanoseconds(since: start)) / 86_400e9
    return interceptAtStart + slopePerDay * days
  }

  /// Whether the interval leaves the slope's sign open.
  public var isFlat: Bool { slopeLow <= 0 && slopeHigh >= 0 }
}
