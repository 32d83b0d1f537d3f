public import TSQCodec
public import TSQCore
public import TSQQuery
public import TSQStorage

/// Everything `tsq serve` can be told; plain values that the command line fills.
public struct ServeConfiguration: Sendable {
  /// The store's folder.
  public var dataDirectory: String
  /// Where line protocol over TCP is taken; `nil` takes none.
  public var lineProtocol: HostPort? = HostPort(host: "127.0.0.1", port: 9009)
  /// Where Graphite plaintext over TCP is taken; `nil` takes none.
  public var graphite: HostPort?
  /// Where HTTP is answered.
  public var http = HostPort(host: "127.0.0.1", port: 9010)
  /// Tokens of which senders and clients must show one; without any, nobody is asked.
  public var tokens = AccessTokens()
  /// The certificate for every address; `nil` speaks in the clear.
  public var tls: TLSFiles?
  /// What senders may do at most.
  public var ingest = IngestLimits()
  /// What HTTP clients may do at most.
  public var web = HTTPLimits()
  /// What one query may cost at most.
  public var query = QueryLimits()
  /// How the store is run; the sync policy and the series limit are here.
  public var store = StoreOptions()
  /// How long open connections may go on after the order to stop.
  public var shutdownGrace = Duration.seconds(10)
  /// The version that `/health` and build information name.
  public var version = "0.1.0"

  /// The defaults for a folder.
  public init(dataDirectory: String) {
    self.dataDirectory = dataDirectory
  }
}

/// What senders of line protocol may do at most.
public struct IngestLimits: Sendable {
  /// Limits of one line; the length is the same for TCP and HTTP.
  public var line = LineProtocolLimits()
  /// TCP connections at once; an idle one costs about 20 KiB.
  public var connections = 4_096
  /// Bytes of parsed samples that may wait for the store, all senders together.
  ///
  /// When they are used up nothing more is read from any socket until the store has caught up.
  public var inFlightBytes = 64 << 20
  /// How long a TCP connection may stay silent before it is closed.
  public var idleTimeout = Duration.seconds(900)
  /// `reject` replies of one sync; the count in `ok` is always whole.
  public var rejectReplies = 100
  /// Reply bytes that may wait for a client that does not read; past it the connection is closed.
  public var replyBytes = 256 << 10
  /// Bytes of dead letters kept; the oldest go first.
  public var deadLetterBytes = 64 << 20
  /// Bytes of one rejected line that a dead letter keeps.
  public var deadLetterLineBytes = 16 << 10

  /// The defaults.
  public init() {}
}

/// What HTTP clients may do at most.
public struct HTTPLimits: Sendable {
  /// Connections at once; past it new ones wait in the system's queue.
  public var connections = 1_024
  /// Bytes of one request body, counted after decompression.
  public var bodyBytes = 32 << 20
  /// Bytes of one remote write request, decompressed.
  ///
  /// Senders send at most 8 MiB. One that was made to be large in memory takes
  /// `RemoteWriteReader.memoryFactor` times as much, which must stay below `inFlightBytes`.
  public var remoteWriteBytes = 10 << 20
  /// Bytes of request bodies held at once, all requests together; past it 503 with `Retry-After`.
  public var inFlightBytes = 256 << 20
  /// How long a connection may stay silent.
  public var idleTimeout = Duration.seconds(120)
  /// Queries that run at once; more wait.
  public var concurrentQueries = 4
  /// Queries that may wait; past it 503 with `Retry-After`.
  public var waitingQueries = 256
  /// Lines named in the answer to a write that was partly rejected; the count is always whole.
  public var rejectsListed = 100

  /// The defaults.
  public init() {}
}

/// What is wrong with a configuration.
public enum ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A setting is outside what makes sense: its name, its value and what is accepted.
  case outOfRange(setting: String, value: String, accepted: String)

  /// One sentence for people.
  public var description: String {
    switch self {
    case .outOfRange(let setting, let value, let accepted):
      "the setting `\(setting)` is \(value); it must be \(accepted)"
    }
  }
}

extension ServeConfiguration {
  /// Checks every limit before anything is opened.
  public func validate() throws(ConfigurationError) {
    let counts = [
      ("connections", ingest.connections), ("in-flight-bytes", ingest.inFlightBytes),
      ("reply-bytes", ingest.replyBytes), ("http-connections", web.connections),
      ("body-bytes", web.bodyBytes), ("http-in-flight-bytes", web.inFlightBytes),
      ("concurrent-queries", web.concurrentQueries), ("line-bytes", ingest.line.lineBytes),
    ]
    for (name, value) in counts where value <= 0 {
      throw .outOfRange(setting: name, value: "\(value)", accepted: "above 0")
    }
    let notNegative = [
      ("reject-replies", ingest.rejectReplies), ("dead-letter-bytes", ingest.deadLetterBytes),
      ("waiting-queries", web.waitingQueries), ("rejects-listed", web.rejectsListed),
      ("series-limit", store.seriesLimit),
    ]
    for (name, value) in notNegative where value < 0 {
      throw .outOfRange(setting: name, value: "\(value)", accepted: "0 or more")
    }
    // A batch must hold one whole line, and the key table two of the longest.
    guard ingest.line.fieldsPerLine <= LineBatch().sampleCapacity else {
      throw .outOfRange(
        setting: "fields-per-line", value: "\(ingest.line.fieldsPerLine)",
        accepted: "at most \(LineBatch().sampleCapacity)")
    }
    guard ingest.line.lineBytes <= 64 << 20 else {
      throw .outOfRange(
        setting: "line-bytes", value: "\(ingest.line.lineBytes)",
        accepted: "at most \(64 << 20)")
    }
    guard ingest.idleTimeout > .zero, web.idleTimeout > .zero else {
      throw .outOfRange(
        setting: "idle-timeout", value: "\(ingest.idleTimeout)", accepted: "above 0")
    }
    let remoteWriteMemory = web.remoteWriteBytes.multipliedReportingOverflow(
      by: RemoteWriteReader.memoryFactor + 1)
    guard web.remoteWriteBytes > 0, !remoteWriteMemory.overflow,
      remoteWriteMemory.partialValue <= web.inFlightBytes
    else {
      throw .outOfRange(
        setting: "remote-write-bytes", value: "\(web.remoteWriteBytes)",
        accepted:
          "1 to \(web.inFlightBytes / (RemoteWriteReader.memoryFactor + 1)), "
          + "a part of http-in-flight-bytes")
    }
    guard web.bodyBytes <= web.inFlightBytes else {
      throw .outOfRange(
        setting: "body-bytes", value: "\(web.bodyBytes)",
        accepted: "at most http-in-flight-bytes (\(web.inFlightBytes))")
    }
  }
}
