public import TSQCore

/// Fits straight lines to histories, from samples or from the summaries of their blocks.
///
/// Positions are instants, never indices: shuffled, irregular or gappy samples give the same slope
/// per day. The interval knows about memory and cycles in the residuals: see `SlopeUncertainty`.
public enum Trend {
  /// Nominal coverage of the slope's interval.
  public static let slopeLevel = 0.90
  /// Level of the robust slope's interval, outside which the line counts as pulled; high, since medians
  /// of short runs and their means differ by chance.
  static let robustLevel = 0.99
  /// Cells the samples are joined to at most: enough to see days in 200 of them, and cheap.
  static let cellLimit = 512
  /// With fewer samples the first autocorrelation serves alone: there are too few cells.
  static let fewestForCells = 60

  /// Fits a line from block summaries, which need not be in order.
  ///
  /// Few blocks show little of how noise moves, and the interval is wider for it: read the samples
  /// where there are fewer than `SlopeUncertainty.fewestCells`.
  ///
  /// - Returns: the line with its interval.
  /// - Throws: `TrendGap` where no line is determined.
  /// - Complexity: O(blocks log blocks), and O(64²) for the robust slope.
  public static func fit(blocks: [SeriesSummary]) throws(TrendGap) -> TrendEstimate {
    let parts = blocks.map(\.moments).filter { $0.count > 0 }.sorted { $0.origin < $1.origin }
    guard let first = parts.first, let last = parts.last else {
      throw .fewerThanTwoTimes
    }
    let points = groups(parts, atMost: TheilSen.pointLimit).map { point($0, since: first.origin) }
    return try TrendFit(
      cells: groups(parts, atMost: cellLimit), all: merged(parts),
      robust: TheilSen.slope(points, level: robustLevel)
    ).estimate(end: last.end)
  }

  /// Fits a line to samples in any order; of several with one time the last counts.
  ///
  /// - Returns: the line with its interval.
  /// - Throws: `TrendGap` where no line is determined.
  /// - Complexity: O(n), O(n log n) where the samples are not ascending.
  public static func fit(_ samples: SampleColumns) throws(TrendGap) -> TrendEstimate {
    try fit(samples, and: [])
  }

  /// The same, where of some stretches only the summaries are left.
  ///
  /// - Parameters:
  ///   - samples: what could be read.
  ///   - blocks: summaries of stretches that hold none of the samples; each becomes one cell.
  /// - Returns: the line with its interval.
  /// - Throws: `TrendGap` where no line is determined.
  public static func fit(
    _ samples: SampleColumns, and blocks: [SeriesSummary]
  ) throws(TrendGap) -> TrendEstimate {
    let parts = blocks.map(\.moments).filter { $0.count > 0 }.sorted { $0.origin < $1.origin }
    let clean = CleanSamples(samples, through: .max)
    guard let firstTime = clean.times.first, let lastTime = clean.times.last else {
      return try fit(blocks: blocks)
    }
    let ends = parts.map(\.end)
    let first = min(firstTime, parts.first?.origin ?? firstTime)
    let last = max(lastTime, ends.last ?? lastTime)
    guard first < last else { throw .fewerThanTwoTimes }
    let cuts = TrendCells(start: first, end: last, count: min(cellLimit, clean.times.count))
    var cells: [Moments] = []
    var index = 0
    var next = 0
    while index < clean.times.count {
      while next < parts.count, parts[next].origin < clean.times[index] {
        cells.append(parts[next])
        next += 1
      }
      let cell = cuts.index(clean.times[index])
      var end = index + 1
      let stop = next < parts.count ? parts[next].origin : Int64.max
      while end < clean.times.count, clean.times[end] < stop,
        cuts.index(clean.times[end]) == cell
      { end += 1 }
      let range = index..<end
      cells.append(
        Moments(
          times: clean.times.span.extracting(range), values: clean.values.span.extracting(range),
          finiteCount: range.count))
      index = end
    }
    cells += parts[next...]
    let points = TheilSen.medians(times: clean.times, values: clean.values)
    let robust = TheilSen.slope(points, level: robustLevel)
    return try TrendFit(cells: cells, all: merged(cells), robust: robust).estimate(end: last)
  }

  /// Neighbours joined, as evenly as whole parts allow.
  static func groups(_ parts: [Moments], atMost limit: Int) -> [Moments] {
    let size = max(1, (parts.count + limit - 1) / limit)
    return stride(from: 0, to: parts.count, by: size).map { first in
      merged(parts[first..<min(first + size, parts.count)])
    }
  }

  static func merged(_ parts: some Sequence<Moments>) -> Moments {
    parts.reduce(into: Moments()) { $0.merge($1) }
  }
}

/// Where cells of equal length begin and end.
struct TrendCells {
  private let start: Int64
  private let length: Int64
  private let count: Int

  init(start: Int64, end: Int64, count: Int) {
    self.start = start
    self.count = count
    length =
      Timestamp(nanoseconds: end).nanoseconds(since: Timestamp(nanoseconds: start)) / Int64(count)
      + 1
  }

  /// The cell of an instant between start and end.
  func index(_ time: Int64) -> Int {
    let offset = Timestamp(nanoseconds: time).nanoseconds(since: Timestamp(nanoseconds: start))
    return min(max(Int(offset / length), 0), count - 1)
  }
}
