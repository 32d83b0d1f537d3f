public import TSQCore
public import TSQForecast

/// What to do about one resource, with everything the answer rests on.
public struct Advice: Sendable, Equatable {
  /// The one verdict of a resource.
  public enum Action: String, Sendable, Codable, CaseIterable {
    /// Add capacity.
    case scaleUp = "scale_up"
    /// Capacity may be taken away.
    case scaleDown = "scale_down"
    /// It fits.
    case hold
    /// There is no telling; `reason` says what is missing.
    case unknown
  }

  /// How much of the present capacity is meant.
  public enum Quantity: Sendable, Equatable {
    /// Capacity after the change as a multiple of today's: 0.6 is "40 % less".
    case factor(Double)
    /// Members of a fleet now and after the change.
    case members(now: Int, after: Int)
  }

  /// The resource that was judged.
  public var resource: Resource
  /// The series, or `nil` where a whole fleet was judged.
  public var series: Labels?
  /// What to do.
  public var action: Action
  /// How much, where there is something to do.
  public var quantity: Quantity?
  /// One sentence: why.
  public var reason: String
  /// What was measured, as sentences with figures.
  public var evidence: [String]
  /// What was considered and why it was not chosen.
  public var rejected: [String]
  /// The p99 to expect once the advice is followed, in the resource's unit.
  public var p99After: Double?
  /// When the capacity must be ordered: the early (P10) run-out less the lead time.
  ///
  /// With `hold` too, where a run-out within the second lead time is at least as likely as not.
  public var orderBy: Timestamp?
}

/// What a resource's use was and will be; the figures that advice and reports share.
public struct UseEvidence: Sendable {
  /// The whole weeks looked at, ending at the evaluation's instant.
  public var window: TimeRange
  /// Whole weekly cycles inside the window.
  public var wholeWeeks: Int
  /// Hours of the window that hold a sample.
  public var filledHours: Int
  /// Hours of the window, the one of the first sample included.
  public var hours: Int
  /// Share of the window's hours that hold a sample, 0...1.
  public var coverage: Double { Double(filledHours) / Double(max(1, hours)) }
  /// Quantiles of the hourly peaks.
  public var p50: Double
  /// 95 % of the hourly peaks lie at or below.
  public var p95: Double
  /// 99 % of the hourly peaks lie at or below.
  public var p99: Double
  /// The highest hourly peak.
  public var peak: Double
  /// The lowest hourly low, for resources that run out downwards.
  public var p01: Double
  /// Age of the newest sample at the evaluation's instant, nanoseconds.
  public var ageNanoseconds: Int64
  /// The forecast over the resource's lead time.
  public var forecast: Forecast
  /// The forecast over twice the lead time, which tells by when to order; `nil` where the one over the
  /// lead time is not trusted or says to order now.
  public var outlook: Forecast?

  /// The quantile that decides, with its name: the p99 of the hourly peaks where more use is worse,
  /// the p1 of the hourly lows where less is.
  public func deciding(_ direction: Threshold.Direction) -> (name: String, value: Double) {
    direction == .above ? ("p99", p99) : ("p1", p01)
  }

  /// That quantile as text; the p1 is named, since the p99 is what a reader expects.
  public func text(of resource: Resource) -> String {
    let text = resource.unit.text(deciding(resource.direction).value)
    return resource.direction == .above ? text : "p1 \(text)"
  }
}
