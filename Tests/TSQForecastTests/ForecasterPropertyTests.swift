import TSQCore
import TSQForecast
import TSQTestSupport
import Testing

/// What must hold for any series: forecasts move with the data and never break.
@Suite("Forecaster properties")
struct ForecasterPropertyTests {
  static func request(_ count: Int, steps: Int64 = 24, step: Int64 = Synthetic.hour)
    -> ForecastRequest
  {
    ForecastRequest(
      origin: Timestamp(nanoseconds: Synthetic.start + Int64(count - 1) * step),
      horizonNanoseconds: steps * step, stepNanoseconds: step,
      thresholds: [Threshold(limit: 12)])
  }

  /// Two weeks and a half of a daily wave with autoregressive noise.
  static func wave(seed: UInt64, count: Int = 420) -> [Double] {
    let noise = Synthetic.autoregressive(count, rho: 0.6, seed: seed)
    return (0..<count).map { Synthetic.wave($0) + 0.3 * noise[$0] }
  }

  static func forecast(_ values: [Double], steps: Int64 = 24) -> Forecast {
    Forecaster.forecast(Synthetic.samples(values), request(values.count, steps: steps))
  }

  /// Compares every number of two forecasts after mapping the first one's.
  static func expectSame(
    _ left: Forecast, _ right: Forecast, tolerance: Double, flipped: Bool = false,
    _ map: (Double) -> Double
  ) {
    #expect(left.points.count == right.points.count)
    for (a, b) in zip(left.points, right.points) {
      #expect(abs(map(a.mean) - b.mean) <= tolerance)
      for (x, y) in zip(a.intervals, b.intervals) {
        #expect(abs(map(flipped ? x.high : x.low) - y.low) <= tolerance)
        #expect(abs(map(flipped ? x.low : x.high) - y.high) <= tolerance)
      }
    }
  }

  @Test("scaled and shifted values give scaled and shifted forecasts", arguments: propertySeeds(3))
  func scaleAndShift(seed: UInt64) {
    let values = Self.wave(seed: seed)
    let plain = Self.forecast(values)
    let scaled = Self.forecast(values.map { $0 * 8 })
    Self.expectSame(plain, scaled, tolerance: 0) { $0 * 8 }
    let odd = Self.forecast(values.map { $0 * 3.7 })
    Self.expectSame(plain, odd, tolerance: 1e-6) { $0 * 3.7 }
    let shifted = Self.forecast(values.map { $0 + 1000 })
    Self.expectSame(plain, shifted, tolerance: 1e-6) { $0 + 1000 }
  }

  @Test("a series upside down is forecast upside down", arguments: propertySeeds(3))
  func reversedSign(seed: UInt64) {
    let values = Self.wave(seed: seed)
    let turned = Self.forecast(values.map { -$0 })
    Self.expectSame(Self.forecast(values), turned, tolerance: 1e-9, flipped: true) { -$0 }
  }

  @Test("whole weeks later the forecast is the same, and duplicates change nothing")
  func timeAndDuplicates() {
    let values = Self.wave(seed: 5)
    let samples = Synthetic.samples(values)
    let plain = Forecaster.forecast(samples, Self.request(values.count))
    let weeks: Int64 = 3 * 7 * Synthetic.day
    let later = SampleColumns(times: samples.times.map { $0 + weeks }, values: values)
    var request = Self.request(values.count)
    request.origin = request.origin.adding(nanoseconds: weeks)
    let moved = Forecaster.forecast(later, request)
    Self.expectSame(plain, moved, tolerance: 0) { $0 }
    #expect(moved.points[0].time.nanoseconds - plain.points[0].time.nanoseconds == weeks)
    var doubled = samples
    doubled.append(contentsOf: samples, in: 0..<samples.count)
    let again = Forecaster.forecast(doubled, Self.request(values.count))
    Self.expectSame(plain, again, tolerance: 0) { $0 }
  }

  @Test("the same question gives the same bits, and the future is not looked at")
  func deterministic() {
    let values = Self.wave(seed: 6)
    let once = Self.forecast(values)
    Self.expectSame(once, Self.forecast(values), tolerance: 0) { $0 }
    let more = Synthetic.samples(values + [1e9, -1e9, 7])
    let again = Forecaster.forecast(more, Self.request(values.count))
    Self.expectSame(once, again, tolerance: 0) { $0 }
    #expect(once.model == again.model)
  }

  static let exponential: [Double] = {
    var values = [1.0]
    while values.count < 300 { values.append(values[values.count - 1] * 1.9) }
    return values
  }()

  static let adversarial: [(String, [Double])] = [
    ("constant", [Double](repeating: 5, count: 300)),
    ("zero", [Double](repeating: 0, count: 300)),
    ("all NaN", [Double](repeating: .nan, count: 300)),
    ("one point", [3]),
    ("two points", [3, 4]),
    ("three points", [3, 4, 1]),
    ("huge", (0..<300).map { 1e300 * Double($0 % 24) }),
    ("largest", (0..<300).map { ($0 % 2 == 0 ? 1 : -1) * Double.greatestFiniteMagnitude }),
    ("tiny", (0..<300).map { Double.leastNonzeroMagnitude * Double($0 % 7) }),
    ("alternating", (0..<300).map { $0 % 2 == 0 ? 1 : -1 }),
    ("rare spikes", (0..<300).map { $0 % 97 == 96 ? 1000 : Double($0 % 2) }),
    ("exponential", exponential),
    ("jump at the end", (0..<300).map { $0 < 299 ? 1 : 1e9 }),
    ("infinities", (0..<300).map { $0 % 10 == 3 ? .infinity : $0 % 10 == 4 ? -.infinity : 2 }),
    ("late start", (0..<300).map { $0 < 280 ? .nan : Double($0) }),
    ("mostly gaps", (0..<300).map { $0 % 9 == 0 ? Double($0) : .nan }),
  ]

  @Test("adversarial series give finite numbers and intervals around their means")
  func adversarialSeries() {
    for (name, values) in Self.adversarial {
      for steps: Int64 in [1, 30, 400] {
        for kind in SampleKind.allCases {
          var request = Self.request(values.count, steps: steps)
          request.kind = kind
          request.thresholds = [Threshold(limit: 3), Threshold(limit: -1, direction: .below)]
          Self.check(Forecaster.forecast(Synthetic.samples(values), request), name)
        }
      }
    }
  }

  @Test("random series of any shape too", arguments: propertySeeds(30))
  func randomSeries(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...260, using: &generator)
    let values = (0..<count).map { _ -> Double in
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: .nan
      case 1: Double(bitPattern: UInt64.random(in: .min ... .max, using: &generator))
      default: Double(Int.random(in: 0...20, using: &generator))
      }
    }
    let step =
      [60_000_000_000, Synthetic.hour, Synthetic.day, 7 * Synthetic.day]
      .randomElement(using: &generator) ?? Synthetic.hour
    let steps = Int64.random(in: 1...200, using: &generator)
    let samples = Synthetic.samples(values, step: step)
    let request = Self.request(count, steps: steps, step: step)
    Self.check(Forecaster.forecast(samples, request), "seed \(seed)")
  }

  static func check(_ forecast: Forecast, _ name: String) {
    for point in forecast.points {
      #expect(point.mean.isFinite, "\(name)")
      for interval in point.intervals {
        #expect(interval.low.isFinite && interval.high.isFinite, "\(name)")
        #expect(interval.low <= point.mean && point.mean <= interval.high, "\(name)")
      }
    }
    for crossing in forecast.crossings {
      #expect((0...1).contains(crossing.probability), "\(name)")
      #expect(crossing.probabilityByStep.count == forecast.points.count, "\(name)")
      for (a, b) in zip(crossing.probabilityByStep, crossing.probabilityByStep.dropFirst()) {
        #expect(a <= b, "\(name)")
      }
    }
    #expect(!forecast.model.isEmpty, "\(name)")
  }
}
