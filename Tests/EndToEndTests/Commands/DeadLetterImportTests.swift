import Foundation
import Testing

/// Dead letters of senders with several units of time, mended and imported: the times they meant.
@Suite("Dead letters and units") struct DeadLetterImportTests {
  private func imported(_ folder: TemporaryFolder, _ script: String) throws -> [String] {
    let outcome = try Program.script(
      script + "\ntsq export --data store --format csv | sort", in: folder.root)
    #expect(outcome.code == 0, "\(outcome.errors)")
    return outcome.lines.filter { !$0.hasPrefix("series,") }
  }

  @Test("line protocol: each letter is read in its own sender's unit")
  func lineProtocol() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("store"))
    let port = server.httpPort
    let writes: [(String, String)] = [
      ("/write?precision=s", "a v=x 1700000000\n"), ("/write", "b v=x 1700000001000000000\n"),
      ("/api/v2/write?precision=ms", "c v=x 1700000002000\n"),
      ("/api/v1/tsq/import?format=line-protocol&precision=us", "d v=x 1700000003000000\n"),
      ("/write", "# tsq precision=m\ne v=x 28333333\n# tsq precision=s\nf v=x 1700000004\n"),
    ]
    for (path, body) in writes {
      #expect(try HTTP.post(port: port, path, body: body).status == 400, "\(path)")
    }
    let sender = try Connection(port: server.lineProtocolPort)
    try sender.send("# tsq ack=durable\n# tsq precision=s\ng v=x 1700000005\n# tsq sync 1\n")
    #expect(try sender.readLine()?.hasPrefix("reject ") == true)
    sender.close()
    server.stop()
    let rows = try imported(
      folder,
      "sed -i s/v=x/v=1/ store/dead-letters/*.lines; "
        + "tsq import --data store store/dead-letters/*.lines")
    #expect(
      rows == [
        "a_v,1700000000,1", "b_v,1700000001,1", "c_v,1700000002,1", "d_v,1700000003,1",
        "e_v,1699999980,1", "f_v,1700000004,1", "g_v,1700000005,1",
      ])
  }

  @Test("line protocol: a letter behind an order that names no unit is imported once mended")
  func unknownUnit() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("store"))
    let sender = try Connection(port: server.lineProtocolPort)
    // A sender that never asked for answers: only the letter tells.
    try sender.send("# tsq precision=sec\na v=1 1700000000\n# tsq sync 1\n")
    #expect(try sender.readLine()?.hasPrefix("ok 1 lines=1 samples=0 rejected=1 ") == true)
    sender.close()
    server.stop()
    let raw = try Program.script(
      "tsq import --data store store/dead-letters/*.lines", in: folder.root)
    #expect(raw.code == 1 && raw.errors.contains("`precision=sec` is no unit"), "\(raw.errors)")
    let rows = try imported(
      folder,
      "sed -i s/=sec$/=s/ store/dead-letters/*.lines; "
        + "tsq import --data store store/dead-letters/*.lines")
    #expect(rows == ["a_v,1700000000,1"])
  }

  @Test("exposition text: a line without a time gets the one that its request named")
  func exposition() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("store"))
    let port = server.httpPort
    let path = "/api/v1/import/prometheus"
    let named = path + "?timestamp=1700000000000"
    #expect(try HTTP.post(port: port, named, body: "a x\nb x 1700000001000\n").status == 400)
    #expect(try HTTP.post(port: port, path, body: "c x 1700000002000\nd x\n").status == 400)
    let type = "application/openmetrics-text"
    #expect(try HTTP.post(port: port, named, body: "e x\n# EOF\n", type: type).status == 400)
    server.stop()
    let before = Int(Date().timeIntervalSince1970)
    let rows = try imported(
      folder,
      "sed -i -E 's/^([a-e]) x/\\1 1/' store/dead-letters/*/*.lines; "
        + "tsq import --data store --format prometheus store/dead-letters/prometheus/*.lines; "
        + "tsq import --data store --format openmetrics store/dead-letters/openmetrics/*.lines")
    #expect(
      rows.filter { !$0.hasPrefix("d,") } == [
        "a,1700000000,1", "b,1700000001,1", "c,1700000002,1", "e,1700000000,1",
      ])
    // Nobody named a time for it: it gets that of the import.
    let own = try #require(rows.first { $0.hasPrefix("d,") })
    #expect(try #require(Double(own.split(separator: ",")[1])) >= Double(before))
  }
}
