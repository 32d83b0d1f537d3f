import Benchmark
import TSQCore
import TSQForecast

/// Sixty days of hourly values: growth, a daily and a weekly wave, noise; the same every time.
private func history(buckets: Int, stepSeconds: Int64) -> SampleColumns {
  var columns = SampleColumns()
  var state: UInt64 = 1
  for index in 0..<buckets {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let noise = Double(Int64(bitPattern: state) >> 11) / 4_503_599_627_370_496
    let hour = Double(Int64(index) * stepSeconds) / 3600
    let day = (hour / 24).truncatingRemainder(dividingBy: 1)
    let week = (hour / 168).truncatingRemainder(dividingBy: 1)
    let value = 40 + 0.005 * hour + 20 * abs(day - 0.5) + 6 * abs(week - 0.5) + noise
    columns.append(
      time: 1_760_000_000_000_000_000 + Int64(index) * stepSeconds * 1_000_000_000, value: value)
  }
  return columns
}

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput], maxDuration: .seconds(3))

  Benchmark("forecast: 7 days from 60 days of hours") { benchmark in
    let samples = history(buckets: 1_440, stepSeconds: 3600)
    let origin = Timestamp(nanoseconds: samples.times[samples.count - 1])
    let request = ForecastRequest(origin: origin, horizonNanoseconds: 168 * 3_600_000_000_000)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      blackHole(Forecaster.forecast(samples, request))
    }
  }

  Benchmark("trend: 100,000 samples") { benchmark in
    let samples = history(buckets: 100_000, stepSeconds: 10)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations { blackHole(try Trend.fit(samples)) }
  }

  Benchmark("trend: 3,080 block summaries, a year at 10 s") { benchmark in
    let samples = history(buckets: 1_024, stepSeconds: 10)
    let one = SeriesSummary(times: samples.times.span, values: samples.values.span)
    let blocks = (0..<3_080).map { index in
      var block = one
      block.moments.origin += Int64(index) * 10_240_000_000_000
      return block
    }
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations { blackHole(try Trend.fit(blocks: blocks)) }
  }
}
