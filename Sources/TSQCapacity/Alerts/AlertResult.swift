public import TSQCore
public import TSQForecast

/// What one alert rule says about one series at one instant.
public struct AlertResult: Sendable, Equatable {
  /// The state of an alert, in the words of Prometheus with one more for no knowledge.
  public enum State: String, Sendable, Codable, CaseIterable {
    /// The condition does not hold.
    case inactive
    /// It holds, but not yet for as long as the rule asks.
    case pending
    /// It holds.
    case firing
    /// There is no telling: no data, stale data, a forecast that is not to be trusted, a failed read.
    case unknown
  }

  /// The rule that was evaluated.
  public var rule: AlertRule
  /// The series, or `nil` where the rule found none.
  public var series: Labels?
  /// What it came to.
  public var state: State
  /// The value compared: a mean, or a probability for rules on the forecast; `nil` where unknown.
  public var value: Double?
  /// When the limit is expected to be crossed; only of rules on the forecast.
  public var crossing: CrossingForecast?
  /// One sentence with the figures.
  public var reason: String
  /// Damage in the samples it rests on, in words; empty where there is none.
  public var warnings: [String] = []
}
