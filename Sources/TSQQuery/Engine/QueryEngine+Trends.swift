public import TSQCore
public import TSQForecast
internal import TSQStorage

/// One series' trend, or why there is none.
public struct SeriesTrend: Sendable {
  /// What identifies the series.
  public var labels: Labels
  /// The fitted line; `nil` where it is not determined.
  public var estimate: TrendEstimate?
  /// Why there is no line.
  public var reason: String?

  /// A trend from its parts.
  public init(labels: Labels, estimate: TrendEstimate?, reason: String?) {
    self.labels = labels
    self.estimate = estimate
    self.reason = reason
  }
}

/// The trends of some series, with what was read for them.
public struct TrendResult: Sendable {
  /// One per series, sorted by labels.
  public var series: [SeriesTrend]
  /// Damage passed over, in words.
  public var warnings: [String]
  /// What was read: blocks decoded against blocks answered from summaries.
  public var statistics: QueryStatistics
}

extension QueryEngine {
  /// Fits a line to the history of each series a selector matches.
  ///
  /// Blocks that lie whole in the range answer by their summary; samples are decoded at the edges
  /// only, or where there are too few blocks to tell how uncertain the slope is.
  ///
  /// - Parameters:
  ///   - selector: such as `cpu_usage{host="a"}`, without range or offset.
  ///   - range: both ends included.
  /// - Returns: one trend per series, in the unit per day; without a line where none is determined.
  /// - Throws: `QueryError` where the selector is none or the store cannot be read.
  public func trends(_ selector: String, in range: TimeRange) throws(QueryError) -> TrendResult {
    let parsed = try Parser.parseSelector(selector, limits: limits)
    var evaluator = evaluator(over: range)
    var trends: [SeriesTrend] = []
    for series in try evaluator.matchingSeries(parsed, in: range) {
      trends.append(try evaluator.trend(of: series, in: range))
    }
    return TrendResult(
      series: trends, warnings: evaluator.warnings.texts + evaluator.view.warnings,
      statistics: evaluator.view.statistics)
  }
}

/// With fewer blocks than this the samples are read, those of nine full blocks at most.
///
/// A slope's interval comes from comparing stretches of the history: a handful of blocks has too few.
private let fewestBlocks = 8

extension Evaluator {
  fileprivate mutating func trend(
    of series: ProvidedSeries, in range: TimeRange
  ) throws(QueryError) -> SeriesTrend {
    if let estimate = try estimate(of: series, in: range) {
      return SeriesTrend(labels: series.labels, estimate: estimate, reason: nil)
    }
    return SeriesTrend(
      labels: series.labels, estimate: nil,
      reason: "a line needs finite samples at two different times, from \(range.start) to "
        + "\(range.end) there are fewer")
  }

  private mutating func estimate(
    of series: ProvidedSeries, in range: TimeRange
  ) throws(QueryError) -> TrendEstimate? {
    if let blocks = view.blockTree(of: series, in: range), blocks.blocks.count >= fewestBlocks {
      return try fitTree(blocks, of: series, in: range)
    }
    let runs = try view.runs(of: series, in: range)
    let whole = runs.filter { range.contains($0.timeRange) }
    return whole.count < fewestBlocks
      ? try fitSamples(runs, in: range) : try fitBlocks(runs, in: range)
  }

  private mutating func fitTree(
    _ blocks: BlockTree, of series: ProvidedSeries, in range: TimeRange
  ) throws(QueryError) -> TrendEstimate? {
    var before: TimeRange?
    if range.start < blocks.span.start {
      before = TimeRange(start: range.start, end: blocks.span.start.adding(nanoseconds: -1))
    }
    return Trend.fit(
      tree: blocks.tree, blocks: blocks.blocks, before: try moments(of: series, in: before),
      after: try moments(
        of: series, in: TimeRange(after: blocks.span.end, through: range.end)))
  }

  /// The moments of a series' samples in a short range, decoded.
  private mutating func moments(
    of series: ProvidedSeries, in range: TimeRange?
  ) throws(QueryError) -> Moments {
    guard let range else { return Moments() }
    var columns = SampleColumns()
    try decode(series, in: range, into: &columns)
    return SeriesSummary(times: columns.times.span, values: columns.values.span).moments
  }

  private mutating func fitSamples(
    _ runs: [any ProvidedRun], in range: TimeRange
  ) throws(QueryError) -> TrendEstimate? {
    var columns = SampleColumns()
    var isWhole = true
    for run in runs {
      let before = columns.count
      try budget.check(buffer: columns.count + run.count)
      try run.decode(into: &columns, in: range)
      let isInside = range.contains(run.timeRange)
      if isInside, columns.count == before, run.count > 0 { isWhole = false }
    }
    // Damaged samples are gone, but their summary is kept elsewhere and may have survived.
    return isWhole ? Trend.fit(columns) : try fitBlocks(runs, in: range)
  }

  private mutating func fitBlocks(
    _ runs: [any ProvidedRun], in range: TimeRange
  ) throws(QueryError) -> TrendEstimate? {
    var blocks: [SeriesSummary] = []
    var columns = SampleColumns()
    for run in runs {
      if range.contains(run.timeRange), let summary = run.summary() {
        blocks.append(summary)
        continue
      }
      columns.removeAllKeepingCapacity()
      try budget.check(buffer: columns.count + run.count)
      try run.decode(into: &columns, in: range)
      blocks.append(SeriesSummary(times: columns.times.span, values: columns.values.span))
    }
    return Trend.fit(blocks: blocks)
  }
}
