internal import Foundation
public import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import TSQCodec
public import TSQCore
public import TSQStorage
internal import UnixSignals

/// What a server tells the program around it while it runs.
public enum ServerEvent: Sendable {
  /// HTTP is answered at this address; the port is the one that was bound.
  case http(HostPort)
  /// Line protocol is taken at this address; the port is the one that was bound.
  case lineProtocol(HostPort)
  /// Graphite plaintext is taken at this address; the port is the one that was bound.
  case graphite(HostPort)
  /// The store is open and everything acknowledged is visible.
  case ready(RecoveryReport)
}

/// A store served over TCP and HTTP.
///
/// Prints nothing. HTTP answers at once, with 503 until the store has recovered; senders of line
/// protocol may connect at once and are read when it has.
public final class Server: Sendable {
  private let configuration: ServeConfiguration
  private let tls: ServerTLS?
  private let logger: Logger
  private let group = Mutex<ServiceGroup?>(nil)

  /// A server that does nothing until `run`.
  ///
  /// - Parameters:
  ///   - configuration: everything it can be told.
  ///   - logger: where operating messages go.
  /// - Throws: `ConfigurationError` for a limit that makes no sense.
  public init(
    configuration: ServeConfiguration, logger: Logger
  ) throws(ConfigurationError) {
    try configuration.validate()
    if let files = configuration.tls {
      tls = try ServerTLS(files)
    } else {
      tls = nil
    }
    self.configuration = configuration
    self.logger = logger
  }

  /// Serves until SIGTERM, SIGINT or `stop()`; then drains, syncs, closes the store and returns.
  ///
  /// - Parameters:
  ///   - handlesSignals: whether SIGTERM and SIGINT end it.
  ///   - onEvent: told of addresses and readiness, from any thread; must not block.
  /// - Throws: `StoreError.locked` where another process holds the store, other `StoreError`s of
  ///   opening it, and the network's errors where an address cannot be bound.
  public func run(
    handlesSignals: Bool = true, onEvent: @escaping @Sendable (ServerEvent) -> Void = { _ in }
  ) async throws {
    let directory = configuration.dataDirectory
    // Asked first: the same address would be in use too, and the holder is the better answer.
    if let holder = StoreHolder.find(directory) {
      throw StoreError.locked(directory: directory, holder: holder.text)
    }
    try await checkAddresses()
    FileLimit.raise()
    let group = makeGroup(handlesSignals: handlesSignals, onEvent: onEvent)
    self.group.withLock { $0 = group }
    defer { self.group.withLock { $0 = nil } }
    try await group.run()
  }

  /// Asks a running server to end as SIGTERM does; `run` returns when it has.
  public func stop() async {
    await group.withLock { $0 }?.triggerGracefulShutdown()
  }

  /// Asks for every address before a store is made or opened for nothing.
  private func checkAddresses() async throws {
    let addresses: [(purpose: String, address: HostPort?)] = [
      ("http", configuration.http), (LineFormat.lineProtocol.rawValue, configuration.lineProtocol),
      (LineFormat.graphite.rawValue, configuration.graphite),
    ]
    for (purpose, address) in addresses {
      guard let address, address.port != 0 else { continue }
      try await BlockingThread.run("tsq-addresses") {
        try AddressProbe.check(address, purpose: purpose)
      }
    }
  }

  private func makeGroup(
    handlesSignals: Bool, onEvent: @escaping @Sendable (ServerEvent) -> Void
  ) -> ServiceGroup {
    let gate = StoreGate()
    let deadLetters = DeadLetterFolders(
      fileSystem: POSIXFileSystem(),
      directory: configuration.dataDirectory + "/" + StoreLayout.deadLettersName,
      limitBytes: configuration.ingest.deadLetterBytes,
      lineBytes: configuration.ingest.deadLetterLineBytes)
    let workers = max(1, min(8, ProcessInfo.processInfo.activeProcessorCount))
    let warner = logger
    let watch = SeriesWatch(limit: configuration.store.seriesLimit) { warner.warning("\($0)") }
    let center = IngestCenter(
      limits: configuration.ingest, sink: StoreSink(gate: gate, watch: watch), workers: workers,
      deadLetters: deadLetters, tokens: configuration.tokens)
    let pool = QueryPool(limits: configuration.web)
    let advert = Advertisement(scheme: tls == nil ? "http" : "https", logger: logger)
    let services = WebServices(
      configuration: configuration, center: center, gate: gate, pool: pool,
      bodies: RequestBodyReader(
        limitBytes: configuration.web.bodyBytes,
        budget: ByteBudget(limit: configuration.web.inFlightBytes)),
      started: .now)
    // Ended in the reverse order: senders first, then HTTP, the store last.
    let store = StoreService(
      configuration: configuration, gate: gate, pool: pool, deadLetters: deadLetters,
      logger: logger
    ) { store in
      advert.found(store)
      watch.saw(store.statistics().series)
      onEvent(.ready(store.recovery))
    }
    let web = WebServer(services: services, tls: tls, logger: logger) { address in
      advert.found(address)
      onEvent(.http(address))
    }
    var parts: [ServiceGroupConfiguration.ServiceConfiguration] = [
      .init(service: store, serviceName: "store"), .init(service: web, serviceName: "http"),
    ]
    parts += listeners(center, gate, onEvent)
    var group = ServiceGroupConfiguration(
      services: parts, gracefulShutdownSignals: handlesSignals ? [.sigterm, .sigint] : [],
      logger: logger)
    // Twice the grace, for senders and HTTP, and some more for the last sync: then by force.
    group.maximumGracefulShutdownDuration = configuration.shutdownGrace * 2 + .seconds(20)
    return ServiceGroup(configuration: group)
  }
  /// What takes lines over TCP, one for each address.
  private func listeners(
    _ center: IngestCenter, _ gate: StoreGate, _ onEvent: @escaping @Sendable (ServerEvent) -> Void
  ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
    let addresses: [(LineFormat, HostPort?, @Sendable (HostPort) -> Void)] = [
      (.lineProtocol, configuration.lineProtocol, { onEvent(.lineProtocol($0)) }),
      (.graphite, configuration.graphite, { onEvent(.graphite($0)) }),
    ]
    return addresses.compactMap { format, address, told in
      guard let address else { return nil }
      let lines = LineProtocolServer(
        format: format, address: address, tls: tls, center: center, gate: gate,
        grace: configuration.shutdownGrace, logger: logger, onListening: told)
      return .init(service: lines, serviceName: format.rawValue)
    }
  }
}

/// Writes the server's address into the lock file once both are there.
private final class Advertisement: Sendable {
  private let parts = Mutex<(store: Store?, address: HostPort?)>((nil, nil))
  private let scheme: String
  private let logger: Logger

  init(scheme: String, logger: Logger) {
    self.scheme = scheme
    self.logger = logger
  }

  func found(_ store: Store) {
    publish(
      parts.withLock {
        $0.store = store; return $0
      })
  }

  func found(_ address: HostPort) {
    publish(
      parts.withLock {
        $0.address = address; return $0
      })
  }

  private func publish(_ parts: (store: Store?, address: HostPort?)) {
    guard let store = parts.store, let address = parts.address else { return }
    do throws(StoreError) {
      try store.advertise(address: "\(scheme)://\(address)")
    } catch {
      // Others then learn only which process holds the store.
      logger.warning("cannot write the address into the lock file: \(error)")
    }
  }
}
