import TSQCore
import TSQTestSupport
import Testing

@Suite("Series summaries")
struct SeriesSummaryTests {
  @Test(
    "any doubles, in any parts, give what counting one by one gives", arguments: propertySeeds(30))
  func countsAndExtremes(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for round in 0..<20 {
      let samples = Self.wildSamples(Int.random(in: 0...60, using: &random), &random)
      let expected = SlowSummary(samples)
      let whole = SeriesSummary(times: samples.times.span, values: samples.values.span)
      expected.expectEqual(whole, "seed \(seed), round \(round), whole")
      let merged = Self.mergedParts(samples, &random)
      expected.expectEqual(merged, "seed \(seed), round \(round), merged")
    }
  }

  @Test("sums are exact to the last digit of a double", arguments: propertySeeds(20))
  func sums(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let spread = Int.random(in: 1...60, using: &random)
    var samples = SampleColumns()
    var exact = ExactNumber.zero
    for index in 0..<400 {
      let scale = Double(
        sign: .plus, exponent: Int.random(in: 0...spread, using: &random), significand: 1)
      let value = Double.random(in: -1...1, using: &random) * scale
      samples.append(time: Int64(index), value: value)
      exact = exact + ExactNumber(value)
    }
    let expected = exact.asDouble()
    for summary in [
      SeriesSummary(times: samples.times.span, values: samples.values.span),
      Self.mergedParts(samples, &random),
    ] {
      #expect(abs(summary.sum - expected) <= expected.ulp, "seed \(seed)")
      #expect(abs(summary.mean - expected / 400) <= 2 * (expected / 400).ulp, "seed \(seed)")
    }
  }

  @Test("sums of cancelling extremes keep the small rest")
  func cancellation() {
    let values = [1e16, 1, -1e16, 3, 1e16, 1, -1e16]
    let times = values.indices.map { Int64($0) }
    let summary = SeriesSummary(times: times.span, values: values.span)
    #expect(summary.sum == 5)
  }

  @Test("special values have the sums and extremes of floating point")
  func specialSums() {
    func summary(_ values: [Double]) -> SeriesSummary {
      let times = values.indices.map { Int64($0) }
      return SeriesSummary(times: times.span, values: values.span)
    }
    #expect(summary([]).sum == 0)
    #expect(summary([]).mean.isNaN)
    #expect(summary([]).minimumOrNaN.isNaN)
    #expect(summary([.nan]).sum.isNaN)
    #expect(summary([.nan]).maximumOrNaN.isNaN)
    #expect(summary([1, .infinity]).sum == .infinity)
    #expect(summary([1, .infinity, -.infinity]).sum.isNaN)
    #expect(summary([-.infinity, 4]).minimumOrNaN == -.infinity)
    #expect(summary([1, .nan, 3]).variance.isNaN)
    #expect(summary([1, 3]).variance == 1)
    let stale = Double(bitPattern: SpecialValue.staleBits)
    #expect(summary([stale, 2, stale]).mean == 2)
    #expect(summary([stale, 2, stale]).totalCount == 3)
    // Doubles whose sum is no double: an infinity, not a trap and not a NaN.
    #expect(summary([1e308, 1e308, 1e308]).sum == .infinity)
  }

  @Test("a counter's increase bridges resets, across merges too", arguments: propertySeeds(10))
  func counterIncrease(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var samples = SampleColumns()
    var (counter, increase) = (Double(Int.random(in: 0...50, using: &random)), 0.0)
    for index in 0..<200 {
      if index > 0 {
        let step = Double(Int.random(in: 0...9, using: &random))
        if Int.random(in: 0..<20, using: &random) == 0, counter > step {
          counter = step
          increase += step
        } else {
          counter += step
          increase += step
        }
      }
      samples.append(time: Int64(index), value: counter)
    }
    let whole = SeriesSummary(times: samples.times.span, values: samples.values.span)
    #expect(whole.counterIncrease == increase, "seed \(seed)")
    #expect(Self.mergedParts(samples, &random).counterIncrease == increase, "seed \(seed)")
  }

  // MARK: - Helpers

  /// Samples with all that a double can be, repeats and stale markers among them.
  static func wildSamples(_ count: Int, _ random: inout SeededGenerator) -> SampleColumns {
    var samples = SampleColumns()
    // Series of only one or two kinds are where the edges are.
    let kinds = (0..<Int.random(in: 1...6, using: &random)).map { _ in
      Int.random(in: 0..<9, using: &random)
    }
    var time = Int64.random(in: -1_000_000...1_000_000, using: &random)
    for _ in 0..<count {
      time += Int64.random(in: 1...1_000_000_000, using: &random)
      let choices = [
        Double(Int.random(in: -3...3, using: &random)), .nan, .infinity, -.infinity, -0.0,
        Double(bitPattern: SpecialValue.staleBits), Double(bitPattern: random.next()),
        Double.random(in: -1e3...1e3, using: &random), .leastNonzeroMagnitude,
      ]
      samples.append(time: time, value: choices[kinds.randomElement(using: &random) ?? 0])
    }
    return samples
  }

  /// The summary of random parts, merged left to right or in pairs.
  static func mergedParts(
    _ samples: SampleColumns, _ random: inout SeededGenerator
  ) -> SeriesSummary {
    var parts: [SeriesSummary] = []
    var start = 0
    while start < samples.count {
      let end = min(samples.count, start + Int.random(in: 1...20, using: &random))
      parts.append(
        SeriesSummary(
          times: samples.times.span.extracting(start..<end),
          values: samples.values.span.extracting(start..<end)))
      start = end
    }
    let inPairs = Bool.random(using: &random)
    while inPairs, parts.count > 1 {
      var next: [SeriesSummary] = []
      for index in stride(from: 0, to: parts.count, by: 2) {
        var part = parts[index]
        if index + 1 < parts.count { part.merge(parts[index + 1]) }
        next.append(part)
      }
      parts = next
    }
    return parts.reduce(into: SeriesSummary()) { $0.merge($1) }
  }
}

/// The obvious way, one sample at a time over a filtered array.
private struct SlowSummary {
  var live: [(time: Int64, value: Double)]
  var staleCount: Int

  init(_ samples: SampleColumns) {
    let all = zip(samples.times, samples.values).map { (time: $0, value: $1) }
    live = all.filter { !SpecialValue.isStale($0.value) }
    staleCount = all.count - live.count
  }

  func expectEqual(_ summary: SeriesSummary, _ what: String) {
    let values = live.map(\.value)
    #expect(summary.staleCount == staleCount, "\(what)")
    #expect(summary.liveCount == live.count, "\(what)")
    #expect(summary.finiteCount == values.filter(\.isFinite).count, "\(what)")
    #expect(summary.nanCount == values.filter(\.isNaN).count, "\(what)")
    #expect(summary.positiveInfinityCount == values.filter { $0 == .infinity }.count, "\(what)")
    #expect(summary.negativeInfinityCount == values.filter { $0 == -.infinity }.count, "\(what)")
    if let first = live.first, let last = live.last {
      #expect(summary.firstTime == first.time, "\(what)")
      #expect(summary.firstValue.bitPattern == first.value.bitPattern, "\(what)")
      #expect(summary.lastTime == last.time, "\(what)")
      #expect(summary.lastValue.bitPattern == last.value.bitPattern, "\(what)")
    }
    let numbers = live.filter { !$0.value.isNaN }
    if let least = numbers.map(\.value).min(), let most = numbers.map(\.value).max() {
      #expect(summary.minimum == least, "\(what)")
      #expect(summary.maximum == most, "\(what)")
      #expect(summary.minimumTime == numbers.first { $0.value == least }?.time, "\(what)")
      #expect(summary.maximumTime == numbers.first { $0.value == most }?.time, "\(what)")
    } else {
      #expect(summary.minimumOrNaN.isNaN && summary.maximumOrNaN.isNaN, "\(what)")
    }
    let pairs = zip(values, values.dropFirst())
    #expect(summary.resetCount == pairs.filter { $1 < $0 }.count, "\(what)")
    let changes = pairs.filter { $0 != $1 && !($0.isNaN && $1.isNaN) }.count
    #expect(summary.changeCount == changes, "\(what)")
  }
}
