import TSQCore
import TSQQuery
import Testing

@Suite struct AggregationTests {
  static func fleet() throws -> MemoryProvider {
    try loading(
      "m{job=\"a\",host=\"1\"} 1", "m{job=\"a\",host=\"2\"} 3", "m{job=\"b\",host=\"1\"} 5",
      "m{job=\"b\",host=\"2\"} 11")
  }

  @Test(
    "groups",
    arguments: [
      ("sum(m)", ["{} 20"]), ("avg(m)", ["{} 5"]), ("min(m)", ["{} 1"]), ("max(m)", ["{} 11"]),
      ("count(m)", ["{} 4"]), ("group(m)", ["{} 1"]), ("stdvar(m)", ["{} 14"]),
      ("stddev(m)", ["{} 3.7416573867739413"]), ("quantile(0.5, m)", ["{} 4"]),
      ("sum by (job) (m)", ["{job=\"a\"} 4", "{job=\"b\"} 16"]),
      ("sum without (job) (m)", ["{host=\"1\"} 6", "{host=\"2\"} 14"]),
      ("sum by (nothing) (m)", ["{} 20"]),
      ("sum without () (m{job=\"a\"})", ["{host=\"1\",job=\"a\"} 1", "{host=\"2\",job=\"a\"} 3"]),
      ("sum by (__name__) (m)", ["m 20"]),
      ("topk(2, m)", ["m{host=\"2\",job=\"b\"} 11", "m{host=\"1\",job=\"b\"} 5"]),
      ("bottomk(1, m)", ["m{host=\"1\",job=\"a\"} 1"]),
      ("topk by (job) (1, m)", ["m{host=\"2\",job=\"a\"} 3", "m{host=\"2\",job=\"b\"} 11"]),
      ("topk(0, m)", []), ("topk(-1, m)", []),
      ("count_values(\"v\", m > bool 2)", ["{v=\"0\"} 1", "{v=\"1\"} 3"]),
      (
        "count_values(\"v\", m)", ["{v=\"1\"} 1", "{v=\"11\"} 1", "{v=\"3\"} 1", "{v=\"5\"} 1"]
      ),
      (
        "count_values by (job) (\"v\", m{job=\"a\"})",
        ["{job=\"a\",v=\"1\"} 1", "{job=\"a\",v=\"3\"} 1"]
      ),
      ("sum(nothing)", []), ("count(nothing)", []), ("topk(3, nothing)", []),
    ])
  func groups(_ expression: String, _ expected: [String]) throws {
    #expect(try answers(expression, at: minutes(0), Self.fleet()) == expected)
  }

  @Test("NaN and infinities in groups")
  func specialValues() throws {
    let provider = try loading(
      "m{i=\"1\"} NaN", "m{i=\"2\"} 2", "m{i=\"3\"} Inf", "n{i=\"1\"} NaN", "n{i=\"2\"} NaN",
      "h{i=\"1\"} 1.7e308", "h{i=\"2\"} 1.7e308", "c{i=\"1\"} 1e100", "c{i=\"2\"} 1",
      "c{i=\"3\"} -1e100")
    #expect(try answers("sum(m)", at: minutes(0), provider) == ["{} NaN"])
    #expect(try answers("min(m)", at: minutes(0), provider) == ["{} 2"])
    #expect(try answers("max(m)", at: minutes(0), provider) == ["{} +Inf"])
    #expect(try answers("max(n)", at: minutes(0), provider) == ["{} NaN"])
    #expect(try answers("stddev(m)", at: minutes(0), provider) == ["{} NaN"])
    #expect(
      try answers("topk(3, m)", at: minutes(0), provider)
        == ["m{i=\"3\"} +Inf", "m{i=\"2\"} 2", "m{i=\"1\"} NaN"], "NaN ranks last")
    #expect(
      try answers("bottomk(2, m)", at: minutes(0), provider) == ["m{i=\"2\"} 2", "m{i=\"3\"} +Inf"])
    #expect(try answers("avg(h)", at: minutes(0), provider) == ["{} 1.7e+308"])
    #expect(try answers("sum(h)", at: minutes(0), provider) == ["{} +Inf"])
    #expect(try answers("sum(c)", at: minutes(0), provider) == ["{} 1"])
  }

  @Test("an unusual quantile is answered and remarked upon")
  func quantileWarning() throws {
    let result = try QueryEngine(provider: Self.fleet()).instant("quantile(1.5, m)", at: minutes(0))
    #expect(
      result.warnings
        == ["PromQL warning: quantile value should be between 0 and 1, got 1.5"])
    let fine = try QueryEngine(provider: Self.fleet()).instant("quantile(1, m)", at: minutes(0))
    #expect(fine.warnings == [])
  }

  @Test("over a range the k largest are chosen step by step")
  func ranksOverTime() throws {
    let provider = try loading("m{i=\"1\"} 1 5 1", "m{i=\"2\"} 2 2 2", "m{i=\"3\"} 0 3 9")
    #expect(
      try rangeAnswers(
        "topk(1, m)", from: minutes(0), through: minutes(2), stepSeconds: 60, provider)
        == ["m{i=\"1\"} 5@60", "m{i=\"2\"} 2@0", "m{i=\"3\"} 9@120"])
    let error = failure("topk(NaN, m)", at: minutes(0), provider)
    #expect(error?.message.contains("overflows int64") == true)
  }

  @Test("what is not executed is an error, not a number")
  func notSupported() throws {
    let provider = try Self.fleet()
    for expression in [
      "limitk(1, m)", "limit_ratio(0.5, m)", "histogram_count(m)", "histogram_avg(m)", "info(m)",
      "sort_by_label(m, \"host\")",
    ] {
      let error = failure(expression, at: minutes(0), provider)
      guard case .notSupported? = error?.kind else {
        Issue.record("\(expression) gave \(String(describing: error))")
        continue
      }
      #expect(error?.description.contains("not supported yet") == true)
    }
  }
}
