public import TSQCore

/// A deletion as the state database keeps it.
public struct StoredTombstone: Hashable, Sendable {
  /// Its number, given when it was stored.
  public let id: Int64
  /// Its place in the order of all entries: samples accepted before it are gone.
  public let sequence: UInt64
  /// What it deletes.
  public let tombstone: Tombstone
}

/// Where an alert stands.
public enum AlertState: String, Hashable, Sendable, CaseIterable {
  /// The condition does not hold.
  case inactive
  /// It holds, but not for long enough yet.
  case pending
  /// It held for long enough.
  case firing
  /// It cannot be decided: too little or too old data.
  case unknown
}

/// One alert's state, so that a restart neither forgets nor repeats it.
public struct StoredAlertState: Hashable, Sendable {
  /// The rule's name.
  public var rule: String
  /// What it is about: the labels of the alert.
  public var labels: Labels
  /// Where it stands.
  public var state: AlertState
  /// Since when it stands there.
  public var since: Timestamp
  /// When it was last decided.
  public var evaluatedAt: Timestamp
  /// When somebody was last told; `nil` for never.
  public var notifiedAt: Timestamp?
  /// The value it was decided on; every bit pattern is kept.
  public var value: Double?
  /// What the owner of the rule wants to remember besides, such as JSON.
  public var detail: String

  /// An alert's state.
  public init(
    rule: String, labels: Labels, state: AlertState, since: Timestamp, evaluatedAt: Timestamp,
    notifiedAt: Timestamp? = nil, value: Double? = nil, detail: String = ""
  ) {
    self.rule = rule
    self.labels = labels
    self.state = state
    self.since = since
    self.evaluatedAt = evaluatedAt
    self.notifiedAt = notifiedAt
    self.value = value
    self.detail = detail
  }
}

/// A time range in which matching alerts notify nobody.
public struct Silence: Hashable, Sendable {
  /// Its name, chosen by whoever made it; storing one of the same name replaces it.
  public var id: String
  /// Which alerts; never empty.
  public var matchers: [LabelMatcher]
  /// From when to when.
  public var range: TimeRange
  /// Who made it.
  public var author: String
  /// Why.
  public var comment: String

  /// A silence.
  public init(
    id: String, matchers: [LabelMatcher], range: TimeRange, author: String = "",
    comment: String = ""
  ) {
    self.id = id
    self.matchers = matchers
    self.range = range
    self.author = author
    self.comment = comment
  }
}

/// A report that was made, so that the next can say how its forecasts came out.
public struct StoredReportRun: Hashable, Sendable {
  /// Its number, given when it was stored.
  public let id: Int64
  /// The instant the report was about.
  public var at: Timestamp
  /// The report's own account of itself, as JSON; its owner knows the schema.
  public var content: String
}

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
