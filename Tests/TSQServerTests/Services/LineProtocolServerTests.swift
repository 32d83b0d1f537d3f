import Foundation
import TSQClient
import TSQCodec
import TSQCore
import TSQServer
import TSQStorage
import Testing

@Suite("Line protocol over TCP")
struct LineProtocolServerTests {
  /// The value of an instant query, by series text.
  private func values(_ running: RunningServer, _ query: String) async throws -> [String: Double] {
    let answer = try await ServerClient(running.http).query(
      query, at: Timestamp(nanoseconds: 1_700_000_100_000_000_000))
    guard case .vector(let found) = answer.value else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: found.map { ($0.labels.description, $0.sample.value) })
  }

  private let time = "1700000099000000000"

  @Test("An ok means durable and visible, with figures since the last sync")
  func acknowledging() async throws {
    try await withServer { running in
      let client = try await LineClient.connect(running.lines)
      try await client.send(
        """
        # tsq ack=durable
        cpu,host=a usage=1,idle=2 \(time)
        cpu,host=b usage=3,name="x" \(time)
        # tsq sync 17

        """)
      let reply = try await client.reply()
      #expect(reply.hasPrefix("ok 17 lines=2 samples=4 rejected=0 seq="))
      #expect(reply.hasSuffix(" ignored=1"))
      let found = try await values(running, "cpu_usage")
      #expect(found == ["cpu_usage{host=\"a\"}": 1, "cpu_usage{host=\"b\"}": 3])
      try await client.send("cpu,host=c usage=1 \(time)\n# tsq sync 18\n")
      #expect(try await client.reply().hasPrefix("ok 18 lines=1 samples=1 rejected=0 seq="))
      try await client.close()
    }
  }

  @Test("A forgotten quote costs its own line and holds no answer back")
  func forgottenQuote() async throws {
    try await withServer { running in
      let client = try await LineClient.connect(running.lines)
      try await client.send(
        "# tsq ack=durable\na s=\"x\nb value=1 \(time)\n# tsq sync 1\nc value=2 \(time)\n# tsq sync 2\n"
      )
      #expect(try await client.reply().hasPrefix("reject line=2 reason=unterminated-string "))
      #expect(try await client.reply().hasPrefix("ok 1 lines=2 samples=1 rejected=1 "))
      #expect(try await client.reply().hasPrefix("ok 2 lines=1 samples=1 rejected=0 "))
      try await client.close()
    }
  }

  @Test("Bad lines are named by number, good ones around them kept")
  func rejecting() async throws {
    try await withServer { running in
      let client = try await LineClient.connect(running.lines)
      try await client.send(
        """
        # tsq ack=durable
        good value=1 \(time)

        bad value=x \(time)
        # a comment
        bad value=1 never
        good value=2 \(time)
        # tsq sync 1

        """)
      let replies = try await client.replies()
      #expect(replies.count == 3)
      #expect(replies[0].hasPrefix("reject line=4 reason=bad-field-value \""))
      #expect(replies[1].hasPrefix("reject line=6 reason=bad-timestamp \""))
      #expect(replies[2].hasPrefix("ok 1 lines=4 samples=2 rejected=2 "))
      #expect(try await values(running, "good") == ["good": 2])
      try await client.close()
    }
  }

  @Test("Precision changes at its line, not before")
  func precision() async throws {
    try await withServer { running in
      let client = try await LineClient.connect(running.lines)
      try await client.send(
        """
        a value=1 \(time)
        # tsq precision=s
        b value=2 1700000099
        # tsq precision=ms
        c value=3 1700000099000
        # tsq sync 1

        """)
      #expect(try await client.reply().hasPrefix("ok 1 lines=3 samples=3 rejected=0"))
      let found = try await values(running, "{__name__=~\"a|b|c\"}")
      #expect(found == ["a": 1, "b": 2, "c": 3])
      try await client.close()
    }
  }

  @Test("However the bytes are cut, the result is the same")
  func cutBytes() async throws {
    try await withServer { running in
      let client = try await LineClient.connect(running.lines)
      let text = "# tsq ack=durable\nm,k=é value=1 \(time)\nn value=2 \(time)\n# tsq sync 1\n"
      for byte in text.utf8 { try await client.send([byte]) }
      #expect(try await client.reply().hasPrefix("ok 1 lines=2 samples=2 rejected=0"))
      #expect(try await values(running, "m") == ["m{k=\"é\"}": 1])
      try await client.close()
    }
  }

  @Test("The half line of a dropped connection is rejected and never stored")
  func droppedMidLine() async throws {
    try await withServer { running in
      let client = try await LineClient.connect(running.lines)
      try await client.send("whole value=1 \(time)\nhalf value=1")
      try await client.closeOutput()
      try await client.waitUntilClosed()
      #expect(try await values(running, "whole") == ["whole": 1])
      #expect(try await values(running, "half").isEmpty)
      let ledger = try await ledger(running)
      #expect(ledger.total.rejected_by_reason == ["incomplete-line": 1])
      #expect(ledger.total.lines == 2)
    }
  }

  @Test("A sender that only writes and closes loses nothing")
  func silentSender() async throws {
    try await withServer { running in
      let client = try await LineClient.connect(running.lines)
      let lines = (0..<5000).map { "s,i=\($0) value=\($0) \(time)\n" }.joined()
      try await client.send(lines)
      try await client.closeOutput()
      try await client.waitUntilClosed()
      #expect(try await values(running, "count(s)") == ["{}": 5000])
    }
  }

  @Test("Garbage and an endless line are rejected, counted, and cost nobody else")
  func garbage() async throws {
    try await withServer({ $0.ingest.line.lineBytes = 1000 }) { running in
      let client = try await LineClient.connect(running.lines)
      try await client.send((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
      try await client.send("\n" + String(repeating: "x", count: 100_000))
      try await client.send("\nfine value=1 \(time)\n# tsq sync 1\n")
      let replies = try await client.replies()
      #expect(replies.last?.hasPrefix("ok 1 ") == true)
      #expect(try await values(running, "fine") == ["fine": 1])
      let ledger = try await ledger(running)
      #expect((ledger.total.rejected_by_reason["line-too-long"] ?? 0) >= 1)
      #expect(ledger.total.isBalanced)
      #expect(ledger.dead_letters_written + ledger.dead_letters_lost == ledger.total.rejected)
      try await client.close()
    }
  }

  @Test("A sender that never reads its replies is cut off, and counted")
  func slowReader() async throws {
    try await withServer({
      $0.ingest.replyBytes = 16 << 10
      $0.ingest.rejectReplies = .max
    }) { running in
      let client = try await LineClient.connect(running.lines, reads: false)
      client.sendWithoutWaiting("# tsq ack=durable\n")
      // Each bad line is answered with some 60 bytes; the system's buffers take a few MB of them.
      let block = String(repeating: "bad\n", count: 20_000)
      var isClosed = false
      for _ in 0..<500 where !isClosed {
        client.sendWithoutWaiting(block)
        try await Task.sleep(for: .milliseconds(10))
        isClosed = try await ledger(running).connections.slow_readers == 1
      }
      #expect(isClosed)
      let good = try await LineClient.connect(running.lines)
      try await good.send("fine value=1 \(time)\n# tsq sync 1\n")
      #expect(try await good.reply().hasPrefix("ok 1 "))
      try await good.close()
      try? await client.close()
    }
  }

  @Test("Past the limit of connections a sender is told so and turned away")
  func connectionLimit() async throws {
    try await withServer({ $0.ingest.connections = 2 }) { running in
      let first = try await LineClient.connect(running.lines)
      let second = try await LineClient.connect(running.lines)
      for client in [first, second] {
        try await client.send("# tsq sync 1\n")
        #expect(try await client.reply().hasPrefix("ok 1 "))
      }
      let third = try await LineClient.connect(running.lines)
      #expect(try await third.reply().hasPrefix("err - reason=connections "))
      try await third.waitUntilClosed()
      #expect(try await ledger(running).connections.refused == 1)
      try await first.close()
      try await second.close()
    }
  }

  @Test("Hundreds of connections at once are all served, beside idle ones")
  func manyConnections() async throws {
    try await withServer { running in
      let address = try running.lines
      var idle: [LineClient] = []
      for _ in 0..<200 { idle.append(try await LineClient.connect(address)) }
      try await withThrowingTaskGroup(of: String.self) { group in
        for number in 0..<200 {
          group.addTask {
            let client = try await LineClient.connect(address)
            try await client.send("n,c=\(number) value=\(number) \(time)\n# tsq sync \(number)\n")
            let reply = try await client.reply()
            try await client.close()
            return reply
          }
        }
        for try await reply in group { #expect(reply.contains(" lines=1 samples=1 rejected=0 ")) }
      }
      #expect(try await values(running, "count(n)") == ["{}": 200])
      #expect(try await ledger(running).connections.opened == 400)
      for client in idle { try await client.close() }
    }
  }

  @Test("A silent connection is closed after its time")
  func idleTimeout() async throws {
    try await withServer({ $0.ingest.idleTimeout = .milliseconds(200) }) { running in
      let client = try await LineClient.connect(running.lines)
      try await client.waitUntilClosed()
      var count = 0
      for _ in 0..<200 where count == 0 {
        count = try await ledger(running).connections.idle
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(count == 1)
    }
  }

  @Test("Past the series limit known series go on and new ones are rejected by line")
  func seriesLimit() async throws {
    try await withServer({ $0.store.seriesLimit = 3 }) { running in
      let client = try await LineClient.connect(running.lines)
      try await client.send(
        """
        # tsq ack=durable
        a value=1 \(time)
        b value=1,x=2 \(time)
        c value=1 \(time)
        a value=5,y=2 \(time)
        a value=6 \(time)
        # tsq sync 1

        """)
      let replies = try await client.replies()
      #expect(
        replies.map { $0.prefix(29) }.dropLast() == [
          "reject line=4 reason=series-l", "reject line=5 reason=series-l",
        ])
      #expect(replies.last?.hasPrefix("ok 1 lines=5 samples=4 rejected=2 ") == true)
      #expect(try await values(running, "{__name__=~\".+\"}") == ["a": 6, "b": 1, "b_x": 2])
      try await client.close()
    }
  }

  @Test("A large stretch is read to its end while the sender stays silent and open")
  func largeStretch() async throws {
    try await withServer { running in
      let client = try await LineClient.connect(running.lines)
      let lines = (0..<20_000).map { "d,i=\($0 % 500) value=\($0) \(1_700_000_000 + $0)\n" }
      try await client.send("# tsq precision=s\n" + lines.joined())
      var count = 0
      for _ in 0..<1000 where count < 20_000 {
        count = try await ledger(running).total.lines
        try await Task.sleep(for: .milliseconds(10))
      }
      #expect(count == 20_000)
      try await client.close()
    }
  }

  @Test("What was sent before an orderly stop is there after the restart")
  func drain() async throws {
    let folder = try TemporaryFolder()
    let first = try await RunningServer.start(folder.path) { $0.shutdownGrace = .seconds(60) }
    let client = try await LineClient.connect(first.lines)
    let lines = (0..<20_000).map { "d,i=\($0 % 500) value=\($0) \(1_700_000_000 + $0)\n" }.joined()
    try await client.send("# tsq precision=s\n" + lines)
    try await first.stop()
    let second = try await RunningServer.start(folder.path)
    let answer = try await ServerClient(second.http).query(
      "sum(count_over_time(d[400m]))", at: Timestamp(nanoseconds: 1_700_020_000_000_000_000))
    guard case .vector(let found) = answer.value else {
      Issue.record("no vector")
      return
    }
    #expect(found.first?.sample.value == 20_000)
    try await second.stop()
  }

  @Test("The client of this project and the server agree to the line")
  func ownSender() async throws {
    try await withServer { running in
      let rejections = Rejections()
      let sender = try LineSender(to: running.lines) { rejections.append($0) }
      let runner = Task { await sender.run() }
      for batch in 0..<20 {
        var text = (0..<100).map { "o,b=\(batch),i=\($0) value=\($0) \(time)\n" }.joined()
        text += "o,b=\(batch) value=oops \(time)\n"
        try await sender.send(Array(text.utf8))
      }
      let totals = try await sender.finish(timeout: .seconds(20))
      await runner.value
      #expect(totals.batches == 20)
      #expect(totals.lines == 2020)
      #expect(totals.samples == 2000)
      #expect(totals.rejected == 20)
      #expect(totals.connections == 1)
      #expect(rejections.all.map(\.line) == Array(repeating: 101, count: 20))
      #expect(rejections.all.allSatisfy { $0.reason == "bad-field-value" })
    }
  }
}
