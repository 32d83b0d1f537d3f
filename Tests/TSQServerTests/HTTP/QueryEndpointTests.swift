import Foundation
import TSQClient
import TSQCore
@testable import TSQServer
import TSQStorage
import Testing

@Suite("Asking over HTTP")
struct QueryEndpointTests {
  private func withData(_ body: (RunningServer) async throws -> Void) async throws {
    try await withServer { running in
      let lines = (0..<60).map { "up,job=\($0 % 2 == 0 ? "a" : "b") value=\($0) \($0 * 60)\n" }
      #expect(try await running.write(lines.joined(), "/write?precision=s").status == 204)
      try await body(running)
    }
  }

  @Test("Instant and range queries, GET and form POST, give Prometheus' JSON")
  func queries() async throws {
    try await withData { running in
      let expected =
        "{\"data\":{\"result\":[{\"metric\":{\"__name__\":\"up\",\"job\":\"a\"},"
        + "\"value\":[3500,\"58\"]}],\"resultType\":\"vector\"},\"status\":\"success\"}"
      let get = try await running.ask(
        .get, "/api/v1/query?query=up%7Bjob%3D%22a%22%7D&time=3500")
      #expect(get.status == 200)
      #expect(get.text == expected)
      #expect(get.header("content-type")?.hasPrefix("application/json") == true)
      let post = try await running.form(
        "/api/v1/query", "query=up%7Bjob%3D%22a%22%7D&time=1970-01-01T00%3A58%3A20Z")
      #expect(post.text == expected)
      let range = try await running.form(
        "/api/v1/query_range", "query=up&start=0&end=120&step=1m")
      #expect(
        range.text.contains("\"values\":[[0,\"0\"],[60,\"0\"],[120,\"2\"]]"), "\(range.text)")
      let steps = try await running.ask(
        .get, "/api/v1/query_range?query=up&start=0&end=120&step=60.0")
      #expect(steps.text == range.text)
    }
  }

  @Test(
    "Wrong parameters are said, with Prometheus' classes and status",
    arguments: [
      ("/api/v1/query", 400, "bad_data"),
      ("/api/v1/query?query=up%7B", 400, "bad_data"),
      ("/api/v1/query?query=up&time=soon", 400, "bad_data"),
      ("/api/v1/query_range?query=up&start=0&end=5", 400, "bad_data"),
      ("/api/v1/query_range?query=up&start=5&end=0&step=1", 400, "bad_data"),
      ("/api/v1/query_range?query=up&start=0&end=5&step=0", 400, "bad_data"),
      ("/api/v1/query_range?query=up&start=0&end=99999999&step=1", 400, "bad_data"),
      ("/api/v1/series", 400, "bad_data"),
      ("/api/v1/labels?limit=many", 400, "bad_data"),
      ("/api/v1/nothing", 404, "not_found"),
    ])
  func wrong(path: String, status: Int, type: String) async throws {
    try await withServer { running in
      let answer = try await running.ask(.get, path)
      #expect(answer.status == status, "\(answer.text)")
      #expect(answer.json?["status"] as? String == "error")
      #expect(answer.json?["errorType"] as? String == type)
      #expect((answer.json?["error"] as? String)?.isEmpty == false)
    }
  }

  @Test("Series, labels and values")
  func listings() async throws {
    try await withData { running in
      let client = try ServerClient(running.http)
      let series = try await client.series(matching: ["up"])
      #expect(series.map(\.description).sorted() == ["up{job=\"a\"}", "up{job=\"b\"}"])
      #expect(try await client.labelNames() == ["__name__", "job"])
      #expect(try await client.labelValues("job") == ["a", "b"])
      #expect(try await client.labelValues("job", matching: ["up{job!=\"a\"}"]) == ["b"])
      #expect(
        try await client.labelValues("job", start: Timestamp(nanoseconds: 999_999_000_000_000))
          .isEmpty)
      let cut = try await running.ask(.get, "/api/v1/label/job/values?limit=1")
      #expect(cut.text.contains("[\"a\"]"))
      #expect(cut.text.contains("truncated"))
      let metadata = try await running.ask(.get, "/api/v1/metadata")
      #expect(metadata.text == "{\"data\":{},\"status\":\"success\"}")
      let build = try await running.ask(.get, "/api/v1/status/buildinfo")
      #expect(build.text.contains("\"application\":\"tsq\""))
    }
  }

  @Test("A trend carries its figures and what was read for it")
  func trend() async throws {
    try await withServer { running in
      let lines = (0..<500).map { "load value=\(Double($0) / 24) \($0 * 3600)\n" }
      #expect(try await running.write(lines.joined(), "/write?precision=s").status == 204)
      let answer = try await running.form("/api/v1/tsq/trend", "selector=load&start=0&end=1799999")
      let data = try #require(answer.json?["data"] as? [String: any Sendable], "\(answer.text)")
      let series = try #require(data["series"] as? [[String: any Sendable]])
      let slope = try #require(series.first?["slope_per_day"] as? Double)
      #expect(abs(slope - 1) < 1e-9)
      #expect(series.first?["n"] as? Int == 500)
      let read = try #require(data["statistics"] as? [String: any Sendable])
      #expect(read["series"] as? Int == 1)
      #expect(try await running.ask(.get, "/api/v1/tsq/trend").status == 400)
    }
  }

  @Test("Flush, compact and delete say what they did, and deleted series stay deleted")
  func orders() async throws {
    try await withData { running in
      let client = try ServerClient(running.http)
      let flush = try await running.ask(.post, "/-/flush")
      #expect(flush.status == 200)
      #expect(flush.text.contains("\"samples\":60"), "\(flush.text)")
      #expect(try await running.ask(.post, "/-/compact").status == 200)
      #expect(try await client.delete(matching: ["up{job=\"a\"}", "up{job=\"x\"}"]) == 1)
      #expect(try await client.labelValues("job") == ["b"])
      _ = try await client.flush()
      _ = try await client.compact()
      #expect(try await client.labelValues("job") == ["b"])
      await #expect(throws: ServerClientError.self) { try await client.delete(matching: []) }
      await #expect(throws: ServerClientError.self) {
        try await client.delete(matching: ["up{job=\"b\"}", "not a selector"])
      }
      #expect(try await client.labelValues("job") == ["b"], "nothing of a wrong order is done")
      #expect(try await running.ask(.get, "/-/flush").status == 405)
      let statistics = try await running.ask(.get, "/api/v1/tsq/stats")
      #expect(statistics.text.contains("\"segment_samples\":30"), "\(statistics.text)")
    }
  }

  @Test("Descriptions are listed by name, as many as the limit says")
  func metadataLimit() async throws {
    try await withServer { running in
      let text = (1...5).map { "# TYPE m\($0) gauge\nm\($0) 1 1\n" }.joined()
      let sent = try await running.ask(.post, "/api/v1/import/prometheus", Array(text.utf8))
      #expect(sent.status == 204)
      func names(_ query: String) async throws -> [String] {
        let answer = try await running.ask(.get, "/api/v1/metadata" + query)
        return (answer.json?["data"] as? [String: any Sendable])?.keys.sorted() ?? []
      }
      #expect(try await names("?limit=2") == ["m1", "m2"])
      #expect(try await names("?limit=0").count == 5)
      #expect(try await running.ask(.get, "/api/v1/metadata?limit=x").status == 400)
    }
  }

  @Test("The server's own metrics tell received, stored and rejected apart")
  func metrics() async throws {
    try await withServer { running in
      _ = try await running.write("a value=1 1\na value=2 1\nb value=1,t=\"x\" 1\nbad\n")
      let text = try await running.ask(.get, "/metrics").text
      for line in [
        "tsq_received_lines_total 4", "tsq_accepted_lines_total 3",
        "tsq_rejected_lines_total{reason=\"missing-field\"} 1",
        "tsq_rejected_lines_total{reason=\"series-limit\"} 0", "tsq_received_samples_total 4",
        "tsq_stored_samples_total 2", "tsq_replaced_samples_total 1",
        "tsq_ignored_samples_total 1", "tsq_store_series 2", "tsq_ready 1",
      ] {
        #expect(text.contains("\n\(line)\n"), "\(line) is not in\n\(text)")
      }
      for line in text.split(separator: "\n") where !line.hasPrefix("#") {
        #expect(line.split(separator: " ").count == 2, "\(line)")
      }
    }
  }

  @Test("Too many queries at once are told to come back")
  func busy() async throws {
    let pool = QueryPool(
      limits: {
        var limits = HTTPLimits()
        limits.concurrentQueries = 1
        limits.waitingQueries = 1
        return limits
      }())
    let results = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<10 {
        group.addTask {
          do {
            try await pool.run { Thread.sleep(forTimeInterval: 0.2) }
            return true
          } catch {
            return false
          }
        }
      }
      return await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(results.contains(true))
    #expect(results.contains(false))
    #expect(pool.load == 0)
    await pool.shutdown()
  }
}
