import TSQCore
import TSQTestSupport
import Testing

@testable import TSQForecast

@Suite("History grid")
struct HistoryGridTests {
  static let second: Int64 = 1_000_000_000

  static func samples(_ pairs: [(Int64, Double)]) -> SampleColumns {
    SampleColumns(times: pairs.map { $0.0 * second }, values: pairs.map(\.1))
  }

  static func at(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: seconds * second) }

  /// Gaps as -1, since NaN equals nothing.
  static func shown(_ grid: HistoryGrid) -> [Double] { grid.values.map { $0.isNaN ? -1 : $0 } }

  @Test("buckets end at their labels, and the last label is the origin")
  func labels() {
    let grid = HistoryGrid.build(
      from: Self.samples([(1, 1), (60, 3), (61, 10), (120, 20), (121, 99)]),
      stepNanoseconds: 60 * Self.second, through: Self.at(120))
    #expect(grid.start == Self.at(60))
    #expect(grid.values == [2, 15])
    #expect(grid.end == Self.at(120))
  }

  @Test("a series that fell silent longer ago than the grid is long keeps its buckets")
  func silent() {
    let origin = Self.at(60 * Int64(HistoryGrid.bucketLimit) * 3)
    let grid = HistoryGrid.build(
      from: Self.samples([(60, 1), (120, 2), (200, 3)]), stepNanoseconds: 60 * Self.second,
      through: origin)
    #expect(grid.values.filter(\.isFinite) == [1, 2, 3])
    #expect(grid.end == Self.at(240))
    let forecast = Forecaster.forecast(
      grid,
      ForecastRequest(origin: origin, horizonNanoseconds: 600 * Self.second))
    #expect(!forecast.verdict.isTrusted && !forecast.points.isEmpty)
    #expect(forecast.points.first?.time == origin.adding(nanoseconds: 60 * Self.second))
  }

  @Test("samples at the step's pace keep their values and times")
  func pace() {
    let grid = HistoryGrid.build(
      from: Synthetic.samples([1, 2, 3, 4]), stepNanoseconds: Synthetic.hour,
      through: Timestamp(nanoseconds: Synthetic.start + 3 * Synthetic.hour))
    #expect(grid.values == [1, 2, 3, 4])
    #expect(grid.start.nanoseconds == Synthetic.start)
  }

  @Test("gaps stay gaps, NaN and infinities are gaps, peaks on request")
  func gapsAndPeaks() {
    let samples = Self.samples([(10, 1), (20, 5), (30, .nan), (90, .infinity), (130, 7)])
    let step = 60 * Self.second
    let mean = HistoryGrid.build(from: samples, stepNanoseconds: step, through: Self.at(180))
    #expect(Self.shown(mean) == [3, -1, 7])
    let peak = HistoryGrid.build(
      from: samples, stepNanoseconds: step, aggregation: .maximum, through: Self.at(180))
    #expect(peak.values[0] == 5)
  }

  @Test("order does not matter and of one time the last sample counts", arguments: propertySeeds(8))
  func order(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let samples = Synthetic.samples(Synthetic.white(200, seed: seed), step: 60 * Self.second)
    let through = Timestamp(nanoseconds: samples.times[199])
    let step = 600 * Self.second
    let plain = HistoryGrid.build(from: samples, stepNanoseconds: step, through: through)
    let order = samples.times.indices.shuffled(using: &generator)
    var shuffled = SampleColumns(
      times: order.map { samples.times[$0] }, values: order.map { 100 + samples.values[$0] })
    shuffled.append(contentsOf: samples, in: 0..<200)
    let again = HistoryGrid.build(from: shuffled, stepNanoseconds: step, through: through)
    #expect(again == plain, "seed \(seed)")
  }

  @Test("a counter becomes a rate; resets count from zero, long gaps are gaps")
  func counter() {
    let samples = Self.samples([
      (0, 0), (60, 120), (120, 240), (180, 60), (240, 180), (600, 900), (660, 960),
    ])
    let grid = HistoryGrid.build(
      from: samples, stepNanoseconds: 60 * Self.second, kind: .counter, through: Self.at(660))
    #expect(Self.shown(grid) == [2, 2, 1, 2, -1, -1, -1, -1, -1, -1, 1])
    #expect(grid.start == Self.at(60))
  }

  @Test("a counter's rate is spread over the buckets between two samples")
  func counterSpread() {
    let samples = Self.samples([(0, 0), (90, 90), (180, 270)])
    let step = 60 * Self.second
    let grid = HistoryGrid.build(
      from: samples, stepNanoseconds: step, kind: .counter, through: Self.at(180))
    #expect(grid.values == [1, 1.5, 2])
    let peak = HistoryGrid.build(
      from: samples, stepNanoseconds: step, aggregation: .maximum, kind: .counter,
      through: Self.at(180))
    #expect(peak.values == [1, 2, 2])
  }

  @Test("no sample up to the origin gives no bucket")
  func empty() {
    let grid = HistoryGrid.build(
      from: Self.samples([(100, 1)]), stepNanoseconds: Self.second, through: Self.at(99))
    #expect(grid.values.isEmpty)
    #expect(grid.end == nil)
  }

  @Test("instants at both ends of time cost a bounded number of buckets")
  func bounded() {
    let samples = SampleColumns(times: [.min, 0, .max], values: [1, 2, 3])
    let grid = HistoryGrid.build(
      from: samples, stepNanoseconds: Synthetic.hour, through: .distantFuture)
    #expect(grid.values == [3])
  }

  @Test(
    "the step follows the samples and the horizon",
    arguments: [
      // spacing s, samples, horizon s, step s
      (10, 8640, 3600, 60), (10, 60_000, 7 * 86_400, 3600), (3600, 700, 7 * 86_400, 3600),
      (900, 2688, 86_400, 1800), (86_400, 365, 90 * 86_400, 86_400), (420, 1000, 86_400, 600),
      (604_800, 300, 13 * 604_800, 604_800), (3600, 100, 600, 600),
    ] as [(Int64, Int, Int64, Int64)])
  func stepChoice(spacing: Int64, count: Int, horizon: Int64, step: Int64) {
    let times = (0..<count).map { Int64($0) * spacing * Self.second }
    let chosen = StepChoice.step(
      times: times, through: times[count - 1], horizonNanoseconds: horizon * Self.second)
    #expect(chosen == step * Self.second, "chose \(chosen / Self.second) s")
  }

  @Test("gaps are bridged when short, repeated from the season when long")
  func filling() {
    let nan = Double.nan
    #expect(GapFilling.filled([nan, 1, nan, nan, 4, nan], season: 2) == [1, 1, 2, 3, 4, 4])
    let long = GapFilling.filled([1, 2, 3, 4, nan, nan, nan, nan, 5], season: 4)
    #expect(long == [1, 2, 3, 4, 1, 2, 3, 4, 5])
    let nothing = GapFilling.filled([nan, nan], season: 1).allSatisfy(\.isNaN)
    #expect(nothing)
  }

  @Test("normalising costs no digit that matters, even near the largest double")
  func normaliser() {
    let huge = Double.greatestFiniteMagnitude
    for values in [[1.0, 2, 3], [-huge, 0, huge], [1e-300, 2e-300], [5.0, 5]] {
      let normaliser = Normaliser(values)
      for value in values {
        let normal = normaliser.normalised(value)
        #expect(abs(normal) <= 4)
        #expect(abs(normaliser.restored(normal) / 2 - value / 2) <= 1e-15 * abs(value))
      }
    }
  }
}
