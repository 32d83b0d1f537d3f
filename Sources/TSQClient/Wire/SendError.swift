internal import TSQCore

/// Why batches could not be handed over.
public enum SendError: Error, Hashable, Sendable {
  /// The deadline passed; how many batches are not acknowledged, and the last trouble met.
  case unacknowledged(batches: Int, lastTrouble: String)
  /// A batch is empty or its last line has no end: a batch is whole lines.
  case notWholeLines
  /// The sender was told to finish and takes no more.
  case finished
}

extension SendError: CustomStringConvertible {
  /// One sentence for people.
  public var description: String {
    switch self {
    case .unacknowledged(let batches, let trouble):
      "\(CountText.text(batches, "batch", "batches")) not acknowledged; the last trouble: \(trouble)"
    case .notWholeLines: "a batch must be whole lines, each ended by a line feed"
    case .finished: "the sender has finished and takes no more batches"
    }
  }
}

/// How a sender behaves; every number is a limit or a wait.
public struct LineSenderOptions: Sendable {
  /// Batches on the wire at once; enough that a sync's few milliseconds never stall the stream.
  public var windowBatches = 16
  /// Bytes on the wire at once.
  public var windowBytes = 8 << 20
  /// Bytes that wait in memory where there is no spool; past it `send` waits.
  public var queueBytes = 32 << 20
  /// The token to show, and TLS.
  public var access = ServerAccess()
  /// How long a connection may take to come up.
  public var connectTimeout = Duration.seconds(5)
  /// How long the oldest batch may wait for its answer before the connection is given up.
  public var replyTimeout = Duration.seconds(30)
  /// How long `send` waits for room while nothing is acknowledged; `nil` waits for ever.
  public var patience: Duration?
  /// Whether a refused token ends the sending; a long-lived agent's may be let in again.
  public var givesUpWhenUnauthorized = false
  /// The wait after the first failed attempt; it doubles from there.
  public var firstBackoff = Duration.milliseconds(100)
  /// The longest wait between attempts.
  public var longestBackoff = Duration.seconds(15)
  /// Where batches are kept until they are acknowledged; `nil` keeps them in memory.
  public var spool: SpoolOptions?

  /// The defaults.
  public init() {}
}

/// Where and how much a sender may keep on disk.
public struct SpoolOptions: Sendable {
  /// The spool's own folder.
  public var directory: String
  /// The most bytes kept.
  public var limitBytes: Int
  /// What happens at the limit.
  public var overflow: Spool.Overflow

  /// A spool in a folder, 256 MiB unless told otherwise.
  public init(
    directory: String, limitBytes: Int = 256 << 20, overflow: Spool.Overflow = .dropOldest
  ) {
    self.directory = directory
    self.limitBytes = limitBytes
    self.overflow = overflow
  }
}

/// What a sender has done since it was made.
public struct SendTotals: Hashable, Sendable {
  /// Batches the server acknowledged.
  public var batches = 0
  /// Data lines the server counted in them.
  public var lines = 0
  /// Samples the server counted in them.
  public var samples = 0
  /// Lines the server rejected.
  public var rejected = 0
  /// Batches sent again after a lost connection.
  public var resent = 0
  /// Connections that came up.
  public var connections = 0
  /// Batches lost to the spool's limit.
  public var dropped = 0

  /// Nothing done yet.
  public init() {}
}

/// Where the lines of a batch come from, so that a rejection can be told by file and line.
public struct BatchOrigin: Hashable, Sendable {
  /// The file, or what else people know the lines by.
  public let source: String
  /// The number of the batch's first line there, from 1.
  public let firstLine: Int

  /// An origin.
  public init(source: String, firstLine: Int) {
    self.source = source
    self.firstLine = firstLine
  }
}

/// One line the server did not store.
public struct Rejection: Hashable, Sendable {
  /// The batch's id.
  public let batch: UInt64
  /// Where the line comes from; `nil` for batches that an earlier process left in the spool.
  public let source: String?
  /// The line within its source, or within its batch where that is not known; from 1.
  public let line: Int
  /// The server's reason, one word.
  public let reason: String
  /// The server's words.
  public let message: String
}
