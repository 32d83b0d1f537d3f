import Foundation
import Synchronization
import TSQClient
import TSQCodec
import TSQCore
import TSQServer
import TSQStorage
import Testing

@Suite("The sender against servers that come and go")
struct SenderTests {
  private func options(_ folder: String?) -> LineSenderOptions {
    var options = LineSenderOptions()
    options.firstBackoff = .milliseconds(10)
    options.longestBackoff = .milliseconds(50)
    options.windowBatches = 4
    if let folder { options.spool = SpoolOptions(directory: folder) }
    return options
  }

  /// A server on a port that nobody else is given while it is away.
  ///
  /// The system hands the ports that it picks itself to outgoing connections too, those of other tests
  /// and of the very sender that tries to come back.
  private static func startOnLastingPort(_ folder: String) async throws -> RunningServer {
    for _ in 0..<50 {
      let address = HostPort(host: "127.0.0.1", port: Int.random(in: 20_000..<32_000))
      // Taken by another server: the next one may be free.
      if let running = try? await RunningServer.start(folder, { $0.lineProtocol = address }) {
        return running
      }
    }
    throw TestFailure(words: "fifty ports are taken")
  }

  private func batch(_ number: Int) -> [UInt8] {
    Array(
      (0..<10).map { "s,b=\(number),i=\($0) value=\(number) 1700000000000000000\n" }.joined().utf8)
  }

  private func stored(_ running: RunningServer) async throws -> Double? {
    let answer = try await ServerClient(running.http).query(
      "count(s)", at: Timestamp(nanoseconds: 1_700_000_010_000_000_000))
    guard case .vector(let found) = answer.value else { return nil }
    return found.first?.sample.value
  }

  @Test("Batches given while the server is away arrive when it is back", arguments: [false, true])
  func outage(withSpool: Bool) async throws {
    let (data, spool) = (try TemporaryFolder(), try TemporaryFolder())
    let first = try await Self.startOnLastingPort(data.path)
    let address = try first.lines
    let sender = try LineSender(to: address, options: options(withSpool ? spool.path : nil))
    let runner = Task { await sender.run() }
    for number in 0..<20 { try await sender.send(batch(number)) }
    try await sender.drain(timeout: .seconds(20))
    try await first.stop()
    for number in 20..<40 { try await sender.send(batch(number)) }
    #expect(await sender.waitingBatches == 20)
    let second = try await RunningServer.start(data.path) { $0.lineProtocol = address }
    let totals = try await sender.finish(timeout: .seconds(20))
    await runner.value
    #expect(totals.batches == 40)
    #expect(totals.connections >= 2)
    #expect(try await stored(second) == 400)
    try await second.stop()
  }

  @Test("A sender that died is followed by one that sends what it left")
  func spoolSurvives() async throws {
    let (data, spool) = (try TemporaryFolder(), try TemporaryFolder())
    do {
      // Nobody listens at port 1, so that everything stays in the spool.
      let sender = try LineSender(
        to: HostPort(host: "127.0.0.1", port: 1), options: options(spool.path))
      for number in 0..<5 { try await sender.send(batch(number)) }
    }
    let running = try await RunningServer.start(data.path)
    let sender = try LineSender(to: running.lines, options: options(spool.path))
    #expect(await sender.waitingBatches == 5)
    let runner = Task { await sender.run() }
    let totals = try await sender.finish(timeout: .seconds(20))
    await runner.value
    #expect(totals.lines == 50)
    #expect(try await stored(running) == 50)
    try await running.stop()
  }

  @Test("Each batch keeps its own precision, in the spool and whatever was sent before it")
  func precision() async throws {
    let (data, spool) = (try TemporaryFolder(), try TemporaryFolder())
    let nowhere = HostPort(host: "127.0.0.1", port: 1)
    do {
      let sender = try LineSender(to: nowhere, options: options(spool.path))
      try await sender.send(Array("s,b=1 value=1 1700000000\n".utf8), precision: .seconds)
    }
    let running = try await RunningServer.start(data.path)
    let told = Mutex<[Rejection]>([])
    let sender = try LineSender(
      to: running.lines, options: options(spool.path),
      onRejection: { rejection in told.withLock { $0.append(rejection) } })
    try await sender.send(Array("s,b=2 value=1 1700000000000000000\n".utf8))
    try await sender.send(
      Array("s,b=3 value=1 1700000000000\nbad\n".utf8), precision: .milliseconds,
      origin: BatchOrigin(source: "f.lp", firstLine: 7))
    let runner = Task { await sender.run() }
    let totals = try await sender.finish(timeout: .seconds(20))
    await runner.value
    #expect(totals.samples == 3)
    #expect(try await stored(running) == 3)
    let rejection = try #require(told.withLock { $0.first })
    #expect(rejection.source == "f.lp")
    #expect(rejection.line == 8)
    try await running.stop()
  }

  @Test("A sender without room gives up when nothing is acknowledged for too long")
  func patience() async throws {
    var impatient = options(nil)
    impatient.queueBytes = 1
    impatient.patience = .milliseconds(200)
    let sender = try LineSender(to: HostPort(host: "127.0.0.1", port: 1), options: impatient)
    try await sender.send(batch(0))
    await #expect(throws: SendError.unacknowledged(batches: 1, lastTrouble: "no connection yet")) {
      try await sender.send(batch(1))
    }
  }

  @Test("What is not acknowledged in time is said with the last trouble")
  func unreachable() async throws {
    let sender = try LineSender(
      to: HostPort(host: "127.0.0.1", port: 1), options: options(nil))
    let runner = Task { await sender.run() }
    try await sender.send(batch(0))
    do {
      try await sender.finish(timeout: .milliseconds(300))
      Issue.record("nobody can have acknowledged it")
    } catch SendError.unacknowledged(let batches, let trouble) {
      #expect(batches == 1)
      #expect(!trouble.isEmpty)
    }
    await runner.value
    await #expect(throws: SendError.finished) { try await sender.send(batch(1)) }
    await #expect(throws: SendError.notWholeLines) { try await sender.send([1]) }
  }
}
