import Foundation
import HTTPTypes
import HummingbirdCore
import TSQClient
import TSQCodec
import TSQCore
import TSQStorage
import Testing

@testable import TSQServer

@Suite("Starting and stopping")
struct LifecycleTests {
  @Test("Ready is said once the store is open, healthy from the start")
  func readiness() async throws {
    try await withServer { running in
      let ready = try await running.ask(.get, "/-/ready")
      #expect(ready.status == 200)
      #expect(try await running.ask(.get, "/-/healthy").status == 200)
      #expect(try await ServerClient(running.http).isReady())
    }
  }

  @Test("Before the store is there every way in says so and how long to wait")
  func beforeReady() async throws {
    let folder = try TemporaryFolder()
    let services = WebServices.standing(folder.path)
    let answer = try await services.withStore { _ in Answer.nothing() }
    #expect(answer.status.code == 503)
    #expect(answer.headers[.retryAfter] == "1")
  }

  @Test("A second server on one folder is told who holds it")
  func locking() async throws {
    let folder = try TemporaryFolder()
    let first = try await RunningServer.start(folder.path)
    let address = try first.http
    do {
      _ = try await RunningServer.start(folder.path)
      Issue.record("two writers on one store")
    } catch {
      #expect("\(error)".contains("is in use by"))
      #expect("\(error)".contains(address))
    }
    try await first.stop()
    let third = try await RunningServer.start(folder.path)
    try await third.stop()
  }

  @Test("An address in use ends the server with an error and gives the store back")
  func addressInUse() async throws {
    let folder = try TemporaryFolder()
    let other = try TemporaryFolder()
    let first = try await RunningServer.start(folder.path)
    let taken = try first.lines
    await #expect(throws: TestFailure.self) {
      _ = try await RunningServer.start(other.path) { $0.lineProtocol = taken }
    }
    try await first.stop()
    for _ in 0..<400 where StoreHolder.find(other.path) != nil {
      try await Task.sleep(for: .milliseconds(5))
    }
    let again = try await RunningServer.start(other.path)
    try await again.stop()
  }

  @Test("A limit that makes no sense is refused before anything is opened")
  func validation() throws {
    var configuration = ServeConfiguration(dataDirectory: "/nonexistent")
    configuration.ingest.connections = 0
    #expect(
      throws: ConfigurationError.outOfRange(
        setting: "connections", value: "0", accepted: "above 0")
    ) { try configuration.validate() }
    configuration.ingest.connections = 1
    configuration.web.bodyBytes = 100
    configuration.web.inFlightBytes = 99
    #expect(throws: ConfigurationError.self) { try configuration.validate() }
    configuration.web.inFlightBytes = 100
    // Its memory, a multiple of its bytes, must fit too.
    #expect(throws: ConfigurationError.self) { try configuration.validate() }
    configuration.web.remoteWriteBytes = 4
    try configuration.validate()
  }

  @Test("Stopping does not wait for idle connections, nor for ever for busy ones")
  func stopping() async throws {
    let folder = try TemporaryFolder()
    let running = try await RunningServer.start(folder.path) {
      $0.shutdownGrace = .milliseconds(800)
    }
    let idle = try await LineClient.connect(running.lines)
    try await idle.send("# tsq sync 1\n")
    #expect(try await idle.reply().hasPrefix("ok 1"))
    let busy = try await LineClient.connect(running.lines)
    let sending = Task {
      while !Task.isCancelled {
        try await busy.send("busy value=1\n")
        try await Task.sleep(for: .milliseconds(5))
      }
    }
    try await Task.sleep(for: .milliseconds(50))
    try await running.stop()
    sending.cancel()
    try await idle.waitUntilClosed()
    #expect(StoreHolder.find(folder.path) == nil)
  }
}

extension WebServices {
  /// Services around a store that is not there yet.
  static func standing(_ folder: String) -> WebServices {
    let configuration = ServeConfiguration(dataDirectory: folder)
    let gate = StoreGate()
    let center = IngestCenter(
      limits: configuration.ingest, sink: StoreSink(gate: gate), workers: 1,
      deadLetters: DeadLetterFolders(
        fileSystem: POSIXFileSystem(), directory: folder + "/dead-letters", limitBytes: 1000,
        lineBytes: 100))
    return WebServices(
      configuration: configuration, center: center, gate: gate,
      pool: QueryPool(limits: configuration.web),
      bodies: RequestBodyReader(limitBytes: 1000, budget: ByteBudget(limit: 1000)),
      started: .now)
  }
}
