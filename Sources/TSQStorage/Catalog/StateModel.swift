/// How long samples of some metrics are kept.
public struct RetentionRule: Codable, Hashable, Sendable {
  /// A pattern of metric names, `*` standing for any text; the first rule that matches holds.
  public var metricPattern: String
  /// 0 for the samples themselves, else the width of the buckets kept, seconds.
  public var resolutionSeconds: Int64
  /// How long they are kept, seconds; 0 for ever.
  public var keepSeconds: Int64

  enum CodingKeys: String, CodingKey {
    case metricPattern = "metric_pattern"
    case resolutionSeconds = "resolution_seconds"
    case keepSeconds = "keep_seconds"
  }

  /// A rule.
  public init(metricPattern: String, resolutionSeconds: Int64 = 0, keepSeconds: Int64) {
    self.metricPattern = metricPattern
    self.resolutionSeconds = resolutionSeconds
    self.keepSeconds = keepSeconds
  }
}

/// What setting a rule does to the rule of the same pattern about hourly values.
public enum HourlyRule: Hashable, Sendable {
  /// It stays as it is, or missing.
  case unchanged
  /// Hourly values are made and kept for so many seconds; 0 for ever.
  case keep(seconds: Int64)
  /// No more are made, and those there are go with the samples.
  case remove
}

/// How the state database was found.
public struct StateReport: Hashable, Sendable {
  /// Where a damaged file was moved; `nil` where the file was whole or missing.
  public var movedAside: String?
  /// What was wrong with it.
  public var reason: String?
  /// Rows taken over from it.
  public var rowsKept = 0
  /// Rows known to be lost.
  public var rowsLost = 0

  /// The report of a file that was whole.
  public init() {}
}
