import TSQCore
import TSQForecast
import TSQTestSupport
import Testing

/// The demo of the program tsq replaces.
///
/// 30 daily points of 0.5 + i/100 + N(0, 0.05), seven days ahead. That program answered
/// value[last] + slope * (i + 1); both of ours must do far better.
@Suite("Growth demo")
struct GrowthDemoTests {
  static let days = 30
  static let ahead = 7
  static let seeds = 1000

  struct Errors {
    var index = 0.0
    var line = 0.0
    var forecast = 0.0
  }

  static func history(seed: UInt64) -> [Double] {
    let noise = Synthetic.white(days, sigma: 0.05, seed: seed)
    return (0..<days).map { 0.5 + Double($0) / 100 + noise[$0] }
  }

  /// The least-squares slope over indices, as the old program had it.
  static func indexSlope(_ values: [Double]) -> Double {
    let middle = Double(values.count - 1) / 2
    var (products, squares) = (0.0, 0.0)
    for (index, value) in values.enumerated() {
      products += (Double(index) - middle) * value
      squares += (Double(index) - middle) * (Double(index) - middle)
    }
    return products / squares
  }

  @Test("the trend line errs at most half, the forecast at most 0.6 of the old program's error")
  func beatsTheIndexLine() throws {
    var errors = Errors()
    for seed in 1...UInt64(Self.seeds) {
      let values = Self.history(seed: seed &* 0x9e37_79b9)
      let samples = Synthetic.samples(values, step: Synthetic.day)
      let trend = try Trend.fit(samples)
      let origin = Timestamp(
        nanoseconds: Synthetic.start + Int64(Self.days - 1) * Synthetic.day)
      let request = ForecastRequest(
        origin: origin, horizonNanoseconds: Int64(Self.ahead) * Synthetic.day,
        stepNanoseconds: Synthetic.day)
      let forecast = Forecaster.forecast(samples, request)
      #expect(forecast.points.count == Self.ahead)
      let slope = Self.indexSlope(values)
      for (step, point) in forecast.points.enumerated() {
        let truth = 0.5 + Double(Self.days + step) / 100
        errors.index += abs(values[Self.days - 1] + slope * Double(step + 1) - truth)
        errors.line += abs(trend.value(at: point.time) - truth)
        errors.forecast += abs(point.mean - truth)
      }
    }
    #expect(errors.line <= 0.5 * errors.index, "ratio \(errors.line / errors.index)")
    #expect(errors.forecast <= 0.6 * errors.index, "ratio \(errors.forecast / errors.index)")
  }

  @Test("hourly, shuffled, with gaps or as percentages the trend per day is the same")
  func sameTrendPerDay() throws {
    let perDay = 0.01
    let hourly = (0..<720).map { 0.5 + perDay * Double($0) / 24 }
    let samples = Synthetic.samples(hourly)
    let plain = try Trend.fit(samples)
    #expect(abs(plain.slopePerDay - perDay) < 1e-12)

    var generator = SeededGenerator(seed: 7)
    let order = samples.times.indices.shuffled(using: &generator)
    let shuffled = SampleColumns(
      times: order.map { samples.times[$0] }, values: order.map { samples.values[$0] })
    let again = try Trend.fit(shuffled)
    #expect(again == plain)

    let kept = samples.times.indices.filter { $0 % 7 != 3 && !(200..<330).contains($0) }
    let gappy = SampleColumns(
      times: kept.map { samples.times[$0] }, values: kept.map { samples.values[$0] })
    #expect(abs(try Trend.fit(gappy).slopePerDay - perDay) < 1e-12)

    let percent = SampleColumns(times: samples.times, values: hourly.map { $0 * 100 })
    #expect(abs(try Trend.fit(percent).slopePerDay - 100 * perDay) < 1e-10)

    let daily = Synthetic.samples(
      (0..<30).map { 0.5 + perDay * Double($0) }, step: Synthetic.day)
    #expect(abs(try Trend.fit(daily).slopePerDay - perDay) < 1e-12)
  }
}
