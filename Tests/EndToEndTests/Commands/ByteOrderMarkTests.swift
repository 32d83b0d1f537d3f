import Foundation
import Testing

/// Text files of Windows, on every way in.
@Suite("Byte order marks") struct ByteOrderMarkFileTests {
  private static let mark = "\u{feff}"

  @Test("import takes it in every format but OpenMetrics, which forbids it")
  func imports() throws {
    let folder = try TemporaryFolder()
    let texts = [
      "line-protocol": "a v=1 5000000000\n", "csv": "series,timestamp,value\nb,5,1\n",
      "graphite": "c 1 5\n", "prometheus": "d 1 5000\n",
    ]
    let store = folder.path("store")
    for (format, text) in texts {
      let file = folder.path(format)
      try Data((Self.mark + text).utf8).write(to: URL(fileURLWithPath: file))
      let outcome = try Program.run(["import", "--data", store, "--format", format, file])
      #expect(outcome.code == 0, "\(format): \(outcome.errors)")
    }
    let strict = try Program.run(
      ["import", "--data", store, "--format", "openmetrics", "-"],
      input: Self.mark + "e 1 5\nf 1 5\n# EOF\n")
    #expect(strict.code == 1)
    #expect(
      strict.errors.contains(
        "standard input:1: byte-order-mark: OpenMetrics forbids the byte order mark"),
      "\(strict.errors)")
    let rows = try Program.run(["export", "--data", store, "--format", "csv"])
    #expect(rows.lines.dropFirst().sorted() == ["a_v,5,1", "b,5,1", "c,5,1", "d,5,1", "f,5,1"])
  }

  @Test("push, HTTP and TCP take it, before the line with the token too")
  func senders() throws {
    let folder = try TemporaryFolder()
    let tokens = folder.path("tokens")
    try Data("sesame\n".utf8).write(to: URL(fileURLWithPath: tokens))
    let server = try ServerProcess(
      folder: folder.path("store"), arguments: ["--token-file", tokens])
    let pushed = try Program.run(
      ["push", "--to", "127.0.0.1:\(server.lineProtocolPort)", "--token-file", tokens, "-"],
      input: Self.mark + "# tsq precision=s\na v=1 5\n")
    #expect(pushed.code == 0, "\(pushed.errors)")
    let posts = [
      ("/write?precision=s&p=sesame", "b v=1 5\n"),
      ("/api/v1/import/prometheus?p=sesame", "c 1 5000\n"),
      ("/api/v1/tsq/import?format=csv&p=sesame", "series,timestamp,value\nd,5,1\n"),
    ]
    for (path, body) in posts {
      let answer = try HTTP.post(port: server.httpPort, path, body: Self.mark + body)
      #expect(answer.status == 204, "\(path): \(answer.body)")
    }
    let sender = try Connection(port: server.lineProtocolPort)
    try sender.send(Self.mark + "# tsq auth sesame\n# tsq precision=s\ne v=1 5\n# tsq sync 1\n")
    #expect(try sender.readLine()?.hasPrefix("ok 1 lines=1 samples=1 rejected=0") == true)
    sender.close()
    #expect(server.stop() == 0)
    let rows = try Program.run(["export", "--data", folder.path("store"), "--format", "csv"])
    #expect(rows.lines.dropFirst().sorted() == ["a_v,5,1", "b_v,5,1", "c,5,1", "d,5,1", "e_v,5,1"])
  }
}
