import TSQCapacity
import TSQCore
import TSQForecast
import Testing

@Suite struct AlertEvaluatorTests {
  static let quarter: Int64 = 90 * Made.day

  static func rule(
    _ subject: AlertRule.Subject, limit: Double = 0.9,
    direction: Threshold.Direction = .above, noData: AlertRule.NoDataPolicy = .unknown,
    unit: MetricUnit = .fraction
  ) -> AlertRule {
    AlertRule(
      name: "A", selector: "cpu_usage", unit: unit, limit: limit, direction: direction,
      subject: subject, severity: .critical, noData: noData, maxAgeNanoseconds: Made.hour)
  }

  static let now = AlertRule.Subject.now(
    windowNanoseconds: Made.hour, holdForNanoseconds: 0)

  static func evaluate(
    _ rule: AlertRule, _ columns: SampleColumns, at time: Timestamp = Made.end
  ) async throws -> AlertResult {
    var source = MemorySource()
    try source.set("cpu_usage", host: "a", columns)
    let results = await AlertEvaluator(
      source: source, at: time, lookbackNanoseconds: quarter
    ).evaluate([rule])
    #expect(results.count == 1)
    return try #require(results.first)
  }

  @Test("a mean above the limit fires, one below does not", arguments: [0.95, 0.85])
  func present(level: Double) async throws {
    let result = try await Self.evaluate(Self.rule(Self.now), Made.history(days: 2, level: level))
    #expect(result.state == (level > 0.9 ? .firing : .inactive))
    let value = try #require(result.value)
    #expect(abs(value - level) < 0.02)
  }

  @Test("0.9 of a percentage is nearly idle, not nearly full")
  func units() async throws {
    let rule = Self.rule(Self.now, limit: 90, unit: .percent)
    let result = try await Self.evaluate(rule, Made.history(days: 2, level: 0.95))
    #expect(result.state == .inactive)
  }

  @Test("`below` fires on the other side")
  func below() async throws {
    let rule = Self.rule(Self.now, limit: 0.5, direction: .below)
    #expect(try await Self.evaluate(rule, Made.history(days: 1, level: 0.4)).state == .firing)
    #expect(try await Self.evaluate(rule, Made.history(days: 1, level: 0.6)).state == .inactive)
  }

  @Test("without `for` the mean decides, whatever the newest sample is")
  func withoutFor() async throws {
    let rule = Self.rule(.now(windowNanoseconds: 4 * Made.hour, holdForNanoseconds: 0))
    var columns = Made.history(days: 1, level: 0.97, noise: 0.001)
    columns.values[columns.count - 1] = 0.85
    let result = try await Self.evaluate(rule, columns)
    #expect(result.state == .firing, "\(result.reason)")
  }

  @Test("`for` asks every sample of its window")
  func holdFor() async throws {
    let rule = Self.rule(
      .now(windowNanoseconds: Made.hour / 2, holdForNanoseconds: 4 * Made.hour))
    var columns = Made.history(days: 1, level: 0.95, noise: 0.001)
    #expect(try await Self.evaluate(rule, columns).state == .firing)
    // Two hours ago it was calm: the rule must wait.
    columns.values[columns.count - 5] = 0.2
    #expect(try await Self.evaluate(rule, columns).state == .pending)
  }

  @Test("`for` waits until samples span its time")
  func holdForNeedsTime() async throws {
    let rule = Self.rule(.now(windowNanoseconds: Made.hour, holdForNanoseconds: Made.hour / 4))
    let second: Int64 = 1_000_000_000
    let end = Made.end.nanoseconds
    var columns = SampleColumns(times: [end - 10 * second, end], values: [0.97, 0.97])
    let young = try await Self.evaluate(rule, columns)
    #expect(young.state == .pending, "\(young.reason)")
    columns = SampleColumns(
      times: (0...16).map { end - (16 - $0) * 60 * second },
      values: [Double](repeating: 0.97, count: 17))
    #expect(try await Self.evaluate(rule, columns).state == .firing)
    // The one before the quarter of an hour began was calm: nothing shows when it ended.
    columns.times.removeSubrange(1...2)
    columns.values.removeSubrange(1...2)
    columns.values[0] = 0.1
    #expect(try await Self.evaluate(rule, columns).state == .pending)
    // Data may be an hour old here: a longer silence is no evidence that it held.
    let long = Self.rule(.now(windowNanoseconds: Made.hour, holdForNanoseconds: 4 * Made.hour))
    let gap = SampleColumns(times: [end - 4 * Made.hour, end], values: [0.97, 0.97])
    #expect(try await Self.evaluate(long, gap).state == .pending)
  }

  @Test("damage in one series is named, and the others are judged all the same")
  func damage() async throws {
    var source = MemorySource()
    for host in ["a", "b", "c"] {
      try source.set("cpu_usage", host: host, Made.history(days: 60, level: 0.95))
    }
    source.damage["a"] = "block 3 is damaged"
    source.brokenHosts = ["b"]
    for subject in [Self.now, Self.ahead] {
      let results = await AlertEvaluator(
        source: source, at: Made.end, lookbackNanoseconds: Self.quarter
      ).evaluate([Self.rule(subject)])
      #expect(results.map(\.state) == [.firing, .unknown, .firing])
      #expect(results[0].warnings == ["block 3 is damaged"])
      #expect(results[0].reason.contains("damaged"))
      #expect(results[1].series?.description == "cpu_usage{host=\"b\"}")
      #expect(results[2].warnings.isEmpty)
    }
  }

  @Test("old data is UNKNOWN, never OK; the rule may say otherwise")
  func stale() async throws {
    let later = Made.end.adding(nanoseconds: 3 * Made.hour)
    let columns = Made.history(days: 2, level: 0.1)
    let result = try await Self.evaluate(Self.rule(Self.now), columns, at: later)
    #expect(result.state == .unknown)
    #expect(result.reason.contains("stale"))
    let firing = Self.rule(Self.now, noData: .firing)
    #expect(try await Self.evaluate(firing, columns, at: later).state == .firing)
    let fine = Self.rule(Self.now, noData: .ok)
    #expect(try await Self.evaluate(fine, columns, at: later).state == .inactive)
  }

  @Test("no series, and a source that fails, are UNKNOWN with the reason")
  func nothingThere() async throws {
    var source = MemorySource()
    let evaluator = AlertEvaluator(
      source: source, at: Made.end, lookbackNanoseconds: Self.quarter)
    let none = try #require(await evaluator.evaluate([Self.rule(Self.now)]).first)
    #expect(none.state == .unknown)
    #expect(none.reason.contains("no series matches `cpu_usage`"))
    source.isBroken = true
    let broken = AlertEvaluator(source: source, at: Made.end, lookbackNanoseconds: Self.quarter)
    let failed = try #require(await broken.evaluate([Self.rule(Self.now)]).first)
    #expect(failed.state == .unknown)
    #expect(failed.reason.contains("the disk is on fire"))
  }

  static let ahead = AlertRule.Subject.forecast(
    horizonNanoseconds: 14 * Made.day, probability: 0.5)

  @Test("a steady growth fires before the limit is reached, a flat line does not")
  func forecastGrowth() async throws {
    let growing = Made.history(days: 60, level: 0.40, growthPerDay: 0.0075, noise: 0.003)
    let rule = Self.rule(Self.ahead)
    let fires = try await Self.evaluate(rule, growing)
    #expect(fires.state == .firing, "\(fires.reason)")
    let p50 = try #require(fires.crossing?.p50)
    // 0.85 at the end, 0.05 to go at 0.0075 a day: a good week.
    let days = Double(p50.nanoseconds - Made.end.nanoseconds) / Double(Made.day)
    #expect((4...10).contains(days), "crossing expected after \(days) days")
    let flat = Made.history(days: 60, level: 0.5, swing: 0.1, noise: 0.003)
    #expect(try await Self.evaluate(rule, flat).state == .inactive)
  }

  @Test("too little history for a forecast is UNKNOWN")
  func forecastTooShort() async throws {
    let result = try await Self.evaluate(
      Self.rule(Self.ahead), Made.history(days: 1, level: 0.5))
    #expect(result.state == .unknown, "\(result.reason)")
  }

  @Test("samples that are not numbers are no fresh data for a forecast")
  func forecastOfNoNumbers() async throws {
    var columns = Made.history(days: 60, level: 0.5, swing: 0.1, noise: 0.003)
    let rule = Self.rule(Self.ahead)
    #expect(try await Self.evaluate(rule, columns).state == .inactive)
    for index in columns.count - 46..<columns.count { columns.values[index] = .nan }
    let result = try await Self.evaluate(rule, columns)
    #expect(result.state == .unknown, "\(result.reason)")
    #expect(result.reason.contains("stale: the newest sample is 23h old"), "\(result.reason)")
    for index in 0..<columns.count { columns.values[index] = .nan }
    #expect(try await Self.evaluate(rule, columns).state == .unknown)
  }
}
