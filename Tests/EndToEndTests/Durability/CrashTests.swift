import Foundation
import TSQTestSupport
import Testing

/// `kill -9` of the real server at random moments, with senders that know what was promised to them.
@Suite struct CrashTests {
  /// What the server is doing when it is killed.
  enum Moment: CaseIterable {
    case ingest, flush, compaction, newSeries
  }

  @Test("every acknowledged sample is there exactly once after each kill", .timeLimit(.minutes(10)))
  func killNine() throws {
    let seed = propertySeeds(1)[0]
    var random = SeededGenerator(seed: seed)
    let rounds = environment("TSQ_CRASH_ROUNDS").flatMap { Int($0) } ?? 24
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    var promises: [String: Promise] = [:]
    for round in 0..<rounds {
      let moment = Moment.allCases[round % Moment.allCases.count]
      // A small threshold, so that every round flushes by itself too.
      let server = try ServerProcess(folder: store, arguments: ["--flush-bytes", "262144"])
      try check(server, promises, "seed \(seed), before round \(round)")
      let senders = (0..<3).map { number in
        let name = "crash_s\(number)_r\(moment == .newSeries ? round : 0)"
        return NumberedSender(
          name: name, port: server.lineProtocolPort, from: promises[name]?.sent ?? 0)
      }
      for sender in senders { sender.start() }
      usleep(UInt32.random(in: 20_000...150_000, using: &random))
      let port = server.httpPort
      switch moment {
      case .flush: Thread.detachNewThread { _ = try? HTTP.post(port: port, "/-/flush") }
      case .compaction: Thread.detachNewThread { _ = try? HTTP.post(port: port, "/-/compact") }
      case .ingest, .newSeries: break
      }
      usleep(UInt32.random(in: 0...60_000, using: &random))
      server.kill()
      for sender in senders { promises[sender.name, default: Promise()].add(sender.finish()) }
    }
    let server = try ServerProcess(folder: store)
    try check(server, promises, "seed \(seed), at the end")
    #expect(server.stop() == 0)
    // The test is worth nothing if the server never had time to promise anything.
    let promised = promises.values.reduce(0) { $0 + $1.count }
    #expect(promised > rounds * 100, "only \(promised) samples were acknowledged")
  }

  /// What one series was promised: stretches of numbers, and where the sender is.
  struct Promise {
    var stretches: [Range<Int>] = []
    var sent = 0

    var count: Int { stretches.reduce(0) { $0 + $1.count } }

    mutating func add(_ result: NumberedSender.Result) {
      if !result.acknowledged.isEmpty { stretches.append(result.acknowledged) }
      sent = max(sent, result.sent)
    }
  }

  private func check(
    _ server: ServerProcess, _ promises: [String: Promise], _ place: String
  ) throws {
    for (name, promise) in promises.sorted(by: { $0.key < $1.key }) {
      let held = try NumberedSamples.held(by: server, name)
      let missing = promise.stretches.flatMap { $0.filter { held[$0] == nil } }
      #expect(missing.isEmpty, "\(place): \(name) lost \(missing.count): \(missing.prefix(5))")
      let invented = held.keys.filter { !(0..<promise.sent).contains($0) }
      #expect(invented.isEmpty, "\(place): \(name) invented \(invented.prefix(5))")
      let wrong = held.filter { $0.key != $0.value }
      #expect(wrong.isEmpty, "\(place): \(name) holds wrong values \(wrong.prefix(5))")
    }
  }
}
