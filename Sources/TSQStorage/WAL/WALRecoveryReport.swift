/// What reading the log found.
public struct WALRecoveryReport: Hashable, Sendable {
  /// Bytes that are no valid frame though the log goes on behind them, or that may have been one.
  public struct QuarantinedRange: Hashable, Sendable {
    /// The log file.
    public let path: String
    /// Where in it the bytes begin.
    public let offset: Int64
    /// How many there are.
    public let byteCount: Int64
    /// What is wrong with them.
    public let reason: String
    /// Where the copy lies; `nil` where none was made (read-only, or the copy failed).
    public var copy: String?
  }

  /// Log files read; those that hold nothing new are passed over unread.
  public internal(set) var fileCount = 0
  /// Entries delivered.
  public internal(set) var entryCount = 0
  /// Samples delivered.
  public internal(set) var sampleCount = 0
  /// Bytes of the files read.
  public internal(set) var byteCount: Int64 = 0
  /// The highest sequence number seen, or the one the replay began after where that is higher.
  public internal(set) var lastSequence: UInt64 = 0
  /// Bytes of a last frame that a crash left half written; never acknowledged.
  public internal(set) var tornByteCount: Int64 = 0
  /// Ranges that could not be read.
  public internal(set) var quarantined: [QuarantinedRange] = []
  /// Reading only: a last frame whose bytes are all there and do not fit its checksum.
  ///
  /// Damage, or a writer's work in progress.
  public internal(set) var suspect: QuarantinedRange?
  /// Sequence numbers that should be in the log and are not: entries lost to damage.
  public internal(set) var missingEntryCount: UInt64 = 0
  /// Samples in valid frames whose series is not known, since its definitions are damaged.
  public internal(set) var samplesWithoutSeries = 0
  /// Whether the log begins later than asked.
  ///
  /// What lies between is in segments that this reader has not seen, or lost. A read-only opener
  /// looks for new segments and tries again.
  public internal(set) var beginsAfterGap = false

  /// A report on nothing yet.
  public init() {}

  /// Whether anything that may have been acknowledged could not be read.
  public var foundDamage: Bool {
    !quarantined.isEmpty || missingEntryCount > 0 || samplesWithoutSeries > 0
  }
}

extension WALRecoveryReport: CustomStringConvertible {
  /// One line; each damaged range follows on a line of its own.
  public var description: String {
    var text =
      "log replayed: \(entryCount) entries with \(sampleCount) samples from \(fileCount) files"
    if tornByteCount > 0 { text += ", \(tornByteCount) bytes of an unfinished last frame" }
    if missingEntryCount > 0 { text += ", \(missingEntryCount) entries MISSING" }
    if samplesWithoutSeries > 0 { text += ", \(samplesWithoutSeries) samples of unknown series" }
    for range in quarantined { text += "\n\(range)" }
    return text
  }
}

extension WALRecoveryReport.QuarantinedRange: CustomStringConvertible {
  /// File, place, reason, and where the copy lies.
  public var description: String {
    let place = "`\(path)`, \(byteCount) bytes at offset \(offset): \(reason)"
    return place + (copy.map { "; copied to `\($0)`" } ?? "; not copied")
  }
}
