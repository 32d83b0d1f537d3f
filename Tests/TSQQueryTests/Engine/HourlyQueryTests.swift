import Foundation
import TSQCore
import TSQForecast
import TSQQuery
import TSQStorage
import TSQTestSupport
import Testing

/// The same samples twice: in one store all of them, in the other the older ones as hourly values.
private struct Pair {
  static let hour: Int64 = 3_600_000_000_000
  static let days: Int64 = 40
  /// Raw samples begin after this.
  static let seam = 28 * 24 * hour
  static let end = Timestamp(nanoseconds: days * 24 * hour)

  let folder = FileManager.default.temporaryDirectory.appending(path: "tsq-\(UUID().uuidString)")
  let raw: Store
  let rolled: Store

  init(seed: UInt64) throws {
    var options = StoreOptions()
    options.backgroundUpkeep = false
    raw = try Store.open(folder.path + "/raw", options: options)
    rolled = try Store.open(folder.path + "/rolled", options: options)
    var random = SeededGenerator(seed: seed)
    for (metric, host) in [("gauge", "a"), ("gauge", "b"), ("total", "a")] {
      let columns = Self.samples(metric, &random)
      for store in [raw, rolled] {
        let id = try store.resolve(try #require(Labels(metric: metric, [("host", host)])))
        let ids = columns.times.map { _ in id }
        _ = try store.appendBlocking(
          SampleBatch(series: ids, times: columns.times, values: columns.values))
      }
    }
    for store in [raw, rolled] { try store.flush() }
    let policy = RetentionPolicy(
      matchers: [], maximumAge: (Self.days - 28) * 24 * Self.hour, hourly: .forever)
    let done = try rolled.applyRetention([policy], now: Self.end)
    #expect(done.rollup.series == 3 && done.rollup.buckets > 1900, "\(done.rollup), seed \(seed)")
  }

  /// A noisy gauge with a daily season, or a counter that begins anew now and then; some minutes
  /// apart, at whole hours too, and a gap of a day.
  private static func samples(_ metric: String, _ random: inout SeededGenerator) -> SampleColumns {
    var columns = SampleColumns()
    var (time, count): (Int64, Double) = (1, 0)
    while time <= days * 86_400 {
      let isGap = (5...6).contains(Double(time) / 86_400)
      if !isGap || metric == "total" {
        count += Double(Int.random(in: 0...50, using: &random))
        if Int.random(in: 0..<600, using: &random) == 0 { count = 3 }
        let day = Double(time) / 86_400
        let gauge =
          50 + 0.5 * day + 10 * sin(day * 2 * .pi) + Double.random(in: -2...2, using: &random)
        columns.append(
          time: time * 1_000_000_000,
          value: metric == "total" ? count : (gauge * 100).rounded() / 100)
      }
      let next = time + Int64.random(in: 120...700, using: &random)
      // Often at the end of an hour, which belongs to it.
      time = next / 3600 > time / 3600 && next % 2 == 0 ? next / 3600 * 3600 : next
    }
    // The newest sample, which ages count from.
    columns.append(time: days * 24 * hour + 1, value: 0)
    return columns
  }

  func close() throws {
    try raw.close()
    try rolled.close()
    try FileManager.default.removeItem(at: folder)
  }
}

@Suite("Queries over hourly values and samples") struct HourlyQueryTests {
  private static let exact = [
    "count_over_time(%[1h])", "sum_over_time(%[1h])", "avg_over_time(%[6h])",
    "min_over_time(%[1d])", "max_over_time(%[7d])", "last_over_time(%[1d])",
    "first_over_time(%[1d])", "present_over_time(%[1h])", "delta(%[12h])",
    "sum(avg_over_time(%[1d] offset 2h))", "max by (host) (max_over_time(%[30d]))",
  ]

  private func range(
    _ store: Store, _ expression: String, step: Int64, shift: Int64 = 0
  ) throws -> QueryResult {
    try QueryEngine(store: store).range(
      expression, from: Timestamp(nanoseconds: 24 * Pair.hour + shift), through: Pair.end,
      stepNanoseconds: step)
  }

  private func matrix(_ result: QueryResult) throws -> [SeriesSamples] {
    guard case .matrix(let series) = result.value else { return [] }
    return series
  }

  private func expectSame(_ left: QueryResult, _ right: QueryResult, _ place: String) throws {
    let (a, b) = (try matrix(left), try matrix(right))
    #expect(a.map(\.labels) == b.map(\.labels) && !a.isEmpty, "\(place)")
    for (one, other) in zip(a, b) {
      #expect(one.columns.times == other.columns.times, "\(place)")
      let far = zip(one.columns.values, other.columns.values).first {
        abs($0 - $1) > 1e-9 * max(1, abs($0))
      }
      #expect(far == nil, "\(far.map { "\($0)" } ?? ""), \(place)")
    }
  }

  @Test(
    "aggregates of whole hours are right on both sides of the seam and across it, without a word")
  func aggregates() throws {
    for seed in propertySeeds(3) {
      let pair = try Pair(seed: seed)
      for template in Self.exact + ["rate(%[6h])", "increase(%[1d])"] {
        for metric in ["gauge", "total"] {
          if metric == "gauge", template.contains("rate") || template.contains("incr") { continue }
          let expression = template.replacing("%", with: metric)
          for step in [Pair.hour, 24 * Pair.hour] {
            let wanted = try range(pair.raw, expression, step: step)
            let found = try range(pair.rolled, expression, step: step)
            try expectSame(wanted, found, "\(expression), seed \(seed)")
            #expect(found.warnings.isEmpty, "\(expression): \(found.warnings)")
          }
        }
      }
      try pair.close()
    }
  }

  @Test("what is finer than an hour, or needs the samples, says that only hourly values remain")
  func warnings() throws {
    let pair = try Pair(seed: 5)
    let uneven = Pair.hour / 2
    for (expression, shift) in [
      ("avg_over_time(gauge[1h])", uneven), ("sum_over_time(gauge[30m])", 0), ("gauge", uneven),
      ("stddev_over_time(gauge[1d])", 0), ("quantile_over_time(0.9, gauge[1d])", 0),
      ("deriv(gauge[1d])", 0), ("rate(gauge[1d])", 0), ("changes(gauge[1d])", 0),
    ] {
      let found = try range(pair.rolled, expression, step: Pair.hour, shift: shift)
      #expect(
        found.warnings == [
          "of 2 series only hourly values remain up to \(Timestamp(nanoseconds: Pair.seam)): "
            + "the answer is no finer than an hour there"
        ], "\(expression): \(found.warnings)")
      #expect(try !matrix(found).isEmpty, "\(expression)")
      let recent = try QueryEngine(store: pair.rolled).range(
        expression, from: Timestamp(nanoseconds: Pair.seam + 48 * Pair.hour + shift),
        through: Pair.end, stepNanoseconds: Pair.hour)
      #expect(recent.warnings.isEmpty, "\(expression): \(recent.warnings)")
    }
    // Windows that cut hours lose none: every sample counts once.
    let halves = try range(
      pair.rolled, "sum_over_time(count_over_time(gauge[30m])[27d:30m])", step: Pair.hour)
    let whole = try range(pair.raw, "count_over_time(gauge[27d])", step: Pair.hour)
    for (left, right) in zip(try matrix(halves), try matrix(whole)) {
      #expect(left.columns.values.last == right.columns.values.last)
    }
    try pair.close()
  }

  @Test("an instant selector shows the last sample of the hour before; a listing has the series")
  func instants() throws {
    let pair = try Pair(seed: 6)
    let time = Timestamp(nanoseconds: 48 * Pair.hour + Pair.hour / 2)
    let engine = QueryEngine(store: pair.rolled)
    guard case .vector(let found) = try engine.instant("gauge", at: time).value,
      case .vector(let wanted) = try QueryEngine(store: pair.raw).instant(
        "last_over_time(gauge[1h])", at: Timestamp(nanoseconds: 48 * Pair.hour)
      ).value
    else {
      Issue.record("no vectors")
      return
    }
    #expect(found.map(\.value) == wanted.map(\.value) && found.count == 2)
    let old = TimeRange(start: .distantPast, end: time)
    #expect(try engine.series(matching: ["gauge"], in: old).count == 2)
    #expect(try engine.labelNames(in: old) == ["__name__", "host"])
    // In the gap there is nothing to be shown.
    let gap = Timestamp(nanoseconds: (5 * 24 + 12) * Pair.hour)
    guard case .vector(let none) = try engine.instant("gauge", at: gap).value else { return }
    #expect(none.isEmpty)
    try pair.close()
  }

  @Test(
    "late samples that no roll-up has seen yet count outside of the time of an hour, not inside")
  func late() throws {
    let pair = try Pair(seed: 7)
    let id = try pair.rolled.resolve(try #require(Labels(metric: "gauge", [("host", "a")])))
    let at = Timestamp(nanoseconds: 7 * 24 * Pair.hour)
    func count() throws -> Double? {
      let result = try QueryEngine(store: pair.rolled).instant(
        "count_over_time(gauge{host=\"a\"}[3d])", at: at)
      guard case .vector(let found) = result.value else { return nil }
      return found.first?.value
    }
    let before = try #require(try count())
    let (inside, gap) = (4 * 24 * Pair.hour + Pair.hour / 2 + 7, (5 * 24 + 12) * Pair.hour)
    for isFlushed in [false, true] {
      if isFlushed { try pair.rolled.flush() }
      _ = try pair.rolled.appendBlocking(
        SampleBatch(series: [id, id], times: [inside, gap + 5], values: [1e9, 1]))
      #expect(try count() == before + 1, "flushed: \(isFlushed)")
    }
    try pair.close()
  }

  @Test("a trend is the line through hourly means, close to that through the samples")
  func trends() throws {
    let pair = try Pair(seed: 8)
    let range = TimeRange(start: .distantPast, end: Pair.end)
    let wanted = try QueryEngine(store: pair.raw).trends("gauge{host=\"a\"}", in: range)
    let found = try QueryEngine(store: pair.rolled).trends("gauge{host=\"a\"}", in: range)
    let (line, other) = (
      try #require(wanted.series.first?.estimate), try #require(found.series.first?.estimate)
    )
    #expect(line.n == other.n)
    let width = line.slopeHigh - line.slopeLow
    #expect(abs(line.slopePerDay - other.slopePerDay) < 0.05 * width, "\(line) \(other)")
    #expect(abs(other.slopeLow - line.slopeLow) < 0.1 * width, "\(line) \(other)")
    #expect(abs(other.slopeHigh - line.slopeHigh) < 0.1 * width, "\(line) \(other)")
    #expect(other.slopeHigh - other.slopeLow > width / 4, "\(line) \(other)")
    #expect(found.warnings.count == 1 && wanted.warnings.isEmpty)
    try pair.close()
  }

  @Test("histories and grids have the means of hours; a counter keeps its last samples")
  func histories() throws {
    let pair = try Pair(seed: 9)
    let range = TimeRange(start: .distantPast, end: Pair.end)
    let (raw, rolled) = (QueryEngine(store: pair.raw), QueryEngine(store: pair.rolled))
    for hourly in [HourlyPoints.last, .mean] {
      let history = try rolled.histories("gauge{host=\"a\"}", in: range, hourly: hourly)
      let columns = try #require(try matrix(history).first).columns
      #expect(zip(columns.times, columns.times.dropFirst()).allSatisfy { $0 < $1 })
      #expect(history.warnings.count == 1)
      let old = columns.times.filter { $0 <= Pair.seam }.count
      #expect(old > 500 && old < 28 * 24)
    }
    for (step, isFine) in [(Pair.hour, false), (24 * Pair.hour, false), (Pair.hour / 4, true)] {
      let wanted = try raw.grids("gauge{host=\"a\"}", in: range, stepNanoseconds: step)
      let found = try rolled.grids("gauge{host=\"a\"}", in: range, stepNanoseconds: step)
      let (a, b) = (wanted.series[0].grid, found.series[0].grid)
      #expect(a.end == b.end)
      if isFine {
        #expect(b.start.nanoseconds >= Pair.seam && found.warnings.count == 1)
      } else {
        #expect(a.values.count == b.values.count && found.warnings.isEmpty)
        let far = zip(a.values, b.values).first { abs($0 - $1) > 1e-9 }
        #expect(far == nil, "\(step / Pair.hour) h")
      }
    }
    let counter = try rolled.histories("total", in: range, hourly: .mean)
    let total = try #require(try matrix(counter).first).columns
    let all = try #require(try matrix(raw.histories("total", in: range)).first).columns
    let known = Set(all.times)
    #expect(total.times.allSatisfy(known.contains))
    try pair.close()
  }
}
