import TSQCore
import TSQTestSupport
import Testing

@Suite("Moments against exact arithmetic")
struct MomentsTests {
  /// Data that defeats sums of squares about zero: far from the epoch, small against their level.
  static let shapes: [(name: String, level: Double, spread: Double, stepNanoseconds: Int64)] = [
    ("percent", 50, 20, 10_000_000_000), ("level", 1e9, 1, 15_000_000_000),
    ("tiny", 1e-12, 1e-13, 1_000_000), ("bytes", 3e10, 4e6, 60_000_000_000),
    ("zero", 0, 1e-300, 1), ("hourly", -273.15, 30, 3_600_000_000_000),
  ]

  @Test(
    "one run and merged parts agree with exact sums", arguments: 0..<shapes.count, propertySeeds(6))
  func moments(_ shape: Int, _ seed: UInt64) {
    let (name, level, spread, step) = MomentsTests.shapes[shape]
    var random = SeededGenerator(seed: seed)
    var samples = SampleColumns()
    var time: Int64 = 1_767_225_600_000_000_000
    for _ in 0..<Int.random(in: 1...150, using: &random) {
      time += step + Int64.random(in: 0...step / 3, using: &random)
      let noise = Double.random(in: -spread...spread, using: &random)
      samples.append(time: time, value: random.next() % 40 == 0 ? .nan : level + noise)
    }
    let exact = ExactMoments(samples)
    let whole = SeriesSummary(times: samples.times.span, values: samples.values.span)
    exact.expectClose(whole.moments, "\(name), seed \(seed), whole")
    let merged = SeriesSummaryTests.mergedParts(samples, &random)
    exact.expectClose(merged.moments, "\(name), seed \(seed), merged")
  }

  @Test("a straight line has its slope to the last digits, a year from its first sample")
  func slope() {
    var samples = SampleColumns()
    let start: Int64 = 1_767_225_600_000_000_000
    for index in 0..<5_000 {
      samples.append(
        time: start + Int64(index) * 6_307_200_000_000, value: 1e6 + 0.25 * Double(index))
    }
    var random = SeededGenerator(seed: 1)
    let moments = SeriesSummaryTests.mergedParts(samples, &random).moments
    let slopePerSecond = moments.sumProducts / moments.sumSquaresTime
    #expect(abs(slopePerSecond / (0.25 / 6_307.2) - 1) < 1e-12)
    let correlation = moments.sumProducts * moments.sumProducts
    #expect(abs(correlation / (moments.sumSquaresTime * moments.sumSquaresValue) - 1) < 1e-12)
  }

  @Test("instants further apart than an Int64 of nanoseconds can say")
  func farApart() {
    let times: [Int64] = [.min, 0, .max]
    let values = [1.0, 2, 3]
    let whole = SeriesSummary(times: times.span, values: values.span).moments
    var merged = SeriesSummary(
      times: times.span.extracting(0..<1), values: values.span.extracting(0..<1))
    merged.merge(
      SeriesSummary(times: times.span.extracting(1..<3), values: values.span.extracting(1..<3)))
    for moments in [whole, merged.moments] {
      let slope = moments.sumProducts / moments.sumSquaresTime
      #expect(abs(slope * 0x1p63 / 1e9 - 1) < 1e-12)
      #expect(abs(moments.meanTime / (0x1p63 / 1e9) - 1) < 1e-12)
    }
  }

  @Test("huge doubles neither trap nor make a finite-looking line")
  func huge() {
    let values = [1e308, -1e308, 1.7e308, .leastNonzeroMagnitude]
    let times = values.indices.map { Int64($0) * 1_000_000_000 }
    let moments = SeriesSummary(times: times.span, values: values.span).moments
    #expect(moments.count == 4)
    #expect(!moments.sumSquaresValue.isFinite)
  }
}

/// The moments of samples by exact arithmetic, rounded once at the end.
private struct ExactMoments {
  var count: Int
  var origin: Int64 = 0
  var meanTime = 0.0
  var meanValue = 0.0
  var sumSquaresTime = 0.0
  var sumProducts = 0.0
  var sumSquaresValue = 0.0
  var lagValueValue = 0.0
  var lagTimeValue = 0.0
  var lagTimeTime = 0.0
  /// The largest magnitude of a value and of a time, which rounding errors are in proportion to.
  var valueScale = 0.0
  var timeScale = 0.0

  init(_ samples: SampleColumns) {
    let pairs = zip(samples.times, samples.values).filter { $0.1.isFinite }
    count = pairs.count
    guard let first = pairs.first else { return }
    origin = first.0
    // Deviations from the means, times the count: whole again, so nothing is rounded.
    let times = pairs.map { ExactNumber($0.0 - first.0) }
    let values = pairs.map { ExactNumber($0.1) }
    let number = ExactNumber(Int64(count))
    let timeSum = times.reduce(ExactNumber.zero, +)
    let valueSum = values.reduce(ExactNumber.zero, +)
    let timeDeviations = times.map { $0 * number - timeSum }
    let valueDeviations = values.map { $0 * number - valueSum }
    let square = UInt32(count * count)
    func total(_ a: ArraySlice<ExactNumber>, _ b: ArraySlice<ExactNumber>) -> Double {
      zip(a, b).reduce(ExactNumber.zero) { $0 + $1.0 * $1.1 }.asDouble(dividedBy: square)
    }
    meanTime = timeSum.asDouble(dividedBy: UInt32(count)) / 1e9
    meanValue = valueSum.asDouble(dividedBy: UInt32(count))
    sumSquaresTime = total(timeDeviations[...], timeDeviations[...]) / 1e18
    sumProducts = total(timeDeviations[...], valueDeviations[...]) / 1e9
    sumSquaresValue = total(valueDeviations[...], valueDeviations[...])
    lagValueValue = total(valueDeviations.dropLast(), valueDeviations.dropFirst())
    lagTimeTime = total(timeDeviations.dropLast(), timeDeviations.dropFirst()) / 1e18
    lagTimeValue =
      (total(timeDeviations.dropLast(), valueDeviations.dropFirst())
        + total(valueDeviations.dropLast(), timeDeviations.dropFirst())) / 1e9
    valueScale = pairs.map { abs($0.1) }.max() ?? 0
    timeScale = pairs.map { Double($0.0 - first.0) / 1e9 }.max() ?? 0
  }

  func expectClose(_ moments: Moments, _ what: String) {
    #expect(moments.count == count, "\(what)")
    if count == 0 { return }
    #expect(moments.origin == origin, "\(what)")
    let number = Double(count)
    // What one rounding of each mean and each deviation can shift a deviation by.
    let timeError = 8 * timeScale.ulp
    let valueError = 8 * valueScale.ulp
    #expect(abs(moments.meanTime - meanTime) <= timeError, "\(what)")
    #expect(abs(moments.meanValue - meanValue) <= valueError, "\(what)")
    func bound(_ a: Double, _ b: Double, _ aError: Double, _ bError: Double) -> Double {
      let (aNorm, bNorm) = ((a / number).squareRoot(), (b / number).squareRoot())
      let relative = 1e-14 * number * aNorm * bNorm
      return 4 * relative
        + number * (aError * bNorm + bError * aNorm + aError * bError) + .leastNormalMagnitude
    }
    let time = bound(sumSquaresTime, sumSquaresTime, timeError, timeError)
    let value = bound(sumSquaresValue, sumSquaresValue, valueError, valueError)
    let both = bound(sumSquaresTime, sumSquaresValue, timeError, valueError)
    #expect(abs(moments.sumSquaresTime - sumSquaresTime) <= time, "\(what)")
    #expect(abs(moments.sumSquaresValue - sumSquaresValue) <= value, "\(what)")
    #expect(abs(moments.sumProducts - sumProducts) <= both, "\(what)")
    #expect(abs(moments.lagTimeTime - lagTimeTime) <= 2 * time, "\(what)")
    #expect(abs(moments.lagValueValue - lagValueValue) <= 2 * value, "\(what)")
    #expect(abs(moments.lagTimeValue - lagTimeValue) <= 4 * both, "\(what)")
  }
}
