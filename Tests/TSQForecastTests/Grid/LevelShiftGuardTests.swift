import TSQCore
import TSQTestSupport
import Testing

@testable import TSQForecast

@Suite("Level shift guard")
struct LevelShiftGuardTests {
  /// Two weeks of a daily wave with noise.
  static func history(seed: UInt64) -> [Double] {
    let noise = Synthetic.white(336, sigma: 0.3, seed: seed)
    return (0..<336).map { 10 + [0.0, 1, 2, 3, 2, 1][$0 % 24 / 4] + noise[$0] }
  }

  static func find(_ series: [Double]) -> LevelShiftGuard? {
    LevelShiftGuard(series: series, season: 24, horizon: 24, threshold: 5)
  }

  @Test("a jump five hours ago is found with its size", arguments: propertySeeds(5))
  func freshJump(seed: UInt64) throws {
    var series = Self.history(seed: seed)
    for index in 331..<336 { series[index] += 20 }
    let shift = try #require(Self.find(series), "seed \(seed)")
    #expect(shift.length == 5, "seed \(seed)")
    #expect(abs(shift.size - 20) < 1, "seed \(seed)")
    let moved = shift.moved(series)
    #expect(abs(moved[330] - series[330] - shift.size) < 1e-12, "seed \(seed)")
    #expect(moved[331] == series[331], "seed \(seed)")
  }

  @Test("no jump, one spike, or a burst that always ends: nothing is found")
  func noJump() {
    let series = Self.history(seed: 3)
    #expect(Self.find(series) == nil)
    var spike = series
    spike[335] += 50
    #expect(Self.find(spike) == nil)
    // A backup of five hours at odd times: the past says that it ends.
    var bursts = series
    for start in [60, 131, 205, 270, 331] {
      for index in start..<start + 5 { bursts[index] += 20 }
    }
    #expect(Self.find(bursts) == nil)
  }

  @Test("a series without a season jumps too: from the median of all its values")
  func withoutSeason() throws {
    func find(_ series: [Double]) -> LevelShiftGuard? {
      LevelShiftGuard(series: series, season: 0, horizon: 24, threshold: 5)
    }
    var series = Synthetic.white(100, sigma: 0.1, seed: 5).map { 10 + $0 }
    #expect(find(series) == nil)
    for index in 96..<100 { series[index] += 10 }
    let shift = try #require(find(series))
    #expect(shift.length == 4 && abs(shift.size - 10) < 0.5)
    // Half the history at the new level is no fresh jump.
    for index in 50..<96 { series[index] += 10 }
    #expect(find(series) == nil)
    // What wanders by itself does not jump.
    var found = [0, 0, 0]
    for seed in 1...100 as ClosedRange<UInt64> {
      let noise = Synthetic.white(300, seed: seed)
      var (walk, sum) = (noise, 0.0)
      for index in walk.indices {
        sum += noise[index]
        walk[index] = sum
      }
      if find(noise) != nil { found[0] += 1 }
      if find(Synthetic.autoregressive(300, rho: 0.9, seed: seed)) != nil { found[1] += 1 }
      if find(walk) != nil { found[2] += 1 }
    }
    #expect(found[0] == 0 && found[1] <= 2 && found[2] <= 2, "\(found)")
  }

  @Test("after a jump the forecast starts at the new level, and the evidence says why")
  func forecastAfterJump() throws {
    var series = Self.history(seed: 11)
    for index in 330..<336 { series[index] += 20 }
    let request = ForecastRequest(
      origin: Timestamp(nanoseconds: Synthetic.start + 335 * Synthetic.hour),
      horizonNanoseconds: 8 * Synthetic.hour, stepNanoseconds: Synthetic.hour)
    let forecast = Forecaster.forecast(Synthetic.samples(series), request)
    for (step, point) in forecast.points.enumerated() {
      let truth = 30 + [0.0, 1, 2, 3, 2, 1][(336 + step) % 24 / 4]
      #expect(abs(point.mean - truth) < 2.5, "step \(step): \(point.mean) for \(truth)")
    }
    let shift = try #require(forecast.evidence.levelShift)
    #expect(shift.bucketsAgo == 6)
    #expect(abs(shift.size - 20) < 1)
  }
}
