/// What opening a store found and did.
public struct RecoveryReport: Sendable {
  /// Whether the store was made now.
  public var isNew = false
  /// Segments in use.
  public var segments = 0
  /// Log entries replayed into memory.
  public var replayedEntries = 0
  /// Samples replayed into memory.
  public var replayedSamples = 0
  /// Bytes of an unfinished last log entry that were cut off (ignored, where read-only).
  ///
  /// Nothing in them was acknowledged.
  public var tornBytes: Int64 = 0
  /// Files removed because a newer one replaces them, or an interrupted job left them unfinished.
  public var removedFiles: [String] = []
  /// Damage found: what could not be read, was moved to `quarantine/`, or was repaired from a copy.
  public var damage: [DamageReport] = []

  /// A report of nothing found.
  public init() {}

  /// Whether the store was as its last writer left it.
  public var isClean: Bool { tornBytes == 0 && removedFiles.isEmpty && damage.isEmpty }
}

extension RecoveryReport: CustomStringConvertible {
  /// The findings, one a line.
  public var description: String { messages.map(\.text).joined(separator: "\n") }

  /// The findings, each with how much it matters; what was opened comes first.
  var messages: [(level: StoreMessageLevel, text: String)] {
    let opened =
      isNew
      ? "made a new store"
      : "opened \(segments) segments and replayed \(replayedEntries) log entries with "
        + "\(replayedSamples) samples"
    var messages: [(level: StoreMessageLevel, text: String)] = [(.note, opened)]
    if tornBytes > 0 {
      messages.append((.warning, "cut \(tornBytes) bytes of an unfinished entry off the log"))
    }
    messages += removedFiles.map {
      (.note, "removed `\($0)`, which an interrupted job left behind")
    }
    return messages + damage.map { (.error, $0.description) }
  }
}
