import TSQCore
import TSQTestSupport
import Testing

@testable import TSQForecast

/// Periods the calendar does not name: found where they are, and nowhere else.
@Suite("Period search")
struct PeriodSearchTests {
  static let daily = Seasons(short: 24, long: 168)

  /// Hours with a daily wave, a pulse every `period` hours and noise.
  static func pulses(_ count: Int, period: Int, seed: UInt64) -> [Double] {
    let noise = Synthetic.autoregressive(count, rho: 0.5, seed: seed)
    return (0..<count).map {
      Synthetic.wave($0) + ($0 % period == 0 ? 8 : 0) + 0.5 * noise[$0]
    }
  }

  @Test("a pulse every few hours is found beside the day", arguments: [7, 11, 17, 36])
  func besideTheDay(period: Int) {
    for seed: UInt64 in 1...5 {
      let series = Self.pulses(900, period: period, seed: seed)
      #expect(PeriodSearch.period(series, beside: Self.daily) == period, "seed \(seed)")
    }
  }

  @Test("a period is found where the history is too short for a day", arguments: [9, 40])
  func alone(period: Int) {
    let noise = Synthetic.white(360, sigma: 0.3, seed: 3)
    let series = noise.indices.map {
      noise[$0] + 0.01 * Double($0) + ($0 % period < period / 2 ? 1.0 : -1.0)
    }
    #expect(PeriodSearch.period(series, beside: Seasons()) == period)
    let minute: Int64 = 60_000_000_000
    #expect(Seasons.chosen(for: series, stepNanoseconds: minute) == Seasons(short: period))
  }

  @Test("what the day and the week explain is not found again")
  func calendarAlone() {
    for seed: UInt64 in 1...10 {
      let noise = Synthetic.autoregressive(900, rho: 0.7, seed: seed)
      let series = noise.indices.map { index in
        Synthetic.wave(index) * (index / 24 % 7 < 5 ? 1 : 0.5) + 0.5 * noise[index]
      }
      #expect(PeriodSearch.period(series, beside: Self.daily) == nil, "seed \(seed)")
    }
  }

  @Test("noise of any memory has no period", arguments: [0, 0.5, 0.9, 1])
  func noise(rho: Double) {
    var found = 0
    for seed: UInt64 in 1...200 {
      let white = Synthetic.white(300, seed: seed)
      var value = 0.0
      let series = white.map { step in
        value = rho * value + step
        return value
      }
      if PeriodSearch.period(series, beside: Seasons()) != nil { found += 1 }
    }
    #expect(found <= 2, "rho \(rho): \(found) of 200")
  }

  @Test("a pulse every seven hours is forecast at its hours")
  func forecast() {
    let series = Self.pulses(720, period: 7, seed: 8)
    let forecast = Forecaster.forecast(
      Synthetic.samples(series),
      ForecastRequest(
        origin: Timestamp(nanoseconds: Synthetic.start + 719 * Synthetic.hour),
        horizonNanoseconds: Synthetic.day, stepNanoseconds: Synthetic.hour))
    #expect(forecast.seasons == [7, 24, 168].map { $0 * Synthetic.hour })
    for (step, point) in forecast.points.enumerated() {
      let truth = Synthetic.wave(720 + step) + ((720 + step) % 7 == 0 ? 8 : 0)
      #expect(abs(point.mean - truth) < 2, "step \(step)")
    }
  }

  @Test("constant, short and tiny series have none")
  func degenerate() {
    #expect(PeriodSearch.period([Double](repeating: 4, count: 200), beside: Seasons()) == nil)
    #expect(PeriodSearch.period([1, 2, 1, 2, 1], beside: Seasons()) == nil)
    #expect(PeriodSearch.period([], beside: Seasons()) == nil)
    #expect(PeriodSearch.period([3], beside: Self.daily) == nil)
  }
}
