import Foundation
import Synchronization
import TSQClient
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
    let first = try await RunningServer.start(data.path)
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
