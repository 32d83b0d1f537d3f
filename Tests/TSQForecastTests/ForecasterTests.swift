import TSQCore
import TSQForecast
import TSQTestSupport
import Testing

@Suite("Forecaster")
struct ForecasterTests {
  typealias Properties = ForecasterPropertyTests

  @Test("a daily wave is forecast with skill, and its intervals hold")
  func dailyWave() throws {
    let values = Properties.wave(seed: 21)
    let forecast = Properties.forecast(values)
    #expect(forecast.verdict.isTrusted)
    #expect(forecast.seasons == [Synthetic.day, 7 * Synthetic.day])
    let skill = try #require(forecast.skill)
    #expect(skill > 0.1 && skill < 1)
    for (step, point) in forecast.points.enumerated() {
      let truth = Synthetic.wave(420 + step)
      #expect(abs(point.mean - truth) < 1)
      #expect(point.time.nanoseconds == Synthetic.start + Int64(420 + step) * Synthetic.hour)
      #expect(point.intervals.map(\.level) == [0.80, 0.95])
      #expect(point.intervals[1].low <= point.intervals[0].low)
      #expect(point.intervals[1].high >= point.intervals[0].high)
    }
    for measured in forecast.intervalCoverage {
      #expect(abs(measured.coverage - measured.level) < 0.1)
    }
    #expect(forecast.evidence.models.count > 30)
    let weights = forecast.evidence.models.reduce(0) { $0 + $1.weight }
    #expect(abs(weights - 1) < 1e-9)
  }

  @Test("bounds hold every mean and every interval")
  func bounds() {
    let values = Properties.wave(seed: 22).map { max($0 - 10, 0) }
    var request = Properties.request(values.count, steps: 48)
    request.bounds = ValueBounds(lower: 0, upper: 3)
    let forecast = Forecaster.forecast(Synthetic.samples(values), request)
    for point in forecast.points {
      #expect(point.mean >= 0 && point.mean <= 3)
      for interval in point.intervals { #expect(interval.low >= 0 && interval.high <= 3) }
    }
    #expect(forecast.evidence.boundsApplied)
  }

  @Test("what has only ever grown never shrinks, and follows its rhythm")
  func growth() {
    var total = 0.0
    let rates: [Double] = [1, 1, 5, 9, 5, 2]
    let values = (0..<600).map { (index: Int) -> Double in
      total += rates[index % 24 / 4]
      return total
    }
    let forecast = Properties.forecast(values, steps: 72)
    #expect(forecast.evidence.isMonotone)
    var truth = total
    var previous = values[599]
    for (step, point) in forecast.points.enumerated() {
      truth += rates[(600 + step) % 24 / 4]
      #expect(abs(point.mean - truth) < 10, "step \(step)")
      #expect(point.mean >= previous)
      previous = point.mean
    }
  }

  @Test("thresholds: certain, impossible and in between, with times in order")
  func crossings() throws {
    let values = (0..<480).map { 20 + 0.1 * Double($0) }
    let noise = Synthetic.white(480, seed: 30)
    let samples = Synthetic.samples(zip(values, noise).map { $0 + $1 })
    var request = Properties.request(480, steps: 96)
    request.thresholds = [
      Threshold(limit: 30), Threshold(limit: 1e6), Threshold(limit: 73),
      Threshold(limit: 60, direction: .below), Threshold(limit: 0, direction: .below),
    ]
    let forecast = Forecaster.forecast(samples, request)
    let answers = forecast.crossings
    #expect(answers[0].alreadyCrossed && answers[0].probability == 1)
    #expect(answers[0].p90 == forecast.points[0].time)
    #expect(answers[1].probability == 0 && answers[1].p10 == nil)
    // The line passes 73 after 51 hours.
    let p50 = try #require(answers[2].p50)
    let hours = Double(p50.nanoseconds - request.origin.nanoseconds) / Double(Synthetic.hour)
    #expect(hours > 20 && hours < 55, "\(hours)")
    let p10 = try #require(answers[2].p10)
    let p90 = try #require(answers[2].p90)
    #expect(p10 <= p50 && p50 <= p90)
    #expect(!answers[2].alreadyCrossed)
    #expect(answers[3].alreadyCrossed == false && answers[4].probability == 0)
  }

  @Test("a step is chosen where none is asked, and any level is answered")
  func freeStep() {
    let values = Properties.wave(seed: 23)
    var request = Properties.request(values.count)
    request.stepNanoseconds = nil
    request.levels = [0.5, 0.9, 0.99]
    let forecast = Forecaster.forecast(Synthetic.samples(values), request)
    #expect(forecast.stepNanoseconds == Synthetic.hour)
    for point in forecast.points {
      let widths = point.intervals.map { $0.high - $0.low }
      #expect(widths[0] <= widths[1] && widths[1] <= widths[2])
    }
    request.horizonNanoseconds = 0
    #expect(Forecaster.forecast(Synthetic.samples(values), request).points.isEmpty)
  }

  @Test("a daily rhythm stays on the wall clock across a daylight-saving change")
  func daylightSaving() {
    // The office opens at 8 o'clock local time; the clock goes forward five days before the origin.
    let change = Synthetic.start + 20 * Synthetic.day
    func truth(_ time: Int64) -> Double {
      let local = time + (time >= change ? Synthetic.hour : 0)
      let hour = Int((local - Synthetic.start) / Synthetic.hour % 24)
      return (8..<17).contains(hour) ? 50 : 10
    }
    let count = 20 * 24 + 30
    let times = (0..<count).map { Synthetic.start + Int64($0) * Synthetic.hour }
    let samples = SampleColumns(times: times, values: times.map(truth))
    var request = Properties.request(count, steps: 48)
    request.zone = ZoneOffsets(
      initialOffsetSeconds: 0,
      changes: [ZoneOffsets.Change(instant: Timestamp(nanoseconds: change), offsetSeconds: 3600)])
    let forecast = Forecaster.forecast(samples, request)
    #expect(forecast.points.count == 48)
    for (step, point) in forecast.points.enumerated() {
      #expect(point.time.nanoseconds == times[count - 1] + Int64(step + 1) * Synthetic.hour)
      #expect(abs(point.mean - truth(point.time.nanoseconds)) < 1, "step \(step)")
    }
  }
}
