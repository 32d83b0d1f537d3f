import TSQCore

/// What applying the retention rules did, or would do, as JSON.
public struct RetentionNote: Codable, Hashable, Sendable {
  /// One rule's effect.
  public struct Entry: Codable, Hashable, Sendable {
    /// Which metrics.
    public var metricPattern: String
    /// How long they are kept, seconds.
    public var keepSeconds: Int64
    /// Samples before this instant are dropped, RFC 3339.
    public var cutoff: String
    /// Series that have such samples.
    public var series: Int
    /// How long hourly values are kept, seconds, 0 for ever; `nil` where none are made.
    public var hourlyKeepSeconds: Int64?
    /// Hourly values up to this instant are dropped, RFC 3339; `nil` where none ever are.
    public var hourlyCutoff: String?
    /// Series that have such hourly values.
    public var hourlySeries: Int?

    enum CodingKeys: String, CodingKey {
      case cutoff, series
      case metricPattern = "metric_pattern"
      case keepSeconds = "keep_seconds"
      case hourlyKeepSeconds = "hourly_keep_seconds"
      case hourlyCutoff = "hourly_cutoff"
      case hourlySeries = "hourly_series"
    }

    init(_ rule: RetentionRule, _ entry: RetentionReport.Entry) {
      metricPattern = rule.metricPattern
      keepSeconds = rule.keepSeconds
      cutoff = entry.cutoff.description
      series = entry.series
      switch entry.rule.hourly {
      case .none: hourlyKeepSeconds = nil
      case .forever: hourlyKeepSeconds = 0
      case .age(let nanoseconds): hourlyKeepSeconds = nanoseconds / 1_000_000_000
      }
      hourlyCutoff = entry.hourlyCutoff?.description
      hourlySeries = entry.hourlySeries
    }
  }

  /// What became of samples that hourly values took the place of.
  public struct Rollup: Codable, Hashable, Sendable {
    /// Series whose samples are in hourly values now.
    public var series: Int
    /// Their samples.
    public var samples: Int
    /// Hourly values written.
    public var hours: Int
    /// What a person must know besides.
    public var warnings: [String]

    init?(_ report: RollupReport) {
      guard report != RollupReport() else { return nil }
      series = report.series
      samples = report.samples
      hours = report.buckets
      warnings = report.warnings
    }
  }

  /// Whether nothing was changed.
  public var isDryRun: Bool
  /// The rules that drop something ever, in the order they are tried.
  public var rules: [Entry]
  /// Bytes before and after the merges that freed the space; `nil` where nothing was due.
  public var bytesBefore: Int64?
  /// Bytes after.
  public var bytesAfter: Int64?
  /// Samples dropped.
  public var samplesDropped: Int?
  /// Hourly values made; `nil` where none were.
  public var rollup: Rollup?
  /// Damage that kept samples from being rolled up, or a partition from being rewritten.
  public var damage: [DamageNote]

  enum CodingKeys: String, CodingKey {
    case rules, damage, rollup
    case isDryRun = "dry_run"
    case bytesBefore = "bytes_before"
    case bytesAfter = "bytes_after"
    case samplesDropped = "samples_dropped"
  }

  init(isDryRun: Bool, rules: [Entry], report: RetentionReport) {
    let compaction = report.compaction
    self.isDryRun = isDryRun
    self.rules = rules
    rollup = Rollup(report.rollup)
    bytesBefore = compaction?.bytesBefore
    bytesAfter = compaction?.bytesAfter
    samplesDropped = compaction?.samplesDropped
    damage = (report.rollup.damage + (compaction?.damage ?? [])).map(DamageNote.init)
  }
}

/// What a backup or a restore did, as JSON.
public struct BackupNote: Codable, Hashable, Sendable {
  /// Segments taken over.
  public var segments: Int
  /// Their bytes.
  public var bytes: Int64
  /// How many of them share their bytes with the source.
  public var linked: Int
  /// Everything accepted up to this sequence number is in the copy.
  public var throughSequence: UInt64

  enum CodingKeys: String, CodingKey {
    case segments, bytes, linked
    case throughSequence = "through_sequence"
  }

  /// A note on a report.
  public init(_ report: BackupReport) {
    segments = report.segments
    bytes = report.bytes
    linked = report.linked
    throughSequence = report.throughSequence
  }
}

extension RetentionRule {
  /// Checks what a person asked for.
  ///
  /// - Throws: `StoreError.invalidArgument` for a rule that cannot be meant or kept.
  public func validate() throws(StoreError) {
    guard !metricPattern.isEmpty else {
      throw .invalidArgument("a retention rule needs a pattern of metric names; `*` is all")
    }
    guard resolutionSeconds == 0 || resolutionSeconds == Self.hourSeconds else {
      throw .invalidArgument(
        "there are no buckets of \(resolutionSeconds) s; only the samples themselves (0) and hourly "
          + "values (\(Self.hourSeconds)) are kept")
    }
    guard keepSeconds == 0 || keepSeconds >= Self.keepSecondsMin else {
      throw .invalidArgument(
        "\(keepSeconds) s is too short to keep samples, at least \(Self.keepSecondsMin) s; "
          + "`forever` keeps them")
    }
  }

  /// Checks a pattern's two rules together.
  ///
  /// - Throws: `StoreError.invalidArgument` where hourly values would be gone before they are made.
  public static func validate(
    raw: RetentionRule, hourly: RetentionRule?
  ) throws(StoreError) {
    try raw.validate()
    guard let hourly else { return }
    try hourly.validate()
    guard raw.keepSeconds > 0 else {
      throw .invalidArgument(
        "hourly values take the place of samples that are dropped; these are kept for ever")
    }
    guard hourly.keepSeconds == 0 || hourly.keepSeconds > raw.keepSeconds else {
      throw .invalidArgument(
        "hourly values must be kept for longer than the samples they are made of")
    }
  }

  /// The resolution of hourly values.
  public static let hourSeconds: Int64 = 3600

  /// The shortest time that samples may be kept: an hour, so that a mistyped unit costs no data that
  /// somebody is still looking at.
  public static let keepSecondsMin: Int64 = 3600
}
