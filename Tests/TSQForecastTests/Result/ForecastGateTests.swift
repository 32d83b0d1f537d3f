import TSQCore
import TSQForecast
import TSQTestSupport
import Testing

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

  @Test("one and two points go on at the last value")
  func veryShort() {
    for values in [[7.0], [6.0, 7.0]] {
      let forecast = Properties.forecast(values)
      #expect(forecast.verdict.gates.map(\.code) == ["too-little-history"])
      #expect(forecast.points.count == 24)
      for point in forecast.points { #expect(point.mean == 7) }
    }
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

  @Test("every gate has a code, a sentence and a remedy")
  func words() {
    let hour = Synthetic.hour
    let gates: [ForecastGate] = [
      .noData, .tooLittleHistory(buckets: 5, neededBuckets: 12, stepNanoseconds: hour),
      .lowCoverage(filledBuckets: 10, totalBuckets: 100, neededShare: 0.5),
      .lowEffectiveSampleSize(independentWindows: 0.55, needed: 1),
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
