import Foundation
import Testing

/// A store from its first sample to its last question, by the built program.
@Suite struct JourneyTests {
  static let end = "2026-01-01T00:00:00Z"
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// Questions whose answers must not change with the catalog.
  static let questions = [
    ["query", "sum by (host) (sum_over_time(cpu_usage[60d]))", "--to", end],
    ["query", "memory_usage{host=\"db-1\"}[1d]", "--to", end, "-o", "csv"],
    ["series"], ["labels", "host"], ["trend", "disk_usage", "--since", "60d", "--to", end],
    ["predict", "disk_usage{host=\"db-1\"}", "--at", end, "-o", "json"],
    ["alerts", "check", "--rules", root + "/data/rules.yaml", "--at", end, "--all"],
    ["advise", "--rules", root + "/data/rules.yaml", "--at", end, "-o", "json"],
    ["report", "--rules", root + "/data/rules.yaml", "--at", end],
  ]

  static func answers(_ store: String) throws -> [String] {
    try questions.map { question in
      let outcome = try Program.run(question + ["--data", store])
      #expect(outcome.code < 2, "\(question): \(outcome.errors)")
      #expect(!outcome.output.isEmpty, "\(question)")
      return outcome.output
    }
  }

  static func makeStore(_ store: String) throws {
    let loaded = try Program.run(
      ["import", "--data", store, "--precision", "s", root + "/data/sample.lp"])
    #expect(loaded.code == 0)
    #expect(loaded.errors.contains("66740 lines accepted, 0 rejected; 66740 samples stored"))
    #expect(try Program.run(["compact", "--data", store]).code == 0)
  }

  @Test("the committed sample is what `tsq sample` prints")
  func sample() throws {
    let printed = try Program.run(["sample"])
    let committed = try String(contentsOfFile: Self.root + "/data/sample.lp", encoding: .utf8)
    #expect(printed.output == committed)
  }

  @Test("the catalog is a cache: missing or old, every answer stays the same")
  func catalogLost() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    try Self.makeStore(store)
    let files = FileManager.default
    let catalog = store + "/catalog.sqlite"
    try files.copyItem(atPath: catalog, toPath: folder.path("old.sqlite"))
    let deleted = try Program.run(["delete", "cpu_usage{host=\"web-3\"}", "--data", store, "--yes"])
    #expect(deleted.code == 0, "\(deleted.errors)")
    #expect(try Program.run(["compact", "--data", store]).code == 0)
    let before = try Self.answers(store)
    #expect(!before[2].contains("cpu_usage{host=\"web-3\"}"))
    for name in try files.contentsOfDirectory(atPath: store) where name.hasPrefix("catalog.") {
      try files.removeItem(atPath: store + "/" + name)
    }
    #expect(try Self.answers(store) == before)
    #expect(try Program.run(["flush", "--data", store]).code == 0)
    #expect(try Self.answers(store) == before)
    for name in try files.contentsOfDirectory(atPath: store) where name.hasPrefix("catalog.") {
      try files.removeItem(atPath: store + "/" + name)
    }
    try files.copyItem(atPath: folder.path("old.sqlite"), toPath: catalog)
    #expect(try Program.run(["flush", "--data", store]).code == 0)
    #expect(try Self.answers(store) == before)
    #expect(try Program.run(["verify", "--deep", "--data", store]).code == 0)
  }

  @Test("the encodings of a store account for all of its samples")
  func encodings() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    try Self.makeStore(store)
    let asked = try Program.run(["stats", "--encodings", "-o", "csv", "--data", store])
    #expect(asked.code == 0, "\(asked.errors)")
    #expect(asked.lines.first == "column,encoding,lz4,frames,samples,bytes,bytes/sample")
    let samples = asked.lines.filter { $0.hasPrefix("values,") }
      .compactMap { Int($0.split(separator: ",")[4]) }
    #expect(samples.reduce(0, +) == 66_740, "\(asked.output)")
    let server = try Program.run(["stats", "--encodings", "--server", "http://127.0.0.1:1"])
    #expect(server.code == 2 && server.errors.contains("--data"), "\(server.errors)")
  }

  @Test("the first and the last time that a sample may have are found, the one before is refused")
  func endsOfTime() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    let lines = """
      m value=1 -9223372036854775808
      m value=2 -9223372036854775807
      m value=3 9223372036854775807

      """
    let loaded = try Program.run(["import", "--data", store, "-"], input: lines)
    #expect(loaded.code == 1)
    #expect(loaded.errors.contains("2 lines accepted, 1 rejected"), "\(loaded.errors)")
    #expect(loaded.errors.contains("bad-timestamp"), "\(loaded.errors)")
    #expect(loaded.errors.contains("beyond 9223372036854775807 nanoseconds"), "\(loaded.errors)")
    for _ in 0..<2 {
      for (time, value) in [
        ("1677-09-21T00:12:43.145224193Z", "2"), ("2262-04-11T23:47:16.854775807Z", "3"),
      ] {
        for question in ["m", "m[5m]", "sum_over_time(m[5m])"] {
          let outcome = try Program.run(["query", question, "--to", time, "--data", store])
          #expect(outcome.lines.last?.hasSuffix("Z      \(value)") == true, "\(outcome.output)")
        }
      }
      #expect(try Program.run(["flush", "--data", store]).code == 0)
    }
  }

  @Test("a server acknowledges, rejects by line, answers, and ends in order")
  func server() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    let server = try ServerProcess(folder: store)
    let connection = try Connection(port: server.lineProtocolPort)
    try connection.send(
      """
      # tsq ack=durable
      # tsq precision=s
      m,host=a value=1,other=2 1700000000
      m,host=a value=oops 1700000001
      m,host=a value=3 1700000002
      # tsq sync 7

      """)
    let reject = try #require(try connection.readLine())
    #expect(reject.hasPrefix("reject line=4 reason=bad-"), "\(reject)")
    let reply = try #require(try connection.readLine())
    #expect(reply.hasPrefix("ok 7 lines=3 samples=3 rejected=1 seq="), "\(reply)")

    // The folder is held by the server, so the command asks it.
    let asked = try Program.run(
      ["query", "m{host=\"a\"}[10s]", "--to", "1700000005", "-o", "csv", "--data", store])
    #expect(
      asked.lines == [
        "series,timestamp,value", "\"m{host=\"\"a\"\"}\",1700000000,1",
        "\"m{host=\"\"a\"\"}\",1700000002,3",
      ], "\(asked.errors)")
    let second = try Program.run(
      ["serve", "--data", store, "--line-protocol", "127.0.0.1:0", "--http", "127.0.0.1:0"])
    #expect(second.code == 1)
    #expect(second.errors.contains("process \(server.processID)"), "\(second.errors)")

    let written = try HTTP.post(
      port: server.httpPort, "/write?precision=s", body: "m,host=b value=5 1700000000\nbad\n")
    #expect(written.status == 400 && written.body.contains("partial write"), "\(written.body)")
    let metrics = try HTTP.get(port: server.httpPort, "/metrics")
    #expect(metrics.status == 200 && metrics.body.contains("tsq_"))
    #expect(server.stop() == 0)
    let after = try Program.run(["series", "--data", store])
    #expect(after.lines == ["m{host=\"a\"}", "m{host=\"b\"}", "m_other{host=\"a\"}"])
  }
}
