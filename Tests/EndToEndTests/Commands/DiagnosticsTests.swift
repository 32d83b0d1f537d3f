import Foundation
import Testing

/// What goes wrong is said where it is seen, with what to do.
@Suite struct DiagnosticsTests {
  @Test("a command that reads a store with a damaged log answers, and says what is missing")
  func damagedLog() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    for sample in 1...5 {
      let line = "w value=\(sample) 176000000\(sample)\n"
      let stored = try Program.run(
        ["import", "--data", store, "--precision", "s", "-"], input: line)
      #expect(stored.code == 0, "\(stored.errors)")
    }
    let question = ["query", "w[1m]", "--to", "1760000010", "--data", store, "-o", "csv"]
    let whole = try Program.run(question)
    #expect(whole.lines.count == 6 && whole.errors.isEmpty, "\(whole.errors)")
    let logs = try FileManager.default.contentsOfDirectory(atPath: store + "/wal").sorted()
    let log = store + "/wal/" + (try #require(logs.first))
    var bytes = try Data(contentsOf: URL(fileURLWithPath: log))
    bytes[bytes.count / 2] ^= 0x40
    try bytes.write(to: URL(fileURLWithPath: log))
    let damaged = try Program.run(question)
    #expect(damaged.code == 0 && damaged.lines.count < 6)
    #expect(damaged.errors.contains("warning: "), "\(damaged.errors)")
    #expect(damaged.errors.contains(".wal"), "\(damaged.errors)")
  }

  @Test("nobody reading what is said beside the work does not end the work")
  func unreadErrors() throws {
    let folder = try TemporaryFolder()
    // More words than a pipe holds, and a good line behind all that is said.
    let lines = String(repeating: "m value=abc 1\n", count: 5000) + "m value=7 1760000000\n"
    try Data(lines.utf8).write(to: URL(fileURLWithPath: folder.path("lines")))
    let piped = try Program.script(
      """
      tsq import --data store --precision s --rejected 0 lines 2>&1 >/dev/null | head -n 1
      echo "code ${PIPESTATUS[0]}"
      tsq query m --to 1760000001 --data store -o csv
      """, in: folder.root)
    #expect(piped.output.contains("lines:1: "), "\(piped.output) \(piped.errors)")
    #expect(piped.output.contains("code 1\n"), "\(piped.output) \(piped.errors)")
    #expect(piped.output.contains(",7"), "\(piped.output) \(piped.errors)")
  }

  @Test("an address in use is named, with the reason and a hint")
  func addressInUse() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("store"))
    let address = "127.0.0.1:\(server.lineProtocolPort)"
    let second = try Program.run(
      [
        "serve", "--data", folder.path("other"), "--line-protocol", address, "--http",
        "127.0.0.1:0",
      ])
    #expect(second.code == 1)
    #expect(
      second.errors.contains(
        "error: cannot listen on \(address) for line-protocol: Address already in use\nhint: "),
      "\(second.errors)")
    let web = "127.0.0.1:\(server.httpPort)"
    let third = try Program.run(
      ["serve", "--data", folder.path("third"), "--line-protocol", "127.0.0.1:0", "--http", web])
    #expect(third.errors.contains("cannot listen on \(web) for http: "), "\(third.errors)")
    #expect(server.stop() == 0)
  }

  @Test("nobody listening is said in words")
  func refused() throws {
    let query = try Program.run(["query", "up", "--server", "http://127.0.0.1:1"])
    #expect(query.code == 1)
    #expect(query.errors.contains("Connection refused\nhint: "), "\(query.errors)")
    let push = try Program.run(
      ["push", "--to", "127.0.0.1:1", "--timeout", "1s"], input: "cpu v=1 1\n")
    #expect(push.code == 1)
    #expect(
      push.errors.contains("warning: cannot send to 127.0.0.1:1: Connection refused"),
      "\(push.errors)")
    #expect(!push.errors.contains("SingleConnectionFailure"))
  }
}
