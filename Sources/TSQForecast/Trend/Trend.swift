public import TSQCore

/// Fits straight lines to histories, from samples or from the summaries of their blocks.
///
/// Positions are instants, never indices: shuffled, irregular or gappy samples give the same slope
/// per day. The interval comes from batch means: samples are cut into a few long stretches, which
/// are nearly independent whatever the autocorrelation inside them.
///
/// Source: Conway, "Some Tactical Problems in Digital Simulation", Management Science 10, 1963
/// (batch means); Liang & Zeger, Biometrika 73, 1986 (variance from cluster scores).
public enum Trend {
  /// Nominal coverage of the slope's interval.
  public static let slopeLevel = 0.90
  /// Level of the robust slope's interval, outside which the line counts as pulled; high, since medians
  /// of short runs and their means differ by chance.
  static let robustLevel = 0.99
  /// Stretches the samples are cut into; fewer would widen, more would correlate.
  static let batchCount = 10
  /// With fewer samples the first autocorrelation serves instead: batches would be too short.
  static let fewestForBatches = 60

  /// Fits a line from block summaries, which need not be in order.
  ///
  /// With few blocks the interval rests on the first autocorrelation alone, which is too narrow
  /// where noise has a slow and a fast part: read the samples then.
  ///
  /// - Returns: `nil` where there are not two finite samples at different instants.
  /// - Complexity: O(blocks log blocks), and O(64²) for the robust slope.
  public static func fit(blocks: [SeriesSummary]) -> TrendEstimate? {
    let parts = blocks.map(\.moments).filter { $0.count > 0 }.sorted { $0.origin < $1.origin }
    guard let first = parts.first, let last = parts.last else { return nil }
    let end = last.origin &+ Int64(last.lastTime * 1e9)
    let cuts = TrendBatches(start: first.origin, end: end, count: batchCount)
    var batches = [Moments](repeating: Moments(), count: cuts.count)
    for part in parts {
      batches[cuts.index(middle(of: part))].merge(part)
    }
    let points = groups(parts)
    let robust = TheilSen.slope(points, level: robustLevel)
    return TrendFit(batches: batches, all: merged(parts), robust: robust).estimate(end: end)
  }

  /// Fits a line to samples in any order; of several with one time the last counts.
  ///
  /// - Returns: `nil` where there are not two finite samples at different instants.
  /// - Complexity: O(n), O(n log n) where the samples are not ascending.
  public static func fit(_ samples: SampleColumns) -> TrendEstimate? {
    let clean = CleanSamples(samples, through: .max)
    guard let first = clean.times.first, let last = clean.times.last, first < last else {
      return nil
    }
    let cuts = TrendBatches(start: first, end: last, count: batchCount)
    var batches: [Moments] = []
    var index = 0
    while index < clean.times.count {
      let batch = cuts.index(clean.times[index])
      let end = SampleColumns.partitionPoint(clean.times) { cuts.index($0) > batch }
      let range = index..<end
      batches.append(
        Moments(
          times: clean.times.span.extracting(range), values: clean.values.span.extracting(range),
          finiteCount: range.count))
      index = end
    }
    let points = TheilSen.medians(times: clean.times, values: clean.values)
    let robust = TheilSen.slope(points, level: robustLevel)
    return TrendFit(batches: batches, all: merged(batches), robust: robust).estimate(end: last)
  }

  /// Block means as points for the robust slope, neighbours merged where there are many.
  private static func groups(_ parts: [Moments]) -> [TheilSen.Point] {
    let size = (parts.count + TheilSen.pointLimit - 1) / TheilSen.pointLimit
    let start = parts.first?.origin ?? 0
    return stride(from: 0, to: parts.count, by: max(size, 1)).map { first in
      point(merged(parts[first..<min(first + size, parts.count)]), since: start)
    }
  }

  private static func merged(_ parts: some Sequence<Moments>) -> Moments {
    parts.reduce(into: Moments()) { $0.merge($1) }
  }
}

/// Where batches begin and end: whole days where there are enough, since a cut season would look
/// like noise.
struct TrendBatches {
  private let start: Int64
  private let length: Int64
  /// The number of batches.
  let count: Int

  init(start: Int64, end: Int64, count: Int) {
    let day: Int64 = 86_400_000_000_000
    self.start = start
    let span = Timestamp(nanoseconds: end).nanoseconds(since: Timestamp(nanoseconds: start))
    var length = span / Int64(count) + 1
    if length >= day { length = (length + day / 2) / day * day }
    self.length = length
    self.count = Int(span / length) + 1
  }

  /// The batch of an instant between start and end.
  func index(_ time: Int64) -> Int {
    let offset = Timestamp(nanoseconds: time).nanoseconds(since: Timestamp(nanoseconds: start))
    return min(max(Int(offset / length), 0), count - 1)
  }
}
