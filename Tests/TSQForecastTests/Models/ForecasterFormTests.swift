import TSQTestSupport
import Testing

@testable import TSQForecast

/// Each forecaster against its closed form.
@Suite("Forecasters")
struct ForecasterFormTests {
  /// A plan with one past row at most and the forecast from the newest value.
  static func plan(_ count: Int, horizon: Int) -> BacktestPlan {
    var settings = EngineSettings()
    settings.folds = 1
    settings.recentFolds = 0
    return BacktestPlan(count: count, season: 0, horizon: horizon, settings: settings)
  }

  static func path(_ table: PathTable, _ forecaster: Int) -> [Double] {
    let start = table.offset(forecaster, row: table.plan.folds)
    return Array(table.values[start..<start + table.plan.forecastSteps])
  }

  @Test("simple smoothing is the geometric mean of the past")
  func simpleSmoothing() {
    let series: [Double] = [4, 7, 1, 9, 5, 2, 8, 3, 6, 4, 7, 5]
    var smoother = HoltWinters(series: series, season1: 0, season2: 0, clip: .infinity)
    var table = PathTable(plan: Self.plan(series.count, horizon: 3), capacity: 1)
    smoother.run(series, [SmoothingParameters(name: "s", level: 0.3)], into: &table)
    // Started from the mean of the first ten values, then l = l + 0.3 (y - l), unrolled.
    var expected = series.prefix(10).reduce(0, +) / 10
    for _ in series { expected *= 0.7 }
    for (index, value) in series.enumerated() {
      var factor = 0.3
      for _ in (index + 1)..<series.count { factor *= 0.7 }
      expected += factor * value
    }
    for value in Self.path(table, 0) { #expect(abs(value - expected) < 1e-12) }
  }

  @Test("a damped trend adds phi + phi² + ... of the last trend")
  func dampedTrend() {
    let series = (0..<200).map { 3 + 0.5 * Double($0) }
    var smoother = HoltWinters(series: series, season1: 0, season2: 0, clip: .infinity)
    var table = PathTable(plan: Self.plan(series.count, horizon: 4), capacity: 4)
    smoother.run(
      series,
      [
        SmoothingParameters(name: "undamped", level: 0.8, trend: 0.4),
        SmoothingParameters(name: "damped", level: 0.8, trend: 0.4, damping: 0.9),
      ], into: &table)
    let undamped = Self.path(table, 0)
    // A line has no error left once it is learnt: the forecast is the line.
    for step in 0..<4 { #expect(abs(undamped[step] - (3 + 0.5 * Double(200 + step))) < 1e-6) }
    let damped = Self.path(table, 1)
    #expect(abs((damped[2] - damped[1]) / (damped[1] - damped[0]) - 0.9) < 1e-9)
    #expect(abs((damped[3] - damped[2]) / (damped[2] - damped[1]) - 0.9) < 1e-9)
  }

  @Test("two seasons are learnt apart and forecast together")
  func twoSeasons() {
    func truth(_ index: Int) -> Double {
      10 + [0.0, 3, -1, -2][index % 4] + [0.0, 0, 5, 0, 0, -5, 0][index / 4 % 7]
    }
    let series = (0..<840).map(truth)
    var smoother = HoltWinters(series: series, season1: 4, season2: 28, clip: .infinity)
    var table = PathTable(plan: Self.plan(series.count, horizon: 28), capacity: 1)
    smoother.run(
      series, [SmoothingParameters(name: "two", level: 0.05, season1: 0.2, season2: 0.4)],
      into: &table)
    for (step, value) in Self.path(table, 0).enumerated() {
      #expect(abs(value - truth(840 + step)) < 0.1, "step \(step)")
    }
  }

  @Test("clipped errors keep one spike from moving the level far")
  func clippedErrors() {
    var series = (0..<60).map { Double($0 % 2) }
    series[58] = 1000
    var table = PathTable(plan: Self.plan(series.count, horizon: 1), capacity: 2)
    for clip in [3.0, .infinity] {
      var smoother = HoltWinters(series: series, season1: 0, season2: 0, clip: clip)
      smoother.run(series, [SmoothingParameters(name: "\(clip)", level: 0.3)], into: &table)
    }
    #expect(Self.path(table, 0)[0] < 2)
    #expect(Self.path(table, 1)[0] > 200)
  }

  @Test("an autoregression finds a recurrence and follows it")
  func recurrence() {
    // y(t) = 1.6 y(t-1) - 0.98 y(t-2): a slowly damped wave, exactly of order two.
    var series = [1.0, 0.8]
    for index in 2..<80 { series.append(1.6 * series[index - 1] - 0.98 * series[index - 2]) }
    var table = PathTable(plan: Self.plan(series.count, horizon: 5), capacity: 1)
    Autoregression(lags: [1, 2], penalties: [0], fewestValues: 10)
      .run(series, names: ["ar"], into: &table)
    var truth = series
    for step in 0..<5 {
      truth.append(1.6 * truth[truth.count - 1] - 0.98 * truth[truth.count - 2])
      #expect(abs(Self.path(table, 0)[step] - truth[80 + step]) < 1e-6)
    }
  }

  @Test("an explosive autoregression is held at one range beyond what was seen")
  func explosion() {
    var series = [1.0]
    for index in 1..<60 { series.append(series[index - 1] * 1.2) }
    var table = PathTable(plan: Self.plan(series.count, horizon: 200), capacity: 1)
    Autoregression(lags: [1], penalties: [0], fewestValues: 10)
      .run(series, names: ["ar"], into: &table)
    let highest = series[59] + (series[59] - series[0])
    let path = Self.path(table, 0)
    #expect(path[0] > series[59])
    for value in path { #expect(value <= highest) }
  }

  @Test("Theta is the mean of the line and the smoothed doubled curvature", arguments: [0.2, 0.5])
  func theta(smoothing: Double) {
    let series: [Double] = [3, 5, 4, 8, 9, 7, 12, 11, 14, 13, 17, 16]
    let sums = RunningSums(series)
    var table = PathTable(plan: Self.plan(series.count, horizon: 6), capacity: 1)
    table.addTheta("theta", series: series, sums: sums, smoothing: smoothing)
    // By the definition of 2000: theta lines 0 and 2, the second smoothed from its first value.
    let line = sums.line(last: 11, width: 12)
    func onLine(_ index: Int) -> Double { line.end + line.slope * Double(index - 11) }
    var level = 2 * series[0] - onLine(0)
    for index in 1..<12 { level += smoothing * (2 * series[index] - onLine(index) - level) }
    // Smoothing the doubled line and smoothing the data differ only in the first value's share.
    var share = 1.0
    for _ in 1..<12 { share *= 1 - smoothing }
    let start = share * (series[0] - onLine(0)) / 2
    for (step, value) in Self.path(table, 0).enumerated() {
      let expected = (onLine(12 + step) + level) / 2 - start
      #expect(abs(value - expected) < 0.05 * share + 1e-9, "step \(step)")
    }
  }

  @Test("running sums give the means and lines of any window")
  func runningSums() {
    let sums = RunningSums([1, 4, 2, 8, 5, 7, 1, 3])
    #expect(sums.mean(last: 4, width: 3) == 5)
    #expect(sums.mean(last: 1, width: 10) == 2.5)
    let line = RunningSums((0..<20).map { 7 - 0.25 * Double($0) }).line(last: 15, width: 8)
    #expect(abs(line.slope + 0.25) < 1e-12)
    #expect(abs(line.end - (7 - 0.25 * 15)) < 1e-12)
  }

  @Test("seasonal shifts take the mean or the median of the same place")
  func seasonalShifts() {
    let series: [Double] = [1, 10, 2, 20, 6, 90]
    let shifts = SeasonalShifts(series: series, season: 2, fallback: 2)
    var profile = [0.0, 0.0]
    #expect(shifts.mean(origin: 5, count: 3, into: &profile) == 2)
    #expect(profile == [3, 40])
    #expect(shifts.median(origin: 5, count: 3, into: &profile) == 2)
    #expect(profile == [2, 20])
    // From one place earlier the season starts elsewhere, and nothing newer is used.
    #expect(shifts.mean(origin: 4, count: 1, into: &profile) == 2)
    #expect(profile == [20, 6])
  }

  @Test("seasons worked out once for all origins are those of each", arguments: propertySeeds(10))
  func slidingSeasons(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let series = Synthetic.white(Int.random(in: 30...90, using: &generator), seed: seed)
    let season = Int.random(in: 2...7, using: &generator)
    let count = Int.random(in: 1...5, using: &generator)
    let origins = (0..<6).map { _ in Int.random(in: season..<series.count, using: &generator) }
      .sorted()
    let shifts = SeasonalShifts(series: series, season: season, fallback: season)
    let (means, medians) = (
      shifts.slidingMeans(count, origins), shifts.slidingMedians(count, origins)
    )
    var (expected, found) = ([Double](repeating: 0, count: 7), [Double](repeating: 0, count: 7))
    for origin in origins {
      // All seasons wanted lie behind the origin, or none may be copied.
      let enough = origin + 1 >= count * season
      #expect(means.copy(origin: origin, length: season, into: &found) == enough, "seed \(seed)")
      guard enough else { continue }
      _ = shifts.mean(origin: origin, count: count, into: &expected)
      for step in 0..<season { #expect(abs(found[step] - expected[step]) < 1e-12, "seed \(seed)") }
      #expect(medians.copy(origin: origin, length: season, into: &found))
      _ = shifts.median(origin: origin, count: count, into: &expected)
      #expect(found == expected, "seed \(seed)")
    }
  }

  @Test("a median network agrees with sorting", arguments: 1...20)
  func medianNetwork(count: Int) {
    let series = Synthetic.white(131, seed: UInt64(count)).map { ($0 * 3).rounded() }
    let season = 6
    var medians = [Double](repeating: 0, count: 40)
    MedianNetwork(count).medians(series, from: 91, season: season, into: &medians)
    for step in 0..<40 {
      let sorted = (0..<count).map { series[max(91 + step - $0 * season, 0)] }.sorted()
      #expect(medians[step] == (sorted[(count - 1) / 2] + sorted[count / 2]) / 2)
    }
  }

  @Test("drawing the tails in and out again changes nothing", arguments: propertySeeds(10))
  func compression(seed: UInt64) {
    let series = Synthetic.white(101, sigma: 3, seed: seed).map { $0 * $0 * $0 }
    let map = Compression(series)
    for value in series {
      let error = abs(map.backward(map.forward(value)) - value)
      #expect(error <= 1e-12 * (abs(value) + map.scale), "seed \(seed)")
    }
    let mirrored = Compression(series.map { -$0 })
    for value in series { #expect(mirrored.forward(-value) == -map.forward(value), "seed \(seed)") }
  }
}
