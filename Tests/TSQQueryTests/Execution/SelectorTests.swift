import TSQCore
import TSQQuery
import Testing

@Suite struct SelectorTests {
  static func requests() throws -> MemoryProvider {
    try loading(
      "http_requests{job=\"api\",instance=\"0\"} 0+10x10",
      "http_requests{job=\"api\",instance=\"1\"} 0+20x10",
      "http_requests{job=\"app\",instance=\"0\"} 0+30x10",
      "http_errors{job=\"api\",instance=\"0\"} 0+1x10")
  }

  @Test(
    "matchers select as Prometheus' do",
    arguments: [
      ("http_requests", 3), ("http_requests{job=\"api\"}", 2), ("http_requests{job!=\"api\"}", 1),
      ("{job=\"api\"}", 3), ("{__name__=~\"http_.*\"}", 4), ("{__name__=~\"http\"}", 0),
      ("http_requests{instance=~\"0|1\",job!~\"a.p\"}", 2), ("http_requests{zone=\"\"}", 3),
      ("http_requests{zone!=\"\"}", 0), ("http_requests{zone=~\".*\"}", 3),
      ("{\"http_errors\"}", 1), ("{\"http_errors\", job=\"api\"}", 1), ("nothing", 0),
    ])
  func matchers(_ expression: String, _ count: Int) throws {
    let found = try answers(expression, at: minutes(5), Self.requests())
    #expect(found.count == count, "\(found)")
  }

  @Test("an instant selector takes the latest sample of the last five minutes, left end open")
  func lookback() throws {
    let provider = try loading("up 1 2 _ _ _ _ _ _ _ 9")
    #expect(try answers("up", at: minutes(1), provider) == ["up 2"])
    #expect(try answers("up", at: minutes(0.99), provider) == ["up 1"])
    #expect(try answers("up", at: minutes(5.99), provider) == ["up 2"])
    #expect(try answers("up", at: minutes(6), provider) == [], "exactly five minutes is too old")
    #expect(try answers("up", at: minutes(9), provider) == ["up 9"])
  }

  @Test("a stale marker ends a series at once")
  func staleness() throws {
    let provider = try loading("up 1 stale _ 4", "down 1 NaN")
    #expect(try answers("up", at: minutes(0.5), provider) == ["up 1"])
    #expect(try answers("up", at: minutes(1), provider) == [])
    #expect(try answers("up", at: minutes(2.5), provider) == [])
    #expect(try answers("up", at: minutes(3), provider) == ["up 4"])
    #expect(try answers("count_over_time(up[10m])", at: minutes(4), provider) == ["{} 2"])
    #expect(try answers("down", at: minutes(1), provider) == ["down NaN"], "NaN is a value")
    #expect(try answers("up[4m]", at: minutes(3), provider) == ["up 1@0 4@180"])
  }

  @Test("a range is left-open: a sample at its start is outside")
  func leftOpen() throws {
    let provider = try loading("up 1 2 3 4")
    #expect(try answers("up[2m]", at: minutes(3), provider) == ["up 3@120 4@180"])
    #expect(try answers("count_over_time(up[1m])", at: minutes(3), provider) == ["{} 1"])
    #expect(try answers("up[1m]", at: minutes(3.5), provider) == ["up 4@180"])
  }

  @Test("offset and @ shift the time, in any order")
  func shifts() throws {
    let provider = try loading("up 0+1x20")
    #expect(try answers("up offset 3m", at: minutes(10), provider) == ["up 7"])
    #expect(try answers("up offset -3m", at: minutes(10), provider) == ["up 13"])
    #expect(try answers("up @ 120", at: minutes(10), provider) == ["up 2"])
    #expect(try answers("up @ 120 offset 1m", at: minutes(10), provider) == ["up 1"])
    #expect(try answers("up offset 1m @ 120", at: minutes(10), provider) == ["up 1"])
    #expect(try answers("sum_over_time(up[2m] @ 240)", at: minutes(1), provider) == ["{} 7"])
    let steps = try rangeAnswers(
      "up @ end() - up @ start()", from: minutes(2), through: minutes(4), stepSeconds: 60, provider)
    #expect(steps == ["{} 2@120 2@180 2@240"])
  }

  @Test("an instant query of a range selector gives the raw samples")
  func rawSamples() throws {
    let provider = try loading(runLengths: [3, 2], "up 1 2 3 4 5 6 7")
    #expect(
      try answers("up[21600000ms]", at: minutes(10), provider)
        == ["up 1@0 2@60 3@120 4@180 5@240 6@300 7@360"])
    #expect(try answers("up[2m] offset 1m", at: minutes(6), provider) == ["up 5@240 6@300"])
    #expect(try answers("(up[1m])", at: minutes(6), provider) == ["up 7@360"])
  }

  @Test("a range query evaluates every step, and leaves out steps without a value")
  func rangeQuery() throws {
    let provider = try loading("up 1 _ _ _ _ _ _ 8", "other 5x7")
    #expect(
      try rangeAnswers(
        "up", from: minutes(0), through: minutes(8), stepSeconds: 120, provider)
        == ["up 1@0 1@120 1@240 8@480"])
    #expect(
      try rangeAnswers("time()", from: minutes(0), through: minutes(1), stepSeconds: 30, provider)
        == ["{} 0@0 30@30 60@60"])
    #expect(
      try rangeAnswers(
        "nothing", from: minutes(0), through: minutes(1), stepSeconds: 30, provider) == [])
  }

  @Test("a subquery evaluates at multiples of its step, left end open")
  func subqueries() throws {
    let provider = try loading("up 0+1x20")
    #expect(
      try answers("up[3m:1m]", at: minutes(10.5), provider) == ["up 8@480 9@540 10@600"])
    #expect(
      try answers("up[3m:1m]", at: minutes(10), provider) == ["up 8@480 9@540 10@600"])
    #expect(
      try answers("up[4m:2m] offset 1m", at: minutes(10), provider) == ["up 6@360 8@480"])
    #expect(try answers("up[2m:]", at: minutes(10), provider) == ["up 9@540 10@600"])
    #expect(
      try answers("max_over_time(rate(up[2m])[5m:1m])", at: minutes(10), provider)
        == answers("rate(up[2m])", at: minutes(10), provider))
    #expect(
      try rangeAnswers(
        "sum_over_time(up[2m:1m])", from: minutes(5), through: minutes(7), stepSeconds: 60,
        provider) == ["{} 9@300 11@360 13@420"])
    #expect(
      try answers("sum_over_time(up[2m:1m] @ 300)", at: minutes(9), provider) == ["{} 9"])
  }

  @Test("instants at the ends of time do not trap")
  func extremes() throws {
    var provider = MemoryProvider()
    let labels = try #require(Labels(metric: "up"))
    provider.add(
      labels, SampleColumns(times: [.min, .min + 1, 0, .max - 1, .max], values: [1, 2, 3, 4, 5]))
    let engine = QueryEngine(provider: provider)
    for time in [Timestamp.distantPast, .distantFuture, Timestamp(nanoseconds: 0)] {
      for expression in [
        "up", "up offset 200y", "up offset -200y", "count_over_time(up[290y])",
        "rate(up[290y] offset -100y)", "sum_over_time(up[10y:1y])", "predict_linear(up[290y], 1e9)",
        "timestamp(up)", "day_of_year()",
      ] {
        #expect(throws: Never.self) { try engine.instant(expression, at: time) }
      }
    }
    #expect(try answers("up", at: .distantFuture, provider) == ["up 5"])
  }
}
