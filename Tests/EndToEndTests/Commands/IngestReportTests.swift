import Foundation
import Testing

/// What a server got, by sender and by reason, and what to do about it.
@Suite("Ingest report and cardinality") struct IngestReportTests {
  @Test("every sender's lines add up to the total, by reason, as text, JSON and metrics")
  func report() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("store"))
    let store = ["--data", folder.path("store")]
    let first = try Connection(port: server.lineProtocolPort)
    try first.send("a x=1 1\na x=\na,t=1,t=2 x=1 1\na x=1 1\n# tsq sync 1\n")
    #expect(try first.readLine()?.hasPrefix("ok 1 lines=4 samples=2 rejected=2") == true)
    let body = "b x=1,s=\"text\" 1\nb y 1\n"
    #expect(try HTTP.post(port: server.httpPort, "/write", body: body).status == 400)

    let table = try Program.run(["ingest-report", "-o", "csv"] + store)
    #expect(table.code == 0, "\(table.errors)")
    let rows = table.lines.map { $0.components(separatedBy: ",open,").last ?? "" }
    #expect(rows.contains("4,2,2,2,1,1,0,\"bad-field-value 1, duplicate-tag 1\""), "\(rows)")
    #expect(rows.contains("2,1,1,2,1,0,1,bad-field 1"))
    #expect(
      table.lines.last
        == "total,,6,3,3,4,2,1,1,\"bad-field 1, bad-field-value 1, duplicate-tag 1\"")
    let json = try Program.run(["ingest-report", "-o", "json"] + store)
    #expect(json.output.contains("\"rejected_by_reason\":{\"bad-field\":1"))

    let metrics = try HTTP.get(port: server.httpPort, "/metrics?connections=1").body
    #expect(metrics.contains("reason=\"duplicate-tag\"} 1\n"))
    #expect(metrics.contains("tsq_account_accepted_lines{id="))
    let plain = try HTTP.get(port: server.httpPort, "/metrics").body
    #expect(plain.contains("tsq_rejected_lines_total{reason=\"bad-field\"} 1\n"))
    #expect(!plain.contains("tsq_account"))
    server.stop()
    let none = try Program.run(["ingest-report"] + store)
    #expect(none.code == 1)
    #expect(none.errors.contains("no server runs on"))
  }

  @Test("connections that are no longer listed are still counted")
  func earlier() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("store"))
    for number in 1...300 {
      let sender = try Connection(port: server.lineProtocolPort)
      try sender.send("a x=1 \(number)\n# tsq sync 1\n")
      #expect(try sender.readLine()?.hasPrefix("ok 1") == true)
      sender.close()
    }
    let table = try Program.run(["ingest-report", "-o", "csv", "--data", folder.path("store")])
    #expect(table.code == 0, "\(table.errors)")
    #expect(table.lines.contains { $0.contains(" earlier,closed,") })
    #expect(table.lines.last == "total,,300,300,0,300,300,0,0,")
  }

  @Test("OpenMetrics' dead letters, mended as the page on ingest says, are imported")
  func openMetricsLetters() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("store"))
    // A bad value, an empty line, a histogram without its last bucket, and no end.
    let body =
      "# TYPE a counter\na_total{x=\"1\"} NaN 1\na_total{x=\"2\"} 2 1\n\nc 3 x\n"
      + "# TYPE h histogram\nh_bucket{le=\"1\"} 1 1\n"
    let path = "/api/v1/tsq/import?format=openmetrics"
    let answer = try HTTP.post(port: server.httpPort, path, body: body)
    #expect(answer.status == 400)
    for word in ["bad-for-type", "bad-spacing", "bad-timestamp", "missing-bucket", "bad-eof"] {
      #expect(answer.body.contains(word), "\(word) of \(answer.body)")
    }
    server.stop()
    let outcome = try Program.script(
      """
      sed -i -e 's/NaN/1/' -e 's/ x$/ 1/' store/dead-letters/openmetrics/*.lines
      { sed '/^# rejected /d' store/dead-letters/openmetrics/*.lines; echo '# EOF'; } > mended
      tsq import --data store --format openmetrics mended
      tsq export --data store --format csv a_total
      """, in: folder.path(""))
    #expect(outcome.code == 0, "\(outcome.output) \(outcome.errors)")
    #expect(outcome.output.contains("x=\"\"1\"\""), "\(outcome.output)")
  }

  @Test("dead letters, mended, are imported")
  func deadLetters() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("store"))
    let lines = "good x=1 1\nbad x=1,y= 2\nworse,t=1,t=1 x=3 3\n"
    #expect(try HTTP.post(port: server.httpPort, "/write", body: lines).status == 400)
    let rows = "a,1,1\nb,x,2\n"
    let path = "/api/v1/tsq/import?format=csv"
    #expect(try HTTP.post(port: server.httpPort, path, body: rows).status == 400)
    // Three letters: two lines, and the end that is missing.
    let metrics = "# TYPE a gauge\na x 1\nb{q} 1 2\n"
    let named = "/api/v1/tsq/import?format=openmetrics"
    #expect(try HTTP.post(port: server.httpPort, named, body: metrics).status == 400)
    server.stop()
    let letters = folder.path("store") + "/dead-letters"
    for (place, format, mend, count) in [
      (
        letters, "line-protocol",
        {
          $0.replacingOccurrences(of: "y=", with: "y=2")
            .replacingOccurrences(of: ",t=1,t=1", with: ",t=1")
        }, 2
      ),
      (letters + "/csv", "csv", { $0.replacingOccurrences(of: "b,x,2", with: "b,2,2") }, 1),
      (
        letters + "/openmetrics", "openmetrics",
        {
          $0.replacingOccurrences(of: "a x 1", with: "a 3 1")
            .replacingOccurrences(of: "b{q}", with: "b")
        }, 2
      ),
    ] as [(String, String, (String) -> String, Int)] {
      let names = try FileManager.default.contentsOfDirectory(atPath: place)
      let name = try #require(names.first { $0.hasSuffix(".lines") })
      let text = try String(contentsOfFile: place + "/" + name, encoding: .utf8)
      #expect(text.contains("# rejected time="))
      let read = try Program.run(
        ["import", "--format", format, "--data", folder.path("store"), "-"], input: mend(text))
      #expect(read.code == 0, "\(read.errors)")
      #expect(read.errors.contains("\(count) lines accepted, 0 rejected"), "\(read.errors)")
    }
  }

  @Test("the label that explodes stands first, and 80 % of the limit is warned of")
  func cardinality() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(
      folder: folder.path("store"), arguments: ["--series-limit", "100"])
    let lines = (0..<79).map { "hit,host=h\($0 % 4),request=r\($0) n=1 1\n" }.joined()
    #expect(try HTTP.post(port: server.httpPort, "/write", body: lines).status == 204)
    let store = ["--data", folder.path("store")]
    let below = try Program.run(["series", "--cardinality", "-o", "csv"] + store)
    #expect(below.errors.contains("note: 79 series are 79 % of the server's limit of 100"))
    #expect(
      below.lines == [
        "kind,name,values,series,series_without,example", "label,request,79,79,4,r0",
        "label,host,4,79,79,h0", "metric,hit_n,79,79,0,",
      ])
    let log = folder.path("store") + ".log"
    #expect(try !String(contentsOfFile: log, encoding: .utf8).contains("% of the limit"))
    #expect(try HTTP.post(port: server.httpPort, "/write", body: "more n=1 1\n").status == 204)
    let above = try Program.run(["series", "--cardinality"] + store)
    #expect(above.errors.contains("warning: 80 series are 80 % of the server's limit of 100"))
    let words = try String(contentsOfFile: log, encoding: .utf8)
    #expect(words.contains("80 series are 80 % of the limit of 100"))
    let many = (0..<30).map { "new,id=\($0) n=1 1\n" }.joined() + "more n=2 2\n"
    #expect(try HTTP.post(port: server.httpPort, "/write", body: many).status == 400)
    let full = try String(contentsOfFile: log, encoding: .utf8)
    #expect(full.contains("95 series are 95 %"))
    #expect(full.contains("100 series are 100 %"))
    let metrics = try HTTP.get(port: server.httpPort, "/metrics").body
    #expect(metrics.contains("tsq_store_series_limit 100\n"))
    #expect(metrics.contains("tsq_store_series 100\n"))
    #expect(metrics.contains("tsq_rejected_lines_total{reason=\"series-limit\"} 10\n"))
  }
}
