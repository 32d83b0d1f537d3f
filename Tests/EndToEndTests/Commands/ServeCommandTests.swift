import Foundation
import Testing

/// What `tsq serve` says and when: addresses on standard output, everything else in its log.
@Suite("Serve") struct ServeCommandTests {
  private func makeStore(_ path: String) throws {
    let lines = (0..<100).map { "m,h=a v=\($0) \($0 * 60)\n" }.joined()
    let stored = try Program.run(
      ["import", "--data", path, "--precision", "s", "-"], input: lines)
    #expect(stored.code == 0, "\(stored.errors)")
    #expect(try Program.run(["flush", "--data", path]).code == 0)
  }

  private func serve(_ store: String, http: String) throws -> Program.Outcome {
    try Program.run(["serve", "--data", store, "--line-protocol", "127.0.0.1:0", "--http", http])
  }

  @Test("a store that cannot be opened: no address is told, and the error stands alone")
  func damagedStore() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    try makeStore(store)
    try Data(repeating: 120, count: 200).write(to: URL(fileURLWithPath: store + "/STORE"))
    // More than once: which of the addresses is bound first is a matter of luck.
    for _ in 0..<3 {
      let outcome = try serve(store, http: "127.0.0.1:0")
      #expect(outcome.code == 1)
      #expect(outcome.output.isEmpty, "\(outcome.output)")
      #expect(outcome.errors.hasPrefix("error: "), "\(outcome.errors)")
      #expect(!outcome.errors.contains("CancellationError"), "\(outcome.errors)")
    }
  }

  @Test("an address in use: said before a store is made")
  func addressInUse() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("first"))
    let outcome = try serve(folder.path("second"), http: "127.0.0.1:\(server.httpPort)")
    #expect(outcome.code == 1 && outcome.output.isEmpty, "\(outcome.output)")
    #expect(outcome.errors.hasPrefix("error: cannot listen on 127.0.0.1:"), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("second")))
    #expect(server.stop() == 0)
  }

  @Test("damage is told once at every level of the log, and ordinary work only where asked for")
  func levels() throws {
    let folder = try TemporaryFolder()
    // A store for each: the damaged segment is set aside by the first that opens it.
    for level in ["error", "info"] {
      let store = folder.path(level)
      try makeStore(store)
      let quiet = try ServerProcess(folder: store, arguments: ["--log-level", "warning"])
      #expect(quiet.stop() == 0)
      #expect(try String(contentsOfFile: store + ".log", encoding: .utf8).isEmpty)
      let segments = store + "/segments"
      let name = try #require(try FileManager.default.contentsOfDirectory(atPath: segments).first)
      let segment = URL(fileURLWithPath: segments + "/" + name)
      var bytes = try Data(contentsOf: segment)
      bytes[bytes.count - 10] ^= 0xff
      try bytes.write(to: segment)
      let server = try ServerProcess(folder: store, arguments: ["--log-level", level])
      #expect(server.stop() == 0)
      let log = try String(contentsOfFile: store + ".log", encoding: .utf8)
      let lines = log.split(separator: "\n")
      #expect(lines.allSatisfy { $0.contains(" tsq: ") }, "every line is an entry: \(log)")
      let told = lines.filter { $0.contains(name) && $0.contains(" error ") }
      #expect(told.count == 1, "\(level): \(log)")
      let isReadyTold = lines.contains { $0.contains("ready: opened") }
      #expect(isReadyTold == (level == "info"), "\(log)")
    }
  }

  @Test("statistics have the same names and figures from a folder and from its server")
  func statistics() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    try makeStore(store)
    func rows(_ arguments: [String]) throws -> [String: String] {
      let outcome = try Program.run(["stats", "-o", "csv"] + arguments)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let pairs = outcome.lines.dropFirst().map { $0.split(separator: ",").map(String.init) }
      return Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0.count > 1 ? $0[1] : "") })
    }
    let own = try rows(["--data", store])
    let server = try ServerProcess(folder: store)
    let told = try rows(["--server", "http://127.0.0.1:\(server.httpPort)"])
    #expect(server.stop() == 0)
    #expect(own["damaged_blocks"] == "0" && own["unreadable_segments"] == "0")
    #expect(Set(told.keys).subtracting(own.keys) == ["series_limit", "upkeep_errors"])
    // What changes by itself while a server opens the store is left out.
    for (name, value) in own where name.hasPrefix("segment") || name == "bytes_values" {
      #expect(told[name] == value, "\(name)")
    }
    #expect(Set(own.keys).subtracting(told.keys).isEmpty)
  }
}
