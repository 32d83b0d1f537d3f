import TSQCore
import TSQTestSupport
import Testing

@testable import TSQForecast

/// Each gate fires where it should, says why in words, and never withholds the numbers.
@Suite("Forecast gates")
struct ForecastGateTests {
  typealias Properties = ForecasterPropertyTests

  @Test("no data: no points, and it is said")
  func noData() {
    let forecast = Properties.forecast([.nan, .nan])
    #expect(forecast.verdict == .unknown([.noData]))
    #expect(forecast.points.isEmpty)
    #expect(forecast.crossings.count == 1)
    #expect(ForecastGate.noData.description.hasPrefix("no data"))
  }

  @Test("a history shorter than the horizon is too little, and says how much is missing")
  func tooLittle() throws {
    let forecast = Properties.forecast(Array(Properties.wave(seed: 1).prefix(40)), steps: 100)
    let gate = try #require(forecast.verdict.gates.first)
    #expect(
      gate
        == .tooLittleHistory(
          buckets: 40, neededBuckets: 100, stepNanoseconds: Synthetic.hour))
    #expect(
      gate.description == "too little history: 40 buckets of 1h, 100 needed for this horizon")
    #expect(gate.remedy == "2d12h more history, or a shorter horizon")
    #expect(forecast.points.count == 100)
  }

  @Test("a horizon that ends before the first step is told apart from too little history")
  func horizonTooShort() throws {
    let forecast = Properties.forecast(Properties.wave(seed: 1), steps: 0)
    #expect(forecast.verdict.gates.map(\.code) == ["horizon-too-short"])
    #expect(forecast.points.isEmpty)
    let gate = ForecastGate.horizonTooShort(
      horizonNanoseconds: Synthetic.hour / 60, stepNanoseconds: Synthetic.hour)
    #expect(gate.description == "horizon too short: 1m is less than a step of 1h")
    #expect(gate.remedy == "a horizon of 1h, or a shorter step")
  }

  @Test("one and two points go on at the last value")
  func veryShort() {
    for values in [[7.0], [6.0, 7.0]] {
      let forecast = Properties.forecast(values)
      #expect(forecast.verdict.gates.map(\.code) == ["too-little-history"])
      #expect(forecast.points.count == 24)
      for point in forecast.points { #expect(point.mean == 7) }
    }
  }

  @Test("a handful of equal values, or one, says nothing of how far the next may lie: no interval")
  func noInterval() {
    for values in [[7.0], [7, 7], [7, .nan, 7], [7, 7, 7, 7, 7]] {
      let forecast = Properties.forecast(values)
      #expect(!forecast.verdict.isTrusted)
      for point in forecast.points { #expect(point.mean == 7 && point.intervals.isEmpty) }
    }
    // Enough equal values are known to be constant.
    let constant = Properties.forecast([Double](repeating: 7, count: 60))
    #expect(constant.verdict.isTrusted)
    #expect(constant.points.allSatisfy { $0.intervals.count == 2 })
  }

  @Test("two values allow a wide interval: Student's t of one change, growing with the root")
  func twoValues() throws {
    let forecast = Properties.forecast([6.0, 7.0])
    let first = try #require(forecast.points.first).intervals
    // 3.0777 and 12.706 are the quantiles of one degree of freedom.
    #expect(abs(first[0].high - (7 + 3.0777)) < 1e-3 && abs(first[0].low - (7 - 3.0777)) < 1e-3)
    #expect(abs(first[1].high - (7 + 12.706)) < 1e-3)
    #expect(abs(forecast.points[3].intervals[0].high - (7 + 2 * 3.0777)) < 1e-3)
  }

  @Test("a level a few changes away from a handful of values is passed as a random walk would")
  func fewValuesCrossing() {
    let values = [5.0, 7, 6, 8, 7]
    var request = Properties.request(values.count)
    request.thresholds = [Threshold(limit: 12), Threshold(limit: 2, direction: .below)]
    let crossings = Forecaster.forecast(Synthetic.samples(values), request).crossings
    // Changes of sizes 2, 1, 2, 1: Student's t with four degrees; the level is 3.16 of them away.
    let t = 5 / (10.0 / 4).squareRoot()
    let expected = FewValues(values)?.passing(distance: 5, steps: 1)[0] ?? 0
    #expect(abs(Quantile.studentT(1 - expected / 2, degrees: 4) - t) < 1e-6)
    #expect(crossings.allSatisfy { $0.probabilityByStep[0] >= expected - 1e-9 })
    #expect(crossings.allSatisfy { $0.probability > 0.2 && $0.probability < 1 })
  }

  @Test("from a handful of values of a random walk the next lies inside as often as said")
  func fewValues() {
    for count in [2, 3, 6, 11] {
      var inside = 0
      let runs = 2000
      for seed in 1...UInt64(runs) {
        let changes = Synthetic.white(count, seed: seed)
        var walk = [0.0]
        for change in changes { walk.append((walk.last ?? 0) + change) }
        let few = FewValues(Array(walk[..<count]))
        if abs(changes[count - 1]) <= few?.reach(level: 0.8, steps: 1)[0] ?? 0 { inside += 1 }
      }
      // Three standard errors of 0.8 over 2,000 runs.
      #expect(abs(Double(inside) / Double(runs) - 0.8) < 0.027, "\(count) values")
    }
  }

  @Test("the naive forecast that a gate shows has the intervals of its own errors")
  func naiveIntervals() {
    // A steep line with gaps: the combination is nearly exact, the seasonal naive a day behind.
    var values = (0..<600).map { Double($0) + Synthetic.wave($0) }
    for index in values.indices where index % 3 != 0 { values[index] = .nan }
    let forecast = Properties.forecast(values)
    #expect(!forecast.verdict.isTrusted)
    var held = 0
    for (step, point) in forecast.points.enumerated() {
      let truth = Double(600 + step) + Synthetic.wave(600 + step)
      if point.intervals[1].low <= truth + 1, truth - 1 <= point.intervals[1].high { held += 1 }
    }
    #expect(held >= 20)
  }

  @Test("half the buckets must hold a sample")
  func lowCoverage() {
    var values = Properties.wave(seed: 2)
    for index in values.indices where index % 3 != 0 { values[index] = .nan }
    let forecast = Properties.forecast(values)
    let gates = forecast.verdict.gates
    #expect(gates.map(\.code).contains("low-coverage"))
    #expect(gates.contains { $0.description.contains("of 418 buckets hold a sample, 50 % needed") })
    #expect(forecast.points.count == 24)
  }

  @Test("what is known of a stale history's limit is no crossing of today")
  func staleIsNotCrossed() {
    let values = [Double](repeating: 95, count: 100).enumerated().map { $1 + Double($0 % 3) }
    var request = ForecasterPropertyTests.request(values.count + 72, steps: 24)
    request.thresholds = [Threshold(limit: 90, direction: .above)]
    let old = Forecaster.forecast(Synthetic.samples(values), request)
    #expect(old.verdict.gates.map(\.code).contains("stale"))
    #expect(old.crossings.map(\.alreadyCrossed) == [false])
  }

  @Test("an old last sample is stale; a late one is carried forward on its rhythm")
  func stale() {
    let values = Properties.wave(seed: 3)
    let samples = Synthetic.samples(values)
    var request = Properties.request(values.count)
    request.origin = request.origin.adding(nanoseconds: 3 * Synthetic.day)
    let old = Forecaster.forecast(samples, request)
    #expect(old.verdict.gates.map(\.code) == ["stale"])
    #expect(
      old.verdict.gates.first?.description == "stale: the newest sample is 3d old, 12h allowed")
    #expect(old.points.count == 24)

    request.origin = Properties.request(values.count).origin.adding(
      nanoseconds: 5 * Synthetic.hour)
    let late = Forecaster.forecast(samples, request)
    #expect(late.verdict.isTrusted)
    for (step, point) in late.points.enumerated() {
      let truth = Synthetic.wave(425 + step)
      #expect(abs(point.mean - truth) < 1.2, "step \(step)")
    }
  }

  @Test("an unpredictable walk shows the naive forecast when nothing beats it")
  func noSkill() throws {
    // Seeds differ in luck; where the gate fires the points are the naive ones.
    var fired = 0
    for seed in propertySeeds(12) {
      var level = 100.0
      let values = Synthetic.white(60, seed: seed).map { step in
        level += step
        return level
      }
      let samples = Synthetic.samples(values, step: 7 * Synthetic.day)
      let request = Properties.request(60, steps: 4, step: 7 * Synthetic.day)
      let forecast = Forecaster.forecast(samples, request)
      guard case .unknown(let gates) = forecast.verdict else { continue }
      #expect(gates.map(\.code) == ["no-skill"], "seed \(seed)")
      #expect(gates[0].description.hasPrefix("no skill: showing the naive forecast"))
      if case .noSkill(let error, let naiveError) = gates[0] {
        // In the history's unit, as the evidence says them too.
        let evidence = forecast.evidence
        #expect(evidence.combinedError == error && evidence.naiveError == naiveError)
      }
      let naive = Forecaster.naive(
        HistoryGrid.build(
          from: samples, stepNanoseconds: request.stepNanoseconds, through: request.origin),
        request)
      for (point, value) in zip(forecast.points, naive) {
        #expect(abs(point.mean - value) < 1e-9, "seed \(seed)")
      }
      fired += 1
    }
    #expect(fired > 0)
  }

  @Test("a constant series is known, not unknown")
  func constant() {
    let forecast = Properties.forecast([Double](repeating: 42, count: 200))
    #expect(forecast.verdict.isTrusted)
    for point in forecast.points { #expect(point.mean == 42) }
  }

  @Test("more history is no remedy where no more would be looked at")
  func fullHistory() throws {
    // A minute's step looks at 4,096 buckets: two windows of 3,000 never lie in them.
    var values = [Double](repeating: 0, count: 4200)
    for index in values.indices { values[index] = Double(index * index % 17) }
    var request = Properties.request(values.count, steps: 3000)
    let minute: Int64 = 60_000_000_000
    request.origin = Timestamp(nanoseconds: Synthetic.start + 4199 * minute)
    (request.stepNanoseconds, request.horizonNanoseconds) = (minute, 3000 * minute)
    let grid = HistoryGrid(
      start: Timestamp(nanoseconds: Synthetic.start), stepNanoseconds: minute, values: values)
    let few = try #require(Forecaster.forecast(grid, request).verdict.gates.first)
    #expect(few.code == "low-effective-sample-size")
    #expect(few.remedy == "a shorter horizon, or a longer step")
    request.horizonNanoseconds = 5000 * minute
    let short = try #require(Forecaster.forecast(grid, request).verdict.gates.first)
    #expect(short.code == "too-little-history")
    #expect(short.remedy == "a shorter horizon, or a longer step")
  }

  @Test("a very late history's age is told whole, and its hours keep their places")
  func veryLate() {
    for hours in [4000, 4096, 4097, 4264, 10_000, 1_000_000] {
      let grid = HistoryGrid(
        start: Timestamp(nanoseconds: Synthetic.start), stepNanoseconds: Synthetic.hour,
        values: Properties.wave(seed: 3))
      let origin = grid.time(ofBucket: grid.values.count - 1 + hours)
      let history = TrimmedHistory(grid, origin: origin, bounds: .none)
      #expect(history.ageNanoseconds == Int64(hours) * Synthetic.hour)
      #expect(history.missingSteps <= TrimmedHistory.missingLimit)
      #expect(history.missingSteps > min(hours, TrimmedHistory.missingLimit) - 168)
      #expect((hours - history.missingSteps) % 168 == 0, "\(hours)")
    }
  }

  @Test("every gate has a code, a sentence and a remedy")
  func words() {
    let hour = Synthetic.hour
    let gates: [ForecastGate] = [
      .noData,
      .tooLittleHistory(buckets: 5, neededBuckets: 12, stepNanoseconds: hour),
      .lowCoverage(filledBuckets: 10, totalBuckets: 100, neededShare: 0.5),
      .lowEffectiveSampleSize(independentWindows: 0.55, needed: 1, readsMore: true),
      .noSkill(error: 1234.5, naiveError: 0.00012),
      .stale(ageNanoseconds: hour, limitNanoseconds: 1),
    ]
    #expect(Set(gates.map(\.code)).count == gates.count)
    for gate in gates {
      #expect(!gate.description.isEmpty && !gate.remedy.isEmpty)
    }
    #expect(gates[4].description.contains("backtest error 1235, naive 1.2e-4"))
  }
}
