import Foundation
import TSQClient
import TSQCore
import TSQServer
import TSQStorage
import Testing

@Suite("Graphite plaintext over TCP")
struct GraphiteServerTests {
  private func with(
    _ change: @escaping (inout ServeConfiguration) -> Void = { _ in },
    _ body: (RunningServer, TemporaryFolder) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let running = try await RunningServer.start(folder.path) {
      $0.graphite = HostPort(host: "127.0.0.1", port: 0)
      change(&$0)
    }
    do {
      try await body(running, folder)
    } catch {
      try? await running.stop()
      throw error
    }
  }

  private func series(_ running: RunningServer) async throws -> [String] {
    try await ServerClient(running.http).series(matching: ["{__name__=~\".+\"}"])
      .map(\.description).sorted()
  }

  /// Waits until the ledger has a number of lines: a silent sender is told nothing.
  private func settle(_ running: RunningServer, lines: Int) async throws -> ToldLedger {
    for _ in 0..<1000 {
      let told = try await ledger(running)
      if told.total.lines >= lines { return told }
      try await Task.sleep(for: .milliseconds(5))
    }
    return try await ledger(running)
  }

  @Test("Lines as collectd, netdata and statsd write them become series, bad ones dead letters")
  func senders() async throws {
    try await with { running, folder in
      let client = try await LineClient.connect(running.graphite)
      try await client.send(
        """
        collectd.host-1.cpu-0.cpu-idle 99.5 1700000000\r
        netdata.host-1.system.cpu.user;dim=user 4.0000000 1700000000
        stats.counters.web.hits.count 12 1700000000
        stats.gauges.queue nan 1700000000
        disk.used;server=web01;mount=/ 1.5e9 1700000000
        too many words here at all
        unfinished.line 1
        """)
      try await client.close()
      let told = try await settle(running, lines: 7)
      #expect(told.total.accepted == 4)
      #expect(
        told.total.rejected_by_reason == [
          "bad-field-value": 1, "bad-shape": 1, "incomplete-line": 1,
        ])
      #expect(told.total.isBalanced)
      #expect(told.accounts.contains { $0.source == "graphite" && $0.counts.accepted == 4 })
      #expect(
        try await series(running)
          == [
            "disk.used", "collectd.host-1.cpu-0.cpu-idle", "netdata.host-1.system.cpu.user",
            "stats.counters.web.hits.count",
          ].map {
            switch $0 {
            case "disk.used": "{\"disk.used\",mount=\"/\",server=\"web01\"}"
            case "netdata.host-1.system.cpu.user": "{\"\($0)\",dim=\"user\"}"
            default: "{\"\($0)\"}"
            }
          }.sorted())
      try await running.stop()
      let letters = folder.path + "/dead-letters/graphite"
      let name = try #require(try FileManager.default.contentsOfDirectory(atPath: letters).first)
      let text = try String(contentsOfFile: letters + "/" + name, encoding: .utf8)
      #expect(text.contains("\nstats.gauges.queue nan 1700000000\n"))
      #expect(text.contains(" line=6 reason=bad-shape\ntoo many words here at all\n"))
    }
  }

  @Test("A sender may ask for acknowledgements; a unit of time it cannot choose")
  func acknowledging() async throws {
    try await with { running, _ in
      let client = try await LineClient.connect(running.graphite)
      try await client.send(
        "# tsq ack=durable\n# tsq precision=ms\na.b 1 5\na.b x 5\n# tsq sync 1\n")
      let replies = try await client.replies() + client.replies()
      try #require(replies.count == 3)
      #expect(replies[0] == "err - reason=unknown-control \"precision=ms\"")
      #expect(replies[1].hasPrefix("reject line=4 reason=bad-field-value"))
      #expect(replies[2].hasPrefix("ok 1 lines=2 samples=1 rejected=1"))
      try await client.close()
      try await running.stop()
    }
  }

  @Test("The series limit holds here too, and known series go on")
  func limit() async throws {
    try await with({ $0.store.seriesLimit = 1 }) { running, _ in
      let client = try await LineClient.connect(running.graphite)
      try await client.send("# tsq ack=durable\na 1 5\nb 1 5\na 2 6\n# tsq sync 1\n")
      let replies = try await client.replies()
      #expect(replies[0].hasPrefix("reject line=3 reason=series-limit"))
      #expect(replies[1].hasPrefix("ok 1 lines=3 samples=2 rejected=1"))
      try await client.close()
      try await running.stop()
    }
  }
}
