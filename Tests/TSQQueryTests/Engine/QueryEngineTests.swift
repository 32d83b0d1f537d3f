import TSQCore
import TSQQuery
import Testing

@Suite struct QueryEngineTests {
  @Test("ranges that cannot be meant are refused")
  func badRanges() throws {
    let engine = QueryEngine(provider: MemoryProvider())
    func kind(_ expression: String, _ end: Double, _ step: Int64) -> QueryError.Kind? {
      do {
        _ = try engine.range(
          expression, from: minutes(1), through: minutes(end), stepNanoseconds: step)
        return nil
      } catch {
        return error.kind
      }
    }
    guard case .badData? = kind("up", 2, 0), case .badData? = kind("up", 2, -1),
      case .badData? = kind("up", 0, 1), case .badData? = kind("up[5m]", 2, 1_000_000_000),
      case .badData? = kind("\"a\"", 2, 1_000_000_000), case .parse? = kind("up{", 2, 1)
    else {
      Issue.record("a senseless range was not refused as bad data")
      return
    }
    #expect(kind("up", 1, 1) == nil, "one step is a range")
  }

  @Test("the number of steps is bounded as Prometheus bounds it")
  func points() throws {
    let engine = QueryEngine(provider: MemoryProvider())
    let second: Int64 = 1_000_000_000
    let start = Timestamp(nanoseconds: 0)
    #expect(throws: Never.self) {
      try engine.range(
        "1", from: start, through: start.adding(nanoseconds: 10_999 * second),
        stepNanoseconds: second)
    }
    #expect(throws: QueryError.self) {
      try engine.range(
        "1", from: start, through: start.adding(nanoseconds: 11_000 * second),
        stepNanoseconds: second)
    }
    #expect(throws: QueryError.self) {
      try engine.range("1", from: .distantPast, through: .distantFuture, stepNanoseconds: 1)
    }
  }

  @Test("samples, series, subquery steps and time are bounded")
  func limits() throws {
    let provider = try loading("m{i=\"1\"} 0+1x999", "m{i=\"2\"} 0+1x999")
    var limits = QueryLimits()
    limits.samples = 1500
    limits.series = 1
    limits.subquerySteps = 100
    let engine = QueryEngine(provider: provider, limits: limits)
    func words(_ expression: String) -> String {
      do {
        _ = try engine.instant(expression, at: minutes(999))
        return ""
      } catch {
        guard case .limit(let words) = error.kind else { return "\(error)" }
        return words
      }
    }
    #expect(words("m").contains("matches 2 series, at most 1"))
    #expect(words("m{i=\"1\"}[1d]") == "")
    let points = #expect(throws: QueryError.self) {
      try engine.range(
        "m{i=\"1\"} + m{i=\"2\"}", from: minutes(0), through: minutes(999),
        stepNanoseconds: 60_000_000_000)
    }
    #expect(points?.message.contains("more than 1500 samples") == true)
    #expect(words("sum_over_time(vector(1)[101m:1m])").contains("the subquery has 100 steps"))
    limits = QueryLimits()
    limits.timeoutSeconds = 0
    let error = #expect(throws: QueryError.self) {
      try QueryEngine(provider: provider, limits: limits).instant("m", at: minutes(1))
    }
    #expect(error?.kind == .timeout("query timed out after 0 s"))
  }

  @Test("a cancelled query ends")
  func cancellation() async throws {
    let provider = try loading("m 0+1x999")
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try QueryEngine(provider: provider).instant("m", at: minutes(1))
    }
    task.cancel()
    await #expect(throws: QueryError(.timeout("query was cancelled"))) { try await task.value }
  }

  @Test("series, label names and values")
  func listings() throws {
    let provider = try loading(
      "b{x=\"1\"} 1", "a{x=\"2\",y=\"z\"} 1", "a{x=\"1\"} 1", "late{l=\"1\"} _x100 1")
    let engine = QueryEngine(provider: provider)
    let range = TimeRange(start: minutes(0), end: minutes(10))
    #expect(
      try engine.series(matching: ["a", "{x=\"1\"}"], in: range).map(\.description)
        == ["a{x=\"1\"}", "a{x=\"2\",y=\"z\"}", "b{x=\"1\"}"])
    #expect(try engine.series(matching: [], in: range).count == 3)
    #expect(try engine.labelNames(in: range) == ["__name__", "x", "y"])
    #expect(try engine.labelNames(matching: ["b"], in: range) == ["__name__", "x"])
    #expect(try engine.labelValues("x", matching: ["a"], in: range) == ["1", "2"])
    #expect(try engine.labelValues("__name__", in: .all) == ["a", "b", "late"])
    #expect(throws: QueryError.self) { try engine.series(matching: ["rate(a[5m])"], in: range) }
    #expect(throws: QueryError.self) { try engine.series(matching: ["a offset 5m"], in: range) }
    #expect(throws: QueryError.self) { try engine.series(matching: ["{}"], in: range) }
  }

  @Test("histories are the raw samples, both ends included")
  func histories() throws {
    let provider = try loading(runLengths: [2], "m 1 2 stale 4 5", "n 1")
    let engine = QueryEngine(provider: provider)
    let result = try engine.histories("m", in: TimeRange(start: minutes(1), end: minutes(3)))
    guard case .matrix(let series) = result.value else {
      Issue.record("expected a matrix")
      return
    }
    #expect(series.map { shown($0) } == ["m 2@60 4@180"])
    #expect(throws: QueryError.self) { try engine.histories("m[5m]", in: .all) }
  }

  @Test("damage is a warning, and what is left is answered")
  func damage() throws {
    var provider = try loading(runLengths: [5], "m 1x19")
    provider.damagedRuns = [5 * 60_000_000_000]
    let result = try QueryEngine(provider: provider).instant(
      "count_over_time(m[18m])", at: minutes(17))
    guard case .vector(let samples) = result.value else {
      Issue.record("expected a vector")
      return
    }
    // The damaged block lies whole in the window: its summary still answers.
    #expect(samples.map(\.value) == [18])
    #expect(result.warnings == [])
    let raw = try QueryEngine(provider: provider).instant("m[18m]", at: minutes(17))
    #expect(raw.warnings == ["run is damaged"])
    guard case .matrix(let series) = raw.value else {
      Issue.record("expected a matrix")
      return
    }
    #expect(series.first?.columns.count == 13)
  }
}
