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

    enum CodingKeys: String, CodingKey {
      case cutoff, series
      case metricPattern = "metric_pattern"
      case keepSeconds = "keep_seconds"
    }

    init(_ rule: RetentionRule, _ entry: RetentionReport.Entry) {
      metricPattern = rule.metricPattern
      keepSeconds = rule.keepSeconds
      cutoff = entry.cutoff.description
      series = entry.series
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
  /// Damage that kept a partition from being rewritten.
  public var damage: [DamageNote]

  enum CodingKeys: String, CodingKey {
    case rules, damage
    case isDryRun = "dry_run"
    case bytesBefore = "bytes_before"
    case bytesAfter = "bytes_after"
    case samplesDropped = "samples_dropped"
  }

  init(isDryRun: Bool, rules: [Entry], compaction: CompactionReport?) {
    self.isDryRun = isDryRun
    self.rules = rules
    bytesBefore = compaction?.bytesBefore
    bytesAfter = compaction?.bytesAfter
    samplesDropped = compaction?.samplesDropped
    damage = (compaction?.damage ?? []).map(DamageNote.init)
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
    guard resolutionSeconds == 0 else {
      throw .invalidArgument(
        "there are no buckets of \(resolutionSeconds) s; only the samples themselves are kept")
    }
    guard keepSeconds == 0 || keepSeconds >= Self.keepSecondsMin else {
      throw .invalidArgument(
        "\(keepSeconds) s is too short to keep samples, at least \(Self.keepSecondsMin) s; "
          + "0 keeps them for ever")
    }
  }

  /// The shortest time that samples may be kept: an hour, so that a mistyped unit costs no data that
  /// somebody is still looking at.
  public static let keepSecondsMin: Int64 = 3600
}
