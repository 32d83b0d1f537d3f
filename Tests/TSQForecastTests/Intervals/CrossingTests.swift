import TSQCore
import TSQTestSupport
import Testing

@testable import TSQForecast

/// The probability of passing a threshold, from whole and from censored paths.
@Suite("Crossing probabilities")
struct CrossingTests {
  @Test("censored paths count as in Kaplan and Meier's own example")
  func kaplanMeier() {
    // JASA 53, 1958, section 2: of eight items four are seen to die and four are lost from sight.
    let deaths = [8, 31, 54, 92]
    let losses = [10, 27, 70, 121]
    var paths = ErrorPaths(threshold: Threshold(limit: 1), steps: 130)
    for time in deaths { paths.follow(weight: 1, length: 130) { $0 == time ? 2 : 0 } }
    for time in losses { paths.follow(weight: 1, length: time) { _ in 0 } }
    let probabilities = paths.probabilities()
    for (time, survival) in zip(deaths, [0.875, 0.7, 0.525, 0.2625]) {
      #expect(abs(1 - probabilities[time] - survival) < 1e-12)
      #expect(abs(1 - probabilities[time - 1] - survival) > 0.1)
    }
    #expect(probabilities[0] == 0 && abs(1 - probabilities[129] - 0.2625) < 1e-12)
  }

  @Test("weights count as many paths as they say")
  func weights() {
    var paths = ErrorPaths(threshold: Threshold(limit: 0, direction: .below), steps: 3)
    paths.follow(weight: 3, length: 3) { _ in 1 }
    paths.follow(weight: 1, length: 3) { 0.5 - Double($0) }
    #expect(paths.probabilities() == [0, 0.25, 0.25])
  }

  /// A day of hours with a bump at noon whose height is drawn each day.
  private static func bumps(days: Int, seed: UInt64) -> [Double] {
    let heights = Synthetic.white(days, seed: seed)
    var values = [Double](repeating: 0, count: days * 24)
    for index in values.indices { values[index] = Double(index % 3) / 10 }
    for day in 0..<days { values[day * 24 + 12] = 5 + heights[day] }
    return values
  }

  @Test("probabilities mean what they say: bumps of known height", arguments: [4.0, 5.0, 6.0])
  func calibrated(limit: Double) {
    // A normal height passes its mean less one, its mean, and its mean plus one that often.
    let truth = limit == 4 ? 0.841 : limit == 5 ? 0.5 : 0.159
    var (sum, runs) = (0.0, 0.0)
    for seed in 1...40 {
      let values = Self.bumps(days: 60, seed: UInt64(seed))
      let request = ForecastRequest(
        origin: Timestamp(nanoseconds: Synthetic.start + Int64(values.count - 1) * Synthetic.hour),
        horizonNanoseconds: Synthetic.day, stepNanoseconds: Synthetic.hour,
        thresholds: [Threshold(limit: limit)])
      let forecast = Forecaster.forecast(Synthetic.samples(values), request)
      sum += forecast.crossings[0].probability
      runs += 1
      // Nothing but noon can pass it.
      #expect(forecast.crossings[0].probabilityByStep[11] == 0, "seed \(seed)")
    }
    #expect(abs(sum / runs - truth) < 0.06, "\(limit): \(sum / runs)")
  }

  @Test("a level the history never reached is not judged by how often it was reached")
  func growth() {
    // Ten a day, in a straight line: after three and a half days it has grown by thirty-five.
    let hours = (0..<1000).map(Double.init)
    let values = hours.map { hour -> Double in
      let ripple: Double = 0.3 * hour.truncatingRemainder(dividingBy: 3)
      return ripple + hour * 10 / 24
    }
    let last = values[values.count - 1]
    let request = ForecastRequest(
      origin: Timestamp(nanoseconds: Synthetic.start + 999 * Synthetic.hour),
      horizonNanoseconds: 7 * Synthetic.day, stepNanoseconds: Synthetic.hour,
      thresholds: [Threshold(limit: last + 35), Threshold(limit: last + 100)])
    let forecast = Forecaster.forecast(Synthetic.samples(values), request)
    #expect(forecast.crossings[0].probability > 0.99)
    #expect(forecast.crossings[1].probability < 0.01)
    let middle = forecast.crossings[0].probabilityByStep.firstIndex { $0 >= 0.5 } ?? -1
    #expect(abs(middle - 84) <= 3, "\(middle)")
  }

  @Test("what is beyond a level now is not judged by windows that began before it")
  func alreadyBeyond() {
    // Ten a day, passed the level three days ago; most of the past windows began below it.
    let values = (0..<1000).map { (hour: Int) -> Double in
      let ripple = Double(hour % 5) / 10
      return ripple + Double(hour) * 10 / 24
    }
    let request = ForecastRequest(
      origin: Timestamp(nanoseconds: Synthetic.start + 999 * Synthetic.hour),
      horizonNanoseconds: Synthetic.day, stepNanoseconds: Synthetic.hour,
      thresholds: [Threshold(limit: values[999] - 30)])
    let crossing = Forecaster.forecast(Synthetic.samples(values), request).crossings[0]
    let first = crossing.probabilityByStep[0]
    #expect(crossing.alreadyCrossed)
    #expect(first > 0.99, "\(first)")
  }

  /// Hours that lean on a ceiling of 100, and the chance of passing a limit within a day.
  private static func leaning(_ limit: Double, _ bounds: ValueBounds) -> CrossingForecast? {
    let values = Synthetic.white(600, seed: 5).map { min(98 + 2 * $0, 100) }
    let request = ForecastRequest(
      origin: Timestamp(nanoseconds: Synthetic.start + 599 * Synthetic.hour),
      horizonNanoseconds: Synthetic.day, stepNanoseconds: Synthetic.hour, bounds: bounds,
      thresholds: [Threshold(limit: limit)])
    return Forecaster.forecast(Synthetic.samples(values), request).crossings.first
  }

  @Test("a limit at the end of what a quantity can be counts where it is reached, none beyond does")
  func atBounds() throws {
    let full = try #require(Self.leaning(100, .percent))
    let nearly = try #require(Self.leaning(99.9, .percent))
    // Of 24 values each is at the ceiling with probability 0.16. Paths of errors end a little under it or
    // over it, and only the latter count.
    #expect(full.countsReaching && !nearly.countsReaching)
    #expect(full.probability > 0.6, "\(full.probability)")
    #expect(full.probability <= nearly.probability)
    let beyond = try #require(Self.leaning(100.5, .percent))
    #expect(beyond.probability == 0 && !beyond.countsReaching)
    #expect(beyond.probabilityByStep.count == 24)
    #expect(try #require(Self.leaning(100.5, .none)).probability > 0)
  }

  @Test("values beyond a bound say that the bound is wrong")
  func wrongBounds() throws {
    let values = Synthetic.white(600, seed: 5).map { 98 + 2 * $0 }
    let request = ForecastRequest(
      origin: Timestamp(nanoseconds: Synthetic.start + 599 * Synthetic.hour),
      horizonNanoseconds: Synthetic.day, stepNanoseconds: Synthetic.hour, bounds: .percent,
      thresholds: [Threshold(limit: 100.5)])
    let crossing = Forecaster.forecast(Synthetic.samples(values), request).crossings.first
    #expect(try #require(crossing).probability > 0.5)
  }

  @Test("one value on its bound is there already, and two cannot walk beyond it")
  func fewAtBounds() throws {
    for values in [[100.0], [99, 100]] {
      let request = ForecastRequest(
        origin: Timestamp(nanoseconds: Synthetic.start + Int64(values.count - 1) * Synthetic.hour),
        horizonNanoseconds: Synthetic.day, stepNanoseconds: Synthetic.hour, bounds: .percent,
        thresholds: [Threshold(limit: 100), Threshold(limit: 101)])
      let crossings = Forecaster.forecast(Synthetic.samples(values), request).crossings
      #expect(crossings.map(\.alreadyCrossed) == [true, false])
      #expect(crossings[0].probability == 1 && crossings[1].probability == 0)
    }
  }

  @Test("a level that noise rarely passes is said to be passed about as often as it is")
  func rareNoise() {
    // One value in a hundred of a history of a year; thirty days ahead.
    var (said, happened, runs) = (0.0, 0.0, 0.0)
    for seed in 1...60 {
      let values = Synthetic.white(395, seed: UInt64(seed))
      let history = Array(values[..<365])
      let limit = history.sorted()[361]
      let request = ForecastRequest(
        origin: Timestamp(nanoseconds: Synthetic.start + 364 * Synthetic.day),
        horizonNanoseconds: 30 * Synthetic.day, stepNanoseconds: Synthetic.day,
        thresholds: [Threshold(limit: limit)])
      let samples = Synthetic.samples(history, step: Synthetic.day)
      said += Forecaster.forecast(samples, request).crossings[0].probability
      happened += values[365...].contains { $0 > limit } ? 1 : 0
      runs += 1
    }
    #expect(said / runs < happened / runs + 0.2, "said \(said / runs), \(happened / runs)")
    #expect(said / runs > happened / runs - 0.2, "said \(said / runs), \(happened / runs)")
  }
}
