import Testing

@Suite("Methods that a path does not have")
struct OtherMethodTests {
  @Test(
    "A wrong method on a known path is 405 with those it has",
    arguments: [
      (Verb.get, "/write", "POST"), (.get, "/api/v1/write", "POST"),
      (.post, "/health", "GET, HEAD"),
      (.put, "/api/v1/query", "GET, HEAD, POST"), (.post, "/api/v1/label/job/values", "GET, HEAD"),
      (.put, "/api/v1/tsq/retention", "DELETE, GET, HEAD, POST"), (.head, "/-/flush", "POST"),
      (.options, "/api/v1/admin/tsdb/delete_series", "POST, PUT"),
    ])
  func refused(verb: Verb, path: String, allowed: String) async throws {
    try await withServer { running in
      let answer = try await running.ask(verb, path)
      #expect(answer.status == 405)
      #expect(answer.header("allow") == allowed)
      guard verb != .head else { return }
      #expect(
        answer.text.contains("\(path) does not take \(verb.rawValue); it takes \(allowed)"),
        "\(answer.text)")
    }
  }

  @Test("A path that is none stays 404, whatever the method", arguments: [Verb.get, .post, .put])
  func unknown(verb: Verb) async throws {
    try await withServer { running in
      for path in ["/settings", "/api/v1/label/values"] {
        let answer = try await running.ask(verb, path)
        #expect(answer.status == 404, "\(path)")
      }
    }
  }
}
