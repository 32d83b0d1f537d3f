public import TSQForecast

/// What a rules file says: the resources to size and the alerts to raise.
public struct RuleFile: Sendable, Equatable {
  /// What is sized by `advise` and shown in reports.
  public var resources: [Resource]
  /// What `alerts check` looks at.
  public var alerts: [AlertRule]

  /// A rules file from its two parts.
  public init(resources: [Resource], alerts: [AlertRule]) {
    self.resources = resources
    self.alerts = alerts
  }
}

/// Something with a capacity, and how much of it may be used.
public struct Resource: Sendable, Equatable {
  /// Whether each series has a capacity of its own, or all share the load of one fleet.
  public enum Scope: String, Sendable, CaseIterable {
    /// Each series is sized by itself, as a disk is.
    case series
    /// The series are interchangeable members, as web servers behind a balancer are.
    case fleet
  }

  /// Its name in advice and reports.
  public var name: String
  /// The series that measure its use.
  public var selector: String
  /// What the values mean.
  public var unit: MetricUnit
  /// The value at which it is exhausted.
  public var limit: Double
  /// On which side of the limit the trouble lies.
  public var direction: Threshold.Direction
  /// The use a well-sized resource runs at (its p99); only where more use is worse.
  public var target: Double
  /// How long it takes to add capacity once that is decided, nanoseconds.
  public var leadTimeNanoseconds: Int64
  /// Whether each series is sized by itself.
  public var scope: Scope

  /// A resource from its parts; a rules file checks them against each other, this does not.
  public init(
    name: String, selector: String, unit: MetricUnit, limit: Double,
    direction: Threshold.Direction, target: Double, leadTimeNanoseconds: Int64, scope: Scope
  ) {
    self.name = name
    self.selector = selector
    self.unit = unit
    self.limit = limit
    self.direction = direction
    self.target = target
    self.leadTimeNanoseconds = leadTimeNanoseconds
    self.scope = scope
  }
}

/// A condition on the present or the forecast value of some series.
public struct AlertRule: Sendable, Equatable {
  /// What the condition is about.
  public enum Subject: Sendable, Equatable {
    /// The mean of the last `window`; every sample of the last `holdFor` must violate the limit too.
    case now(windowNanoseconds: Int64, holdForNanoseconds: Int64)
    /// The limit is crossed inside the horizon with at least this probability.
    case forecast(horizonNanoseconds: Int64, probability: Double)
  }

  /// How bad it is when the rule fires.
  public enum Severity: String, Sendable, CaseIterable, Codable {
    /// To be looked at in working hours.
    case warning
    /// To be looked at now.
    case critical
  }

  /// What is reported where there is no data to decide on.
  public enum NoDataPolicy: String, Sendable, CaseIterable {
    /// UNKNOWN, the default: no data is never good news.
    case unknown
    /// It fires: the series must always be there.
    case firing
    /// Nothing is wrong: the series comes and goes by design.
    case ok
  }

  /// The alert's name.
  public var name: String
  /// The series it looks at.
  public var selector: String
  /// What the values mean.
  public var unit: MetricUnit
  /// The value compared with.
  public var limit: Double
  /// On which side of the limit the trouble lies.
  public var direction: Threshold.Direction
  /// What is compared.
  public var subject: Subject
  /// How bad it is.
  public var severity: Severity
  /// What no data means.
  public var noData: NoDataPolicy
  /// A last sample older than this says nothing about now, nanoseconds.
  public var maxAgeNanoseconds: Int64

  /// A rule from its parts; a rules file checks them against each other, this does not.
  public init(
    name: String, selector: String, unit: MetricUnit, limit: Double,
    direction: Threshold.Direction, subject: Subject, severity: Severity, noData: NoDataPolicy,
    maxAgeNanoseconds: Int64
  ) {
    self.name = name
    self.selector = selector
    self.unit = unit
    self.limit = limit
    self.direction = direction
    self.subject = subject
    self.severity = severity
    self.noData = noData
    self.maxAgeNanoseconds = maxAgeNanoseconds
  }
}
