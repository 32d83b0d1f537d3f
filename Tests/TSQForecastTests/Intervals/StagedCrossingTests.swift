import TSQCore
import TSQTestSupport
import Testing

@testable import TSQForecast

/// Chances over long horizons, whose beginning is judged at finer steps.
@Suite("Crossings in stretches")
struct StagedCrossingTests {
  private static let limit = Threshold(limit: 1)

  /// A forecast that says by each of its steps what has happened.
  private static func said(_ chances: [Double], step: Int64) -> Forecast {
    let origin = Timestamp(nanoseconds: Synthetic.start)
    let times = chances.indices.map { origin.adding(nanoseconds: Int64($0 + 1) * step) }
    return Forecast(
      origin: origin, stepNanoseconds: step,
      points: times.map { ForecastPoint(time: $0, mean: 0, intervals: []) }, verdict: .trusted,
      crossings: [
        CrossingForecast(
          threshold: limit, probabilityByStep: chances, times: times, alreadyCrossed: false)
      ], skill: nil, intervalCoverage: [], model: "", seasons: [], evidence: ForecastEvidence())
  }

  @Test("each stretch has its own forecast's chance, given that nothing happened before")
  func chained() throws {
    let hour = Synthetic.hour
    // The fine forecast ends after four hours with 0.5; behind it the coarse one loses a quarter of what is
    // left, and then all.
    let fine = Self.said([0.1, 0.2, 0.3, 0.5], step: hour)
    var coarse = Self.said([0, 0.2, 0.4, 1, 1], step: 2 * hour)
    StagedCrossings(stages: [fine]).put(into: &coarse)
    let crossing = try #require(coarse.crossings.first)
    let expected = [0.2, 0.5, 1 - 0.5 * 0.75, 1, 1]
    for (found, wanted) in zip(crossing.probabilityByStep, expected) {
      #expect(abs(found - wanted) < 1e-12, "\(crossing.probabilityByStep)")
    }
    #expect(crossing.p10 == coarse.points[0].time && crossing.p50 == coarse.points[1].time)
    var alone = Self.said([0.25, 0.5], step: hour)
    let before = alone
    StagedCrossings(stages: []).put(into: &alone)
    #expect(alone.crossings == before.crossings)
  }

  @Test("a longer horizon has no smaller chance, at whatever step it is forecast")
  func growing() {
    let noise = Synthetic.white(1440, seed: 12)
    let values = noise.indices.map { 2 * Synthetic.wave($0) + 3 * noise[$0] }
    let samples = Synthetic.samples(values)
    let limit = values.sorted()[1425]
    var last = (days: 0, chance: 0.0)
    var steps: Set<Int64> = []
    for days in [1, 3, 7, 14, 30] {
      let request = ForecastRequest(
        origin: Timestamp(nanoseconds: Synthetic.start + 1439 * Synthetic.hour),
        horizonNanoseconds: Int64(days) * Synthetic.day, thresholds: [Threshold(limit: limit)])
      let forecast = Forecaster.forecast(samples, request)
      let crossing = forecast.crossings[0]
      steps.insert(forecast.stepNanoseconds)
      #expect(forecast.verdict.isTrusted)
      #expect(crossing.probability >= last.chance - 0.02, "\(days) d after \(last)")
      let chances = crossing.probabilityByStep
      #expect(zip(chances, chances.dropFirst()).allSatisfy(<=))
      last = (days, crossing.probability)
    }
    #expect(last.chance > 0.6 && steps.count >= 3, "\(last), \(steps)")
  }

  @Test("an unknown month tells no smaller chance than its trusted first week")
  func unknown() {
    let noise = Synthetic.white(900, seed: 12)
    let values = noise.indices.map { 2 * Synthetic.wave($0) + 3 * noise[$0] }
    let limit = values.sorted()[890]
    let forecasts = [7, 30].map { days in
      let request = ForecastRequest(
        origin: Timestamp(nanoseconds: Synthetic.start + 899 * Synthetic.hour),
        horizonNanoseconds: Int64(days) * Synthetic.day, thresholds: [Threshold(limit: limit)])
      return Forecaster.forecast(Synthetic.samples(values), request)
    }
    #expect(forecasts.map(\.verdict.isTrusted) == [true, false])
    let chances = forecasts.map(\.crossings[0].probability)
    #expect(chances[0] > 0.3 && chances[1] >= chances[0], "\(chances)")
  }

  @Test("a step that is named is what the question is about")
  func named() {
    let values = Synthetic.white(1440, seed: 12)
    let samples = Synthetic.samples(values)
    let origin = Timestamp(nanoseconds: Synthetic.start + 1439 * Synthetic.hour)
    let request = ForecastRequest(
      origin: origin, horizonNanoseconds: 30 * Synthetic.day,
      stepNanoseconds: 6 * Synthetic.hour, thresholds: [Threshold(limit: 3)])
    let grid = HistoryGrid.build(
      from: samples, stepNanoseconds: 6 * Synthetic.hour, through: origin)
    let (found, plain) = (
      Forecaster.forecast(samples, request), Forecaster.forecast(grid, request)
    )
    #expect(found.crossings == plain.crossings && found.points == plain.points)
  }

  @Test("steps grow from the samples' own to below the given one")
  func finerSteps() {
    let minute: Int64 = 60_000_000_000
    let month = Synthetic.samples([Double](repeating: 1, count: 720))
    let end = Timestamp(nanoseconds: Synthetic.start + 719 * Synthetic.hour)
    func steps(_ limit: Int64) -> [Int64] {
      StepChoice.finerSteps(month, through: end, than: limit, coarsening: 3).map { $0 / minute }
    }
    #expect(steps(60 * minute) == [])
    #expect(steps(120 * minute) == [60])
    #expect(steps(1440 * minute) == [60, 180, 720])
  }
}
