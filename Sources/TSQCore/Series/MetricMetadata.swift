/// What a metric measures, as its source declares it.
public struct MetricMetadata: Hashable, Sendable {
  /// How a metric behaves; OpenMetrics' types, by their names.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A value that goes up and down.
    case gauge
    /// A value that only grows, but for restarts.
    case counter
    /// Counters of observations per bucket.
    case histogram
    /// A histogram whose buckets may also shrink.
    case gaugeHistogram = "gaugehistogram"
    /// Quantiles, sum and count of observations.
    case summary
    /// Constant 1 with facts in its labels.
    case info
    /// One 0/1 series for each state.
    case stateSet = "stateset"
    /// Not declared.
    case unknown
  }

  /// The metric family's name.
  public var metric: String
  /// Its kind.
  public var kind: Kind
  /// Its unit, such as `seconds`; empty where none is declared.
  public var unit: String
  /// One sentence about it; empty where there is none.
  public var help: String

  /// A metric's description.
  public init(metric: String, kind: Kind = .unknown, unit: String = "", help: String = "") {
    self.metric = metric
    self.kind = kind
    self.unit = unit
    self.help = help
  }
}
