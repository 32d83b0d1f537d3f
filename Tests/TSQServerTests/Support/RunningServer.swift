import Foundation
import Logging
import Synchronization
import TSQCore
import TSQStorage
import Testing

@testable import TSQServer

/// A folder of its own that is removed with the test.
final class TemporaryFolder: Sendable {
  let path = NSTemporaryDirectory() + "tsq-server-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A server on ports that the system picked.
final class RunningServer: Sendable {
  private struct Addresses {
    var lines: HostPort?
    var graphite: HostPort?
    var http: HostPort?
    var isReady = false
    var failure: String?
  }

  let server: Server
  private let addresses = Mutex(Addresses())
  private let task = Mutex<Task<Void, any Error>?>(nil)

  /// Starts a server on a folder; returns once it is ready.
  static func start(
    _ folder: String, _ change: (inout ServeConfiguration) -> Void = { _ in }
  ) async throws -> RunningServer {
    var configuration = ServeConfiguration(dataDirectory: folder)
    configuration.lineProtocol = HostPort(host: "127.0.0.1", port: 0)
    configuration.http = HostPort(host: "127.0.0.1", port: 0)
    configuration.shutdownGrace = .seconds(3)
    change(&configuration)
    let running = try RunningServer(configuration)
    try await running.waitUntilReady()
    return running
  }

  private init(_ configuration: ServeConfiguration) throws {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    server = try Server(configuration: configuration, logger: logger)
    let started = Task { [server] in
      do {
        try await server.run(handlesSignals: false) { [weak self] in self?.note($0) }
      } catch {
        self.addresses.withLock { $0.failure = "\(error)" }
        throw error
      }
    }
    task.withLock { $0 = started }
  }

  private func note(_ event: ServerEvent) {
    addresses.withLock { addresses in
      switch event {
      case .http(let address): addresses.http = address
      case .lineProtocol(let address): addresses.lines = address
      case .graphite(let address): addresses.graphite = address
      case .ready: addresses.isReady = true
      }
    }
  }

  private func waitUntilReady() async throws {
    for _ in 0..<2000 {
      let now = addresses.withLock { $0 }
      if let failure = now.failure { throw TestFailure(words: failure) }
      if now.isReady, now.http != nil, now.lines != nil { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw TestFailure(words: "the server did not become ready")
  }

  /// Where line protocol is taken.
  var lines: HostPort {
    get throws { try #require(addresses.withLock { $0.lines }) }
  }

  /// Where Graphite plaintext is taken.
  var graphite: HostPort {
    get throws { try #require(addresses.withLock { $0.graphite }) }
  }

  /// Where HTTP is answered.
  var http: String {
    get throws { "http://\(try #require(addresses.withLock { $0.http }))" }
  }

  /// Ends it as SIGTERM does and waits until it has ended.
  func stop() async throws {
    await server.stop()
    try await task.withLock { $0 }?.value
  }
}

struct TestFailure: Error, CustomStringConvertible {
  let words: String
  var description: String { words }
}

/// Runs a body with a server and stops it afterwards, whatever happens.
func withServer(
  _ change: (inout ServeConfiguration) -> Void = { _ in },
  _ body: (RunningServer) async throws -> Void
) async throws {
  let folder = try TemporaryFolder()
  let running = try await RunningServer.start(folder.path, change)
  do {
    try await body(running)
  } catch {
    try? await running.stop()
    throw error
  }
  try await running.stop()
}
