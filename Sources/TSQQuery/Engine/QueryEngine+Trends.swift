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
    var replaced: Set<String> = []
    for series in try evaluator.matchingSeries(parsed, in: range) {
      trends.append(try evaluator.trend(of: series, in: range, &replaced))
    }
    // Nothing is missing from a line that a damaged block's summary took part in.
    let damage = evaluator.view.warnings.map { warning in
      guard replaced.contains(warning) else { return warning }
      let place = warning.replacing("samples are missing: ", with: "")
      return "a block's samples are damaged, its summary took their place: \(place)"
    }
    return TrendResult(
      series: trends, warnings: evaluator.warnings.texts + damage,
      statistics: evaluator.view.statistics)
  }
}

/// When the summaries of whole blocks answer; else the samples are read.
///
/// A slope's interval comes from how the residuals move, and a block's summary is one look at them:
/// with fewer than 32 looks, cycles and memory are hard to tell from noise, and the interval is several
/// times wider than it need be. Where reading is quick, samples answer however many blocks there are,
/// so that merging blocks does not change what a trend concludes.
private let summariesSuffice = BlockTree.Least(blocks: 32, samples: 131_072)

/// So many samples are cut into short parts, which are kept; fewer are read in a tenth of a millisecond.
private let manySamples = 16_384

/// A line or why there is none.
private typealias Fit = Result<TrendEstimate, TrendGap>

extension Evaluator {
  fileprivate mutating func trend(
    of series: ProvidedSeries, in range: TimeRange, _ replaced: inout Set<String>
  ) throws(QueryError) -> SeriesTrend {
    switch try estimate(of: series, in: range, &replaced) {
    case .success(let estimate):
      return SeriesTrend(labels: series.labels, estimate: estimate, reason: nil)
    case .failure(let gap):
      return SeriesTrend(labels: series.labels, estimate: nil, reason: gap.description)
    }
  }

  private mutating func estimate(
    of series: ProvidedSeries, in range: TimeRange, _ replaced: inout Set<String>
  ) throws(QueryError) -> Fit {
    if let blocks = view.blockTree(of: series, in: range, atLeast: summariesSuffice) {
      return try fitTree(blocks, of: series, in: range)
    }
    let runs = try view.runs(of: series, in: range)
    let hours = runs.compactMap(\.hour)
    if !hours.isEmpty {
      for hour in hours { view.note(hour: hour, of: series) }
      return try fitHours(runs, in: range)
    }
    let whole = runs.filter { range.contains($0.timeRange) }
    let samples = whole.reduce(0) { $0 + $1.count }
    if summariesSuffice.hold(blocks: whole.count, samples: samples) {
      return try fitBlocks(runs, in: range)
    }
    return samples >= manySamples
      ? try fitParts(runs, in: range, &replaced) : try fitSamples(runs, in: range, &replaced)
  }

  private mutating func fitTree(
    _ blocks: BlockTree, of series: ProvidedSeries, in range: TimeRange
  ) throws(QueryError) -> Fit {
    var before: TimeRange?
    if range.start < blocks.span.start {
      before = TimeRange(start: range.start, end: blocks.span.start.adding(nanoseconds: -1))
    }
    let head = try moments(of: series, in: before)
    let tail = try moments(
      of: series, in: TimeRange(after: blocks.span.end, through: range.end))
    return Fit { () throws(TrendGap) in
      try Trend.fit(tree: blocks.tree, blocks: blocks.blocks, before: head, after: tail)
    }
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

  /// Fits the parts of all runs, those of whole blocks as they were kept; where a run is damaged, its
  /// summary stands in for it.
  private mutating func fitParts(
    _ runs: [any ProvidedRun], in range: TimeRange, _ replaced: inout Set<String>
  ) throws(QueryError) -> Fit {
    var parts: [SamplePart] = []
    var columns = SampleColumns()
    for run in runs {
      let known = Set(view.warnings)
      let isWhole = range.contains(run.timeRange)
      if isWhole, let found = try run.parts(Trend.parts), !found.isEmpty || run.count == 0 {
        parts += found
        continue
      }
      columns.removeAllKeepingCapacity()
      try budget.check(buffer: columns.count + run.count)
      try run.decode(into: &columns, in: range)
      guard isWhole, columns.isEmpty, let summary = run.summary() else {
        parts += Trend.parts(columns)
        continue
      }
      if summary.moments.count > 0 { parts.append(SamplePart(summary.moments)) }
      replaced.formUnion(Set(view.warnings).subtracting(known))
    }
    return Fit { () throws(TrendGap) in try Trend.fit(parts: parts) }
  }

  /// Fits the samples of all runs; where a run is damaged, its summary stands in for it.
  private mutating func fitSamples(
    _ runs: [any ProvidedRun], in range: TimeRange, _ replaced: inout Set<String>
  ) throws(QueryError) -> Fit {
    var columns = SampleColumns()
    var lost: [SeriesSummary] = []
    for run in runs {
      let before = columns.count
      let known = Set(view.warnings)
      try budget.check(buffer: columns.count + run.count)
      try run.decode(into: &columns, in: range)
      let isLost = columns.count == before && run.count > 0 && range.contains(run.timeRange)
      // Damaged samples are gone, but their summary is kept elsewhere and may have survived.
      guard isLost, let summary = run.summary() else { continue }
      lost.append(summary)
      replaced.formUnion(Set(view.warnings).subtracting(known))
    }
    return Fit { () throws(TrendGap) in try Trend.fit(columns, and: lost) }
  }

  /// Fits hourly values and samples together: these are cut into hours too, so that the interval looks
  /// at stretches of one length on both sides of the seam.
  private mutating func fitHours(
    _ runs: [any ProvidedRun], in range: TimeRange
  ) throws(QueryError) -> Fit {
    var blocks: [SeriesSummary] = []
    var columns = SampleColumns()
    for run in runs {
      if let hour = run.hour {
        // The mean of an hour that the range cuts counts where it is.
        if range.contains(Timestamp(nanoseconds: hour.middle)) { blocks.append(hour.summary) }
        continue
      }
      columns.removeAllKeepingCapacity()
      try budget.check(buffer: columns.count + run.count)
      try run.decode(into: &columns, in: range)
      var place = 0
      while place < columns.count {
        let end = HourBucket.end(of: columns.times[place]) ?? .max
        let past = SampleColumns.partitionPoint(columns.times) { $0 > end }
        blocks.append(
          SeriesSummary(
            times: columns.times.span.extracting(place..<past),
            values: columns.values.span.extracting(place..<past)))
        place = past
      }
    }
    return Fit { () throws(TrendGap) in try Trend.fit(blocks: blocks) }
  }

  private mutating func fitBlocks(
    _ runs: [any ProvidedRun], in range: TimeRange
  ) throws(QueryError) -> Fit {
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
    return Fit { () throws(TrendGap) in try Trend.fit(blocks: blocks) }
  }
}
