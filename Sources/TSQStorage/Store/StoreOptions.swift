public import TSQCore

/// When the log is synced for appends that do not wait for it.
///
/// An append that asks for `.synced` waits for its sync under every policy.
public enum WALSyncPolicy: Hashable, Sendable {
  /// Every group is synced before anybody sees it.
  case always
  /// At most so long after the first unsynced byte.
  case interval(Duration)
  /// When somebody waits, a log file is full, at a flush, or the store closes; the operating system
  /// decides until then.
  case never
}

/// How a store is run; every limit has a default that a small server can live with.
public struct StoreOptions: Sendable {
  /// Length of a time partition of a new store: no segment spans two.
  ///
  /// A week keeps files few and deletion cheap. A store keeps the length it was made with.
  public var partitionLength: Duration = .seconds(7 * 86_400)
  /// Series at most: new ones past it are refused while known ones go on; 0 means no limit.
  public var seriesLimit = 1_000_000
  /// When the log is synced for senders that do not wait.
  public var syncPolicy: WALSyncPolicy = .always

  /// Bytes of accepted entries, 20 a sample, that make the head be written to segments: bounds both
  /// the memory of the head and what a restart replays.
  public var flushBytes = 64 << 20
  /// Bytes of accepted entries in memory at which appends wait for a flush, in multiples of
  /// `flushBytes`.
  static let headBytesFactorMax = 4
  /// Age of the oldest sample of the head, since its arrival, that makes it be written.
  public var flushAge: Duration = .seconds(2 * 3600)
  /// Segments of one partition that make the background job merge them.
  public var compactionSegments = 8
  /// Size of the segments the background job still merges; larger ones are left as they are.
  public var compactionBytes: Int64 = 256 << 20
  /// Bytes of segments a merge reads a second at most, so that the disk stays free for ingest and
  /// queries; 0 means no limit.
  public var compactionBytesPerSecond: Int64 = 64 << 20
  /// How often the background job applies the retention rules kept in the store.
  public var retentionInterval: Duration = .seconds(3600)
  /// What time it is, for retention.
  public var clock: @Sendable () -> Timestamp = SystemClock.now
  /// Bytes that stay free on the disk: below, appends are refused until there is room again.
  ///
  /// However small it is, appends also leave the room that a flush of what is in memory needs.
  public var freeSpaceFloor: Int64 = 64 << 20

  /// Whether a thread flushes and compacts by itself; without it only the calls do.
  public var backgroundUpkeep = true
  /// How often that thread looks whether something is due.
  public var upkeepInterval: Duration = .seconds(1)
  /// Told of every error the background job meets and of every finding at opening, in words.
  public var log: @Sendable (StoreMessageLevel, String) -> Void = { _, _ in }

  /// The defaults.
  public init() {}

  /// `partitionLength` in nanoseconds, at least one second.
  var partitionNanoseconds: Int64 { max(1_000_000_000, nanoseconds(partitionLength)) }

  var commitOptions: CommitOptions {
    var commit = CommitOptions()
    commit.policy = syncPolicy
    return commit
  }
}

/// A duration in nanoseconds, held at the ends of `Int64`.
private func nanoseconds(_ duration: Duration) -> Int64 {
  let (seconds, attoseconds) = duration.components
  let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
  return overflow ? .max : whole + attoseconds / 1_000_000_000
}

/// How much a message of the store matters.
public enum StoreMessageLevel: Sendable {
  /// Ordinary work.
  case note
  /// Somebody should look at it some day.
  case warning
  /// Something failed, or is lost.
  case error
}
