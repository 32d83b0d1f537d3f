public import TSQCore

/// Whether, how likely and when a threshold is crossed within the horizon.
public struct CrossingForecast: Hashable, Sendable {
  /// The threshold asked about.
  public var threshold: Threshold
  /// Probability that at least one future bucket lies on the troubled side.
  ///
  /// Buckets are of the forecast's step where the request names one; else those at the beginning of a long
  /// horizon are shorter (docs/methods/intervals.md).
  public var probability: Double
  /// The instant by which the crossing has happened with probability 0.1; `nil` past the horizon.
  public var p10: Timestamp?
  /// The instant by which it is as likely as not; `nil` past the horizon.
  public var p50: Timestamp?
  /// The instant by which it has happened with probability 0.9; `nil` past the horizon.
  public var p90: Timestamp?
  /// Cumulative probability after each step; never falls, and ends at `probability`.
  public var probabilityByStep: [Double]
  /// Whether the newest known value is already on the troubled side.
  public var alreadyCrossed: Bool
  /// Whether the limit is the last value that the quantity can take, so that reaching it counts as
  /// crossing it.
  public var countsReaching: Bool

  /// An answer from its cumulative probabilities.
  ///
  /// - Parameters:
  ///   - threshold: the threshold asked about.
  ///   - probabilityByStep: one per point, never falling.
  ///   - times: the points' instants, as many as there are probabilities.
  ///   - alreadyCrossed: whether the newest known value is on the troubled side.
  ///   - countsReaching: whether the limit is the last value that the quantity can take.
  public init(
    threshold: Threshold, probabilityByStep: [Double], times: [Timestamp], alreadyCrossed: Bool,
    countsReaching: Bool = false
  ) {
    func first(_ level: Double) -> Timestamp? {
      zip(probabilityByStep, times).first { $0.0 >= level }?.1
    }
    self.threshold = threshold
    self.probability = probabilityByStep.last ?? 0
    self.p10 = first(0.1)
    self.p50 = first(0.5)
    self.p90 = first(0.9)
    self.probabilityByStep = probabilityByStep
    self.alreadyCrossed = alreadyCrossed
    self.countsReaching = countsReaching
  }
}
