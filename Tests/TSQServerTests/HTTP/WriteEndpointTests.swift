import Foundation
import TSQClient
import TSQCodec
import TSQCore
import TSQServer
import TSQStorage
import Testing

@Suite("Writing over HTTP")
struct WriteEndpointTests {
  @Test(
    "204 means visible to the next query", arguments: ["/write?db=x", "/api/v2/write?bucket=b"])
  func durable(path: String) async throws {
    try await withServer { running in
      for round in 1...5 {
        let answer = try await running.write("m value=\(round) \(round)", path + "&precision=s")
        #expect(answer.status == 204)
        #expect(answer.body.isEmpty)
        let found = try await running.ask(.get, "/api/v1/query?query=m&time=\(round)")
        #expect(found.text.contains("\"value\":[\(round),\"\(round)\"]"), "\(found.text)")
      }
    }
  }

  @Test("Good lines of a partly bad body are kept, the others listed by number")
  func partial() async throws {
    try await withServer { running in
      let answer = try await running.write("a value=1 1\nbad\n\nb value=x 1\nc value=3 1\n")
      #expect(answer.status == 400)
      let json = try #require(answer.json)
      let error = try #require(json["error"] as? String)
      #expect(error.hasPrefix("partial write: 2 of 4 lines rejected: line 2: missing-field: "))
      #expect(error.contains("line 4: bad-field-value: "))
      #expect(json["message"] as? String == error)
      #expect(json["code"] as? String == "invalid")
      #expect(json["accepted"] as? Int == 2)
      let lines = try #require(json["lines"] as? [[String: any Sendable]])
      #expect(lines.map { $0["line"] as? Int } == [2, 4])
      let names = try await running.ask(.get, "/api/v1/label/__name__/values")
      #expect(names.text.contains("[\"a\",\"c\"]"))
      let told = try await ledger(running)
      #expect(told.total.isBalanced)
      #expect(told.total.lines == 4)
    }
  }

  @Test("A long list of rejected lines is cut, its count is whole")
  func manyRejected() async throws {
    try await withServer({ $0.web.rejectsListed = 3 }) { running in
      let answer = try await running.write(String(repeating: "bad\n", count: 500))
      let json = try #require(answer.json)
      #expect(json["rejected"] as? Int == 500)
      #expect((json["lines"] as? [any Sendable])?.count == 3)
      #expect(answer.body.count < 4000)
    }
  }

  @Test("The last line needs no end; an empty body is no mistake")
  func lastLine() async throws {
    try await withServer { running in
      for body in ["m value=1 1", "", "# only a comment\n"] {
        let answer = try await running.write(body)
        #expect(answer.status == 204)
      }
    }
  }

  @Test(
    "Every precision InfluxDB names is taken",
    arguments: ["n", "ns", "u", "us", "ms", "s", "m", "h"])
  func precision(name: String) async throws {
    try await withServer { running in
      #expect(try await running.write("m value=1 1", "/write?precision=\(name)").status == 204)
      let bad = try await running.write("m value=1 1", "/write?precision=fortnight")
      #expect(bad.status == 400)
      #expect(bad.text.contains("invalid precision"))
    }
  }

  @Test("A gzip body is read")
  func gzip() async throws {
    try await withServer { running in
      let body = try Gzip.compress(Array("m value=1 1\nn value=2 1\n".utf8))
      let answer = try await running.ask(
        .post, "/write", body, headers: ["content-encoding": "gzip"])
      #expect(answer.status == 204, "\(answer.text)")
      let told = try await ledger(running)
      #expect(told.total.accepted == 2)
      let members = try ["m value=3 2\nm val", "", "ue=4 3\n"].flatMap {
        try Gzip.compress(Array($0.utf8))
      }
      let joined = try await running.ask(
        .post, "/write", members, headers: ["content-encoding": "gzip"])
      #expect(joined.status == 204, "\(joined.text)")
      #expect(try await ledger(running).total.accepted == 4)
    }
  }

  @Test("A gzip bomb is refused before it takes memory, a damaged body with words")
  func gzipBomb() async throws {
    try await withServer({ $0.web.bodyBytes = 1 << 20 }) { running in
      let bomb = try Gzip.compress(Array(repeating: UInt8(ascii: " "), count: 64 << 20))
      #expect(bomb.count < 1 << 20)
      let answer = try await running.ask(
        .post, "/write", bomb, headers: ["content-encoding": "gzip"])
      #expect(answer.status == 413)
      // The bomb in many members is one too.
      let small = try Gzip.compress(Array(repeating: UInt8(ascii: " "), count: 1 << 19))
      let members = try await running.ask(
        .post, "/write", small + small + small, headers: ["content-encoding": "gzip"])
      #expect(members.status == 413)
      for (damaged, words) in [
        (Array(small.prefix(200)), "ends too early"), ([], "ends too early"),
        (Array("no gzip at all".utf8), "are not gzip"), (small + [1, 2, 3], "are not gzip"),
      ] {
        let answer = try await running.ask(
          .post, "/write", damaged, headers: ["content-encoding": "gzip"])
        #expect(answer.status == 400)
        #expect(answer.text.contains(words), "\(answer.text)")
      }
      let unknown = try await running.ask(
        .post, "/write", [1], headers: ["content-encoding": "br"])
      #expect(unknown.status == 415)
      #expect(unknown.text.contains("`br` is not taken here; use gzip or identity"))
      #expect(unknown.header("accept-encoding") == "gzip, identity")
      #expect(try await running.write("m value=1 1").status == 204)
    }
  }

  /// `identity` says that nothing was done to the body; `none` is no coding that anybody registered.
  @Test(
    "A body as it is may say so", arguments: ["identity", "Identity", "identity, identity", ""])
  func identity(coding: String) async throws {
    try await withServer { running in
      let headers = ["content-encoding": coding]
      #expect(try await running.write("m value=1 1", headers: headers).status == 204)
      let packed = ["content-encoding": "none"]
      let none = try await running.write("m value=1 1", headers: packed)
      #expect(none.status == 415)
      #expect(none.text.contains("`none` is not taken here; use gzip or identity"))
      #expect(try await ledger(running).total.lines == 1)
    }
  }

  @Test("A plain body past the limit is refused with words")
  func tooLarge() async throws {
    try await withServer({ $0.web.bodyBytes = 1000 }) { running in
      let answer = try await running.write(String(repeating: "m value=1 1\n", count: 200))
      #expect(answer.status == 413)
      #expect(answer.json?["error"] as? String != nil)
      #expect(try await ledger(running).total.lines == 0)
    }
  }

  @Test("Clients of InfluxDB find their ping and health")
  func ping() async throws {
    try await withServer { running in
      let ping = try await running.ask(.get, "/ping")
      #expect(ping.status == 204)
      #expect(ping.header("X-Influxdb-Version")?.hasPrefix("1.8") == true)
      #expect(try await running.ask(.head, "/ping").status == 204)
      let health = try await running.ask(.get, "/health")
      #expect(health.status == 200)
      #expect(health.json?["status"] as? String == "pass")
      #expect(try await running.ask(.get, "/").status == 200)
      for path in ["/", "/health", "/-/ready", "/metrics"] {
        let head = try await running.ask(.head, path)
        #expect(head.status == 200 && head.text.isEmpty, "\(path)")
      }
      #expect(try await running.ask(.get, "/settings").status == 404)
    }
  }

  @Test("Behind an order that names no unit of time nothing is stored, and the answer says so")
  func unknownPrecision() async throws {
    try await withServer { running in
      let answer = try await running.write(
        "a value=1 1\n# tsq precision=sec\nb value=1 2\nc value=1 3\n")
      #expect(answer.status == 400)
      let error = try #require(answer.json?["error"] as? String)
      #expect(error.contains("line 2: "), "\(error)")
      #expect(error.contains("`precision=sec` is no unit of time"), "\(error)")
      let names = try await running.ask(.get, "/api/v1/label/__name__/values")
      #expect(names.text.contains("[\"a\"]"))
      let told = try await ledger(running)
      #expect(told.total.isBalanced && told.total.lines == 3)
      #expect(answer.text.contains("\"reason\":\"unknown-unit\""))
    }
  }

  @Test("Half an order is no dead letter's text: it would give orders to who reads the letters")
  func halfOrder() async throws {
    let folder = try TemporaryFolder()
    let letters = DeadLetters(
      fileSystem: POSIXFileSystem(), directory: folder.path, limitBytes: 1 << 20, lineBytes: 100)
    for text in ["# tsq precision=bo", "bad"] {
      letters.take(
        Array(text.utf8), fullBytes: text.utf8.count, number: 7, reason: .incompleteLine,
        peer: "p", time: Timestamp(nanoseconds: 0), terms: .init())
    }
    letters.flush()
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
    let text = try String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
    #expect(text.contains("line=7 reason=incomplete-line") && !text.contains("precision=bo"))
    #expect(text.hasSuffix("\nbad\n"))
  }

  @Test("Rejected lines of a body are dead letters")
  func deadLetters() async throws {
    let folder = try TemporaryFolder()
    let running = try await RunningServer.start(folder.path)
    _ = try await running.write("good value=1 1\nbad line here too\n")
    try await running.stop()
    let directory = folder.path + "/dead-letters"
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: directory).first)
    let text = try String(contentsOfFile: directory + "/" + name, encoding: .utf8)
    #expect(text.contains(" line=2 reason="))
    #expect(text.hasSuffix("\nbad line here too\n"))
    #expect(!text.contains("good"))
  }
}

/// Gzip by the system's own program, so that the test shares no code with the server.
enum Gzip {
  static func compress(_ bytes: [UInt8]) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let path = folder.path + "/plain"
    try Data(bytes).write(to: URL(filePath: path))
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "gzip \"$0\"", path]
    try process.run()
    process.waitUntilExit()
    return Array(try Data(contentsOf: URL(filePath: path + ".gz")))
  }
}
