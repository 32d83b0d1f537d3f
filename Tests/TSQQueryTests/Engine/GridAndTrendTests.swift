import TSQCore
import TSQForecast
import TSQQuery
import TSQTestSupport
import Testing

@Suite struct GridAndTrendTests {
  static let hour: Int64 = 3_600_000_000_000

  /// A noisy line with a daily season, a sample every few minutes, cut into random blocks.
  static func history(
    _ random: inout SeededGenerator, days: Int64, secondsApart: Int64
  ) throws -> MemoryProvider {
    var provider = MemoryProvider()
    provider.runLengths = (0..<7).map { _ in Int.random(in: 1...300, using: &random) }
    var columns = SampleColumns()
    var time: Int64 = 0
    while time < days * 86_400 {
      let day = Double(time) / 86_400
      let value = 50 + day * 0.5 + Double.random(in: -1...1, using: &random)
      columns.append(time: time * 1_000_000_000, value: value)
      time += Int64.random(in: secondsApart / 2...secondsApart * 3 / 2, using: &random)
    }
    provider.add(try #require(Labels(metric: "m")), columns)
    return provider
  }

  @Test("bucket means and peaks do not depend on how blocks were cut", arguments: propertySeeds(8))
  func grids(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let cut = try Self.history(&random, days: 20, secondsApart: 400)
    var whole = cut
    whole.summarises = false
    let start = Timestamp(
      nanoseconds: Int64.random(in: 0...3 * 86_400, using: &random) * 1_000_000_000)
    let end = start.adding(nanoseconds: 15 * 24 * Self.hour + 17)
    for step in [Self.hour / 4, Self.hour, 24 * Self.hour, 40 * 24 * Self.hour] {
      for aggregation in BucketAggregation.allCases {
        let range = TimeRange(start: start, end: end)
        let found = try QueryEngine(provider: cut).grids(
          "m", in: range, stepNanoseconds: step, aggregation: aggregation)
        let expected = try QueryEngine(provider: whole).grids(
          "m", in: range, stepNanoseconds: step, aggregation: aggregation)
        let grid = try #require(found.series.first).grid
        let other = try #require(expected.series.first).grid
        #expect(grid.start == other.start, "seed \(seed)")
        #expect(grid.values.map(\.bitPattern) == other.values.map(\.bitPattern), "seed \(seed)")
        #expect(grid.end == end, "seed \(seed)")
        let columns = cut.series[0].columns
        let inside = columns.indices(in: range)
        let plain = HistoryGrid.build(
          from: SampleColumns(
            times: Array(columns.times[inside]), values: Array(columns.values[inside])),
          stepNanoseconds: step, aggregation: aggregation, through: end)
        #expect(plain.start == grid.start, "seed \(seed)")
        #expect(plain.values.count == grid.values.count, "seed \(seed)")
        for (a, b) in zip(plain.values, grid.values) where !(a.isNaN && b.isNaN) {
          #expect((a - b).magnitude < 1e-9, "seed \(seed): \(a), not \(b)")
        }
      }
    }
  }

  @Test("buckets of whole days come from summaries")
  func gridStatistics() throws {
    let provider = try loading(stepSeconds: 60, runLengths: [10], "m 0+1x9999")
    let result = try QueryEngine(provider: provider).grids(
      "m", in: TimeRange(start: minutes(0), end: minutes(9999)), stepNanoseconds: 24 * Self.hour)
    #expect(result.statistics.blocksFromSummaries > 900)
    #expect(result.statistics.blocksDecoded < 10)
  }

  @Test("gaps are NaN, infinities and markers are no values, and a counter becomes rates")
  func gridEdges() throws {
    let provider = try loading(
      "m 1 3 _ _ _ 5 Inf stale NaN", "c 0+60x20", "none NaN NaN")
    let engine = QueryEngine(provider: provider)
    let minute: Int64 = 60_000_000_000
    let range = TimeRange(start: minutes(0), end: minutes(9))
    let grid = try #require(
      try engine.grids("m", in: range, stepNanoseconds: 2 * minute).series.first
    ).grid
    // Labels 1, 3, 5, 7, 9: the windows (-1, 1], (1, 3], (3, 5], ...
    #expect(grid.start == minutes(1))
    #expect(grid.values.map { $0.isNaN ? -1 : $0 } == [2, -1, 5, -1, -1])
    let rates = try #require(
      try engine.grids("c", in: range, stepNanoseconds: 3 * minute, kind: .counter).series.first
    ).grid
    #expect(rates.values.allSatisfy { ($0 - 1).magnitude < 1e-12 })
    let none = try #require(
      try engine.grids("none", in: range, stepNanoseconds: minute).series.first
    ).grid
    #expect(none.values.isEmpty)
    #expect(throws: QueryError.self) { try engine.grids("m", in: range, stepNanoseconds: 0) }
    #expect(try engine.grids("nothing", in: range, stepNanoseconds: minute).series.isEmpty)
  }

  @Test(
    "a trend is the same from blocks and from samples", arguments: propertySeeds(4),
    [300, 15] as [Int64])
  func trends(seed: UInt64, secondsApart: Int64) throws {
    var random = SeededGenerator(seed: seed)
    let provider = try Self.history(&random, days: 30, secondsApart: secondsApart)
    let range = TimeRange(
      start: Timestamp(nanoseconds: 2 * 24 * Self.hour),
      end: Timestamp(nanoseconds: 29 * 24 * Self.hour))
    let result = try QueryEngine(provider: provider).trends("m", in: range)
    let estimate = try #require(result.series.first?.estimate)
    let columns = provider.series[0].columns
    let inside = columns.indices(in: range)
    let plain = try Trend.fit(
      SampleColumns(times: Array(columns.times[inside]), values: Array(columns.values[inside])))
    #expect((estimate.slopePerDay - plain.slopePerDay).magnitude < 1e-9, "seed \(seed)")
    #expect(estimate.n == plain.n, "seed \(seed)")
    #expect((estimate.r2 - plain.r2).magnitude < 1e-9, "seed \(seed)")
    #expect((estimate.slopePerDay - 0.5).magnitude < 0.05, "seed \(seed)")
    // With enough blocks and samples only the edges are decoded; with fewer no summary is used.
    let (decoded, summaries) = (
      result.statistics.blocksDecoded, result.statistics.blocksFromSummaries
    )
    #expect(
      secondsApart == 300 ? summaries == 0 : summaries >= 32 && decoded <= 2,
      "seed \(seed): \(summaries)")
  }

  @Test("a trend survives damaged samples inside, by their summaries")
  func damagedTrend() throws {
    for length in [100, 4000] {
      var provider = try loading(stepSeconds: 600, runLengths: [length], "m 5+0.25x9999")
      let range = TimeRange(start: minutes(0), end: minutes(99_990))
      let intact = try QueryEngine(provider: provider).trends("m", in: range)
      provider.damagedRuns = Set(
        stride(from: 0, to: 10_000, by: length).map { Int64($0) * 600_000_000_000 })
      let damaged = try QueryEngine(provider: provider).trends("m", in: range)
      let (a, b) = (intact.series.first?.estimate, damaged.series.first?.estimate)
      let slope = try #require(a).slopePerDay
      #expect((slope - 36).magnitude < 1e-9)
      #expect((slope - (try #require(b)).slopePerDay).magnitude < 1e-9)
      #expect(damaged.statistics.blocksFromSummaries > 0)
    }
  }

  @Test("few blocks are decoded; a damaged one among them is answered by its summary, and counted")
  func fewBlocksDamaged() throws {
    var provider = try loading(stepSeconds: 600, runLengths: [100], "m 5+0.25x999")
    let range = TimeRange(start: minutes(0), end: minutes(9990))
    let intact = try QueryEngine(provider: provider).trends("m", in: range)
    #expect(intact.statistics.blocksDecoded == 10)
    #expect(intact.statistics.blocksFromSummaries == 0)
    provider.damagedRuns = [400 * 600_000_000_000]
    let damaged = try QueryEngine(provider: provider).trends("m", in: range)
    #expect(damaged.statistics.blocksDecoded == 9)
    #expect(damaged.statistics.blocksFromSummaries == 1)
    let (a, b) = (
      try #require(intact.series.first?.estimate), try #require(damaged.series.first?.estimate)
    )
    #expect(b.n == a.n && (a.slopePerDay - b.slopePerDay).magnitude < 1e-9)
    #expect(damaged.warnings.count == 1)
    #expect(damaged.warnings.allSatisfy { $0.contains("summary took their place") })
  }

  @Test("without two samples there is no line, and the reason is said")
  func noTrend() throws {
    let provider = try loading("m{i=\"1\"} 5", "m{i=\"2\"} NaN NaN", "m{i=\"3\"} 1 2 3")
    let result = try QueryEngine(provider: provider).trends(
      "m", in: TimeRange(start: minutes(0), end: minutes(10)))
    #expect(result.series.map { $0.estimate == nil } == [true, true, false])
    #expect(result.series[0].reason?.contains("two different times") == true)
    #expect(result.series[2].reason == nil)
  }
}
