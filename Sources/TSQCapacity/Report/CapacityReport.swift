/// A capacity report as data: what every rendering is made from, and the JSON form itself.
///
/// Numbers that are not known are absent, never zero. Times are RFC 3339 in UTC. Any change to what
/// a key means raises `schemaVersion`.
public struct CapacityReport: Codable, Sendable, Equatable {
  /// The version of the JSON form.
  public static let currentSchemaVersion = 1

  /// The version this report was written in.
  public var schemaVersion: Int
  /// The report's heading.
  public var title: String
  /// The instant that "now" means in it.
  public var evaluatedAt: String
  /// One entry per judged resource and series.
  public var resources: [ReportedResource]
  /// One entry per alert rule and series.
  public var alerts: [ReportedAlert]
}

/// One resource of one series in a report.
public struct ReportedResource: Codable, Sendable, Equatable {
  /// The resource's name in the rules file.
  public var resource: String
  /// The series, or the selector where a whole fleet was judged.
  public var series: String
  /// What the values mean.
  public var unit: MetricUnit
  /// The value at which the resource is exhausted.
  public var limit: Double
  /// `above` or `below`: on which side of the limit the trouble lies.
  public var direction: String
  /// What to do, judged over the resource's lead time.
  public var advice: ReportedAdvice
  /// The measured use; absent without data.
  public var use: ReportedUse?
  /// The least-squares line; absent where it is not determined.
  public var trend: ReportedTrend?
  /// What is to come over the chart's horizon; absent without data.
  public var forecast: ReportedForecast?
  /// The history, thinned for a chart: bucket means.
  public var history: [ReportedSample]
}

/// A verdict in a report.
public struct ReportedAdvice: Codable, Sendable, Equatable {
  /// `scale_up`, `scale_down`, `hold` or `unknown`.
  public var action: Advice.Action
  /// How much, in words; absent where nothing is to be done.
  public var quantity: String?
  /// Capacity after the change as a multiple of today's.
  public var capacityFactor: Double?
  /// Members of a fleet today and after the change.
  public var membersNow: Int?
  /// Members of a fleet after the change.
  public var membersAfter: Int?
  /// How long it takes to add capacity, which is as far as the advice looks ahead.
  public var leadTimeSeconds: Double
  /// Whether the newest step lies past the limit; absent without data.
  public var isCrossed: Bool?
  /// Chance that the limit is crossed within the lead time, 0...1; absent where a gate withholds it.
  public var crossingProbability: Double?
  /// Why, in one sentence.
  public var reason: String
  /// The measured figures, as sentences.
  public var evidence: [String]
  /// What was considered and not chosen.
  public var rejected: [String]
  /// The p99 to expect after the change.
  public var p99After: Double?
  /// When to order.
  public var orderBy: String?
}

/// Quantiles of the hourly peaks over whole weeks.
public struct ReportedUse: Codable, Sendable, Equatable {
  /// Start of the window.
  public var from: String
  /// End of the window.
  public var through: String
  /// Whole weekly cycles in it.
  public var wholeWeeks: Int
  /// Share of its hours with data, 0...1.
  public var coverage: Double
  /// Median hourly peak.
  public var p50: Double?
  /// 95th percentile.
  public var p95: Double?
  /// 99th percentile.
  public var p99: Double?
  /// Highest hourly peak.
  public var peak: Double?
  /// 1st percentile of the hourly lows: what decides where less is worse.
  public var p01: Double?
}

/// A fitted line.
public struct ReportedTrend: Codable, Sendable, Equatable {
  /// Change per day in the metric's unit.
  public var slopePerDay: Double
  /// Lower end of the 90 % interval.
  public var slopeLow: Double
  /// Upper end of the 90 % interval.
  public var slopeHigh: Double
  /// Samples.
  public var n: Int
  /// Samples that count as independent.
  public var nEffective: Double
}

/// A forecast.
public struct ReportedForecast: Codable, Sendable, Equatable {
  /// `trusted` or `unknown`.
  public var verdict: String
  /// How far it looks ahead.
  public var horizonSeconds: Double
  /// Why it is unknown, and what would suffice.
  public var gates: [String]
  /// What forecast it.
  public var model: String
  /// 1 - error / error of the naive forecast in the backtest.
  public var skill: Double?
  /// Chance that the limit is crossed over the horizon, 0...1; absent where the verdict is unknown.
  public var crossingProbability: Double?
  /// Early, median and late time of crossing.
  public var crossingP10: String?
  /// Median time of crossing.
  public var crossingP50: String?
  /// Late time of crossing.
  public var crossingP90: String?
  /// One entry a step.
  public var points: [ReportedPoint]
}

/// One step of a forecast.
public struct ReportedPoint: Codable, Sendable, Equatable {
  /// When.
  public var time: String
  /// The expected value.
  public var mean: Double
  /// Lower end of the 80 % interval.
  public var low80: Double
  /// Upper end of the 80 % interval.
  public var high80: Double
  /// Lower end of the 95 % interval.
  public var low95: Double
  /// Upper end of the 95 % interval.
  public var high95: Double
}

/// One value of a history.
public struct ReportedSample: Codable, Sendable, Equatable {
  /// When, Unix seconds.
  public var seconds: Double
  /// The bucket's mean.
  public var value: Double
}

/// One alert in a report.
public struct ReportedAlert: Codable, Sendable, Equatable {
  /// The rule's name.
  public var name: String
  /// The series; absent where the rule found none.
  public var series: String?
  /// `inactive`, `pending`, `firing` or `unknown`.
  public var state: AlertResult.State
  /// `warning` or `critical`.
  public var severity: AlertRule.Severity
  /// One sentence with the figures.
  public var reason: String
}
