import Testing

@testable import TSQClient

@Suite("The window of batches on the wire")
struct SendWindowTests {
  private func lines(_ text: String) -> [UInt8] { Array(text.utf8) }
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test("A batch goes out with its sync, after the preamble")
  func sending() {
    var window = SendWindow(limit: 2, byteLimit: 1000)
    #expect(text(window.connected()) == "# tsq ack=durable\n")
    #expect(text(window.send(lines("a v=1 1\n"), id: 7)) == "a v=1 1\n# tsq sync 7\n")
    #expect(window.hasRoom)
    _ = window.send(lines("b v=1 1\n"), id: 8)
    #expect(!window.hasRoom)
  }

  @Test("A batch larger than the byte limit still flies alone")
  func largeBatch() {
    var window = SendWindow(limit: 4, byteLimit: 3)
    #expect(window.hasRoom)
    _ = window.send(lines("a v=1 1\n"), id: 1)
    #expect(!window.hasRoom)
  }

  @Test("Only the oldest batch can be acknowledged")
  func acknowledging() {
    var window = SendWindow(limit: 4, byteLimit: 1000)
    _ = window.connected()
    _ = window.send(lines("a v=1 1\n"), id: 1)
    _ = window.send(lines("b v=1 1\n"), id: 2)
    let wrong = window.received(.ok(id: 2, lines: 1, samples: 1, rejected: 0, sequence: 5))
    guard case .retry = wrong else {
      Issue.record("an answer out of order must not be believed: \(wrong)")
      return
    }
    #expect(window.inFlight.map(\.id) == [1, 2])
    let done = window.received(.ok(id: 1, lines: 1, samples: 1, rejected: 0, sequence: 5))
    guard case .done(let flight, let receipt) = done else {
      Issue.record("not done: \(done)")
      return
    }
    #expect(flight.id == 1)
    #expect(receipt.sequence == 5)
    #expect(window.inFlight.map(\.id) == [2])
    #expect(window.bytesInFlight == 8)
  }

  @Test("After a lost connection everything in flight is sent again, in order")
  func reconnecting() {
    var window = SendWindow(limit: 4, byteLimit: 1000)
    _ = window.connected()
    _ = window.send(lines("a v=1 1\n"), id: 1)
    _ = window.send(lines("b v=1 1\n"), id: 2)
    _ = window.received(.ok(id: 1, lines: 1, samples: 1, rejected: 0, sequence: 1))
    _ = window.send(lines("c v=1 1\n"), id: 3)
    #expect(
      text(window.connected())
        == "# tsq ack=durable\nb v=1 1\n# tsq sync 2\nc v=1 1\n# tsq sync 3\n")
  }

  @Test("Rejected lines are numbered within their batch, on every connection")
  func rejections() {
    var window = SendWindow(limit: 4, byteLimit: 1000)
    _ = window.connected()
    _ = window.send(lines("# p\na v=1 1\nb\n"), id: 1)  // lines 2 to 4; its sync is line 5
    _ = window.send(lines("# p\nc\nd v=1 1\n"), id: 2)  // lines 6 to 8
    let first = window.received(.reject(line: 4, reason: "missing-field", message: "m"))
    #expect(first == .rejected(batch: 1, line: 2, reason: "missing-field", message: "m"))
    _ = window.received(.ok(id: 1, lines: 2, samples: 1, rejected: 1, sequence: 1))
    let second = window.received(.reject(line: 7, reason: "missing-field", message: "m"))
    #expect(second == .rejected(batch: 2, line: 1, reason: "missing-field", message: "m"))
    _ = window.connected()  // now batch 2 starts at line 2
    let again = window.received(.reject(line: 3, reason: "missing-field", message: "m"))
    #expect(again == .rejected(batch: 2, line: 1, reason: "missing-field", message: "m"))
  }

  @Test("An error keeps every batch in flight")
  func errors() {
    var window = SendWindow(limit: 4, byteLimit: 1000)
    _ = window.connected()
    _ = window.send(lines("a v=1 1\n"), id: 1)
    let verdict = window.received(.error(id: 1, reason: "full", message: "the disk is full"))
    #expect(verdict == .retry(reason: "full", message: "the disk is full"))
    #expect(window.inFlight.count == 1)
  }
}

@Suite("Waiting between attempts")
struct BackoffTests {
  @Test("Waits double up to the longest and start anew after a success")
  func doubling() {
    var backoff = Backoff(first: .milliseconds(100), longest: .seconds(1))
    let waits = (0..<6).map { _ in backoff.next(jitter: 1) }
    #expect(
      waits == [100, 200, 400, 800, 1000, 1000].map { Duration.milliseconds($0) })
    backoff.reset()
    #expect(backoff.next(jitter: 0) == .milliseconds(50))
  }

  @Test("A sender that fails for days never overflows")
  func longOutage() {
    var backoff = Backoff(first: .milliseconds(100), longest: .seconds(15))
    for _ in 0..<10_000 { _ = backoff.next(jitter: 0.5) }
    #expect(backoff.next(jitter: 1) == .seconds(15))
  }
}
