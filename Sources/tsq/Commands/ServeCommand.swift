internal import ArgumentParser
internal import Foundation
internal import Logging
internal import TSQCodec
internal import TSQCore
internal import TSQServer
internal import TSQStorage

/// `tsq serve`: takes samples over TCP and HTTP and answers queries, until told to stop.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve a store: line protocol on TCP, writes and Prometheus' API on HTTP.",
    discussion: """
      Prints where it listens, one line each, on standard output, once the store is open; port 0 \
      picks a free one. SIGTERM and SIGINT drain the connections, sync, and end with code 0.

      Examples:
        tsq serve --data metrics
        tsq serve --data metrics --line-protocol 127.0.0.1:0 --http 127.0.0.1:0
        tsq serve --data metrics --graphite 127.0.0.1:2003
        tsq serve --line-protocol 0.0.0.0:9009 --token-file tokens --tls-cert c.pem --tls-key k.pem
      """)

  @Option(
    help: "The store's folder; made where it is missing. By default `TSQ_DATA`, else `tsq-data`.")
  var data: String?

  @Option(help: "Where line protocol is taken over TCP, HOST:PORT.")
  var lineProtocol = AddressArgument(HostPort(host: "127.0.0.1", port: 9009))

  @Option(help: "Where Graphite plaintext is taken over TCP, HOST:PORT; by default nowhere.")
  var graphite: AddressArgument?

  @Option(help: "Where HTTP is answered, HOST:PORT.")
  var http = AddressArgument(HostPort(host: "127.0.0.1", port: 9010))

  @Option(help: "always: sync before every visible sample; or a duration such as 1s; or never.")
  var walSync: SyncArgument = .init(policy: .always)

  @Flag(help: "Listen beyond this machine although nothing is encrypted or authenticated.")
  var insecure = false

  @OptionGroup(title: "Access") var access: ServeAccess

  @OptionGroup(title: "Limits") var limits: ServeLimits

  /// Log levels on the command line.
  enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case debug, info, warning, error
  }

  @Option(help: "debug, info, warning or error; the log goes to standard error.")
  var logLevel: LogLevel = .info

  func validate() throws {
    let addresses = [lineProtocol.address, http.address] + [graphite?.address].compactMap { $0 }
    for address in addresses where !insecure && !access.isGuarded && !address.isLoopback {
      throw ValidationError(
        "\(address) is reachable from outside; ask for tokens with --token-file, or encrypt "
          + "with --tls-cert and --tls-key, or listen on 127.0.0.1, or accept it with --insecure")
    }
  }

  func run() async throws {
    let folder = data ?? ProcessInfo.processInfo.environment["TSQ_DATA"] ?? "tsq-data"
    var configuration = ServeConfiguration(dataDirectory: folder)
    configuration.lineProtocol = lineProtocol.address
    configuration.graphite = graphite?.address
    configuration.http = http.address
    configuration.store.syncPolicy = walSync.policy
    limits.fill(&configuration)
    try access.fill(&configuration)
    let level = Logger.Level(rawValue: logLevel.rawValue) ?? .info
    let logger = ServeLog.logger(level: level)
    configuration.store.log = { logger.log(level: ServeLog.level($0), "\($1)") }
    let server = try Server(configuration: configuration, logger: logger)
    let announcer = Announcer(logger: logger)
    try await server.run { announcer.tell($0) }
  }
}

extension HostPort {
  /// Whether only this machine can reach the address: by name, 127.0.0.0/8 or ::1.
  fileprivate var isLoopback: Bool {
    host == "localhost" || host == "::1" || (host.hasPrefix("127.") && !host.contains(":"))
  }
}

/// The limits of `tsq serve` as flags; each default's reason is in docs/ingest.md.
struct ServeLimits: ParsableArguments {
  @Option(help: "Series the store takes; known ones go on past it. 0 is no limit.")
  var seriesLimit = StoreOptions().seriesLimit

  @Option(help: "Bytes of one line of line protocol.")
  var lineBytes = IngestLimits().line.lineBytes

  @Option(help: "Labels of one series.")
  var labels = IngestLimits().line.labelsPerSeries

  @Option(help: "TCP connections at once.")
  var connections = IngestLimits().connections

  @Option(help: "Bytes of parsed samples that may wait for the store.")
  var inFlightBytes = IngestLimits().inFlightBytes

  @Option(help: "Close a TCP connection that is silent for this long.")
  var idleTimeout = DurationArgument(nanoseconds: 900_000_000_000)

  @Option(help: "Bytes of dead letters kept.")
  var deadLetterBytes = IngestLimits().deadLetterBytes

  @Option(help: "Bytes of one HTTP request body, decompressed.")
  var bodyBytes = HTTPLimits().bodyBytes

  @Option(help: "Bytes of one remote write request, decompressed.")
  var remoteWriteBytes = HTTPLimits().remoteWriteBytes

  @Option(help: "Queries that run at once.")
  var concurrentQueries = HTTPLimits().concurrentQueries

  @Option(help: "Log bytes after which samples are sealed into segments.")
  var flushBytes = StoreOptions().flushBytes

  @Option(
    help: """
      Free disk space below which nothing more is taken, bytes; where sealing what is in memory needs \
      more, that stays free.
      """)
  var freeSpaceFloor = Int(StoreOptions().freeSpaceFloor)

  func validate() throws {
    guard flushBytes >= 1 << 16 else {
      throw ValidationError("--flush-bytes must be at least 65536")
    }
  }

  /// Puts the flags into a configuration, which checks them.
  func fill(_ configuration: inout ServeConfiguration) {
    configuration.store.seriesLimit = seriesLimit
    configuration.store.flushBytes = flushBytes
    configuration.store.freeSpaceFloor = Int64(freeSpaceFloor)
    configuration.ingest.line.lineBytes = lineBytes
    configuration.ingest.line.labelsPerSeries = labels
    configuration.ingest.connections = connections
    configuration.ingest.inFlightBytes = inFlightBytes
    configuration.ingest.idleTimeout = .nanoseconds(idleTimeout.nanoseconds)
    configuration.ingest.deadLetterBytes = deadLetterBytes
    configuration.web.bodyBytes = bodyBytes
    configuration.web.remoteWriteBytes = remoteWriteBytes
    configuration.web.concurrentQueries = concurrentQueries
  }
}

/// When the log is synced, on the command line.
struct SyncArgument: ExpressibleByArgument {
  let policy: WALSyncPolicy

  init(policy: WALSyncPolicy) { self.policy = policy }

  init?(argument: String) {
    switch argument {
    case "always": policy = .always
    case "never": policy = .never
    default:
      guard let length = DurationText.nanoseconds(argument), length > 0 else { return nil }
      policy = .interval(.nanoseconds(length))
    }
  }

  var defaultValueDescription: String { "always" }
}
