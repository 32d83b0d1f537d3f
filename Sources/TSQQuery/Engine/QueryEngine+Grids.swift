public import TSQCore
public import TSQForecast
internal import TSQStorage

/// One series' history on a regular grid.
public struct SeriesGrid: Sendable {
  /// What identifies the series.
  public var labels: Labels
  /// Its bucket means or peaks; gaps are NaN.
  public var grid: HistoryGrid

  /// A series from its parts.
  public init(labels: Labels, grid: HistoryGrid) {
    self.labels = labels
    self.grid = grid
  }
}

/// The histories of some series on one grid, with what was read for them.
public struct GridResult: Sendable {
  /// One grid per series, sorted by labels; all with the same last label.
  public var series: [SeriesGrid]
  /// Damage passed over, in words.
  public var warnings: [String]
  /// What was read.
  public var statistics: QueryStatistics
}

extension QueryEngine {
  /// Bucket means or peaks of the series a selector matches, ready to be forecast.
  ///
  /// Blocks that lie whole in a bucket answer by their summary, the others are decoded. Sums carry
  /// about 106 bits, so that the answer does not depend on how the blocks were cut.
  ///
  /// - Parameters:
  ///   - selector: such as `cpu_usage{host="a"}`, without range or offset.
  ///   - range: both ends included; its end is the last bucket's label.
  ///   - stepNanoseconds: bucket length; positive.
  ///   - aggregation: mean or maximum of the finite samples of a bucket.
  ///   - kind: a counter's samples become rates per second; they are decoded.
  /// - Returns: at most `HistoryGrid.bucketLimit` buckets per series, the newest; the first bucket is
  ///   the first that holds a finite sample. Series without any have no grid values.
  /// - Throws: `QueryError` where the selector is none or the store cannot be read.
  public func grids(
    _ selector: String, in range: TimeRange, stepNanoseconds: Int64,
    aggregation: BucketAggregation = .mean, kind: SampleKind = .gauge
  ) throws(QueryError) -> GridResult {
    guard stepNanoseconds > 0 else { throw QueryError(.badData("the step must be positive")) }
    let parsed = try Parser.parseSelector(selector, limits: limits)
    var evaluator = evaluator(over: range)
    var grids: [SeriesGrid] = []
    for series in try evaluator.matchingSeries(parsed, in: range) {
      let grid: HistoryGrid
      switch kind {
      case .gauge:
        grid = try evaluator.buckets(
          of: series, in: range, step: stepNanoseconds, aggregation: aggregation)
      case .counter:
        var columns = SampleColumns()
        try evaluator.decode(series, in: range, into: &columns)
        columns.removeStaleMarkers()
        grid = HistoryGrid.build(
          from: columns, stepNanoseconds: stepNanoseconds, aggregation: aggregation,
          kind: .counter, through: range.end)
      }
      grids.append(SeriesGrid(labels: series.labels, grid: grid))
    }
    return GridResult(
      series: grids, warnings: evaluator.warnings.texts + evaluator.view.warnings,
      statistics: evaluator.view.statistics)
  }
}

extension Evaluator {
  /// One series' buckets, the last ending at the range's end.
  fileprivate mutating func buckets(
    of series: ProvidedSeries, in range: TimeRange, step: Int64, aggregation: BucketAggregation
  ) throws(QueryError) -> HistoryGrid {
    let end = range.end.nanoseconds
    let whole = range.end.nanoseconds(since: range.start) / step
    let count = Int(min(whole, Int64(HistoryGrid.bucketLimit - 1))) + 1
    let first = end - Int64(count - 1) * step
    let windows = WindowGrid(
      grid: StepGrid(start: first, step: step, count: count), fixed: nil, offset: 0, range: step)
    var summaries = [SeriesSummary](repeating: SeriesSummary(), count: count)
    let clip =
      windows.span.flatMap { range.intersection($0) } ?? TimeRange(start: range.end, end: range.end)
    var columns = SampleColumns()
    for run in try view.runs(of: series, in: clip) {
      guard let planned = PlannedRun(run: run, windows: windows) else { continue }
      if let hour = run.hour {
        if planned.isCut || step < HourBucket.length { view.note(hour: hour, of: series) }
        // Within an hour nothing is known: a grid that is finer begins after it.
        let middle = Timestamp(nanoseconds: hour.middle)
        guard step >= HourBucket.length, clip.contains(middle) else { continue }
        let place = windows.overlapping(TimeRange(start: middle, end: middle)).lowerBound
        summaries[place].merge(hour.summary)
        continue
      }
      if !planned.isCut, clip.contains(run.timeRange), let summary = run.summary(),
        summary.finiteCount == summary.liveCount
      {
        summaries[planned.overlapping.lowerBound].merge(summary)
        continue
      }
      columns.removeAllKeepingCapacity()
      try budget.check(buffer: run.count)
      try run.decode(into: &columns, in: clip)
      columns.removeAll { !$0.isFinite }
      for index in planned.overlapping {
        guard
          let window = TimeRange(
            after: Timestamp(nanoseconds: windows.start(index)),
            through: Timestamp(nanoseconds: windows.end(index)))
        else { continue }
        let inside = columns.indices(in: window)
        summaries[index].merge(
          SeriesSummary(
            times: columns.times.span.extracting(inside),
            values: columns.values.span.extracting(inside)))
      }
    }
    return grid(of: summaries, start: first, step: step, aggregation)
  }

  private func grid(
    of summaries: [SeriesSummary], start: Int64, step: Int64, _ aggregation: BucketAggregation
  ) -> HistoryGrid {
    let leading = summaries.firstIndex { $0.finiteCount > 0 } ?? summaries.count
    let values = summaries[leading...].map { summary -> Double in
      guard summary.finiteCount > 0 else { return .nan }
      switch aggregation {
      case .maximum: return summary.maximum
      case .mean:
        // The sum of values near the largest double overflows; their mean does not.
        return summary.sum.isFinite
          ? summary.sum / Double(summary.finiteCount) : summary.moments.meanValue
      }
    }
    // A history without a value has its start at its end, as one built from samples has.
    let first = values.isEmpty ? leading - 1 : leading
    return HistoryGrid(
      start: Timestamp(nanoseconds: start + Int64(first) * step), stepNanoseconds: step,
      values: values)
  }
}
