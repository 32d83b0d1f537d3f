public import TSQCore
public import TSQStorage

/// Answers PromQL from a store, with Prometheus 3's semantics.
///
/// docs/query.md says what is supported. An engine holds no state of its own: any number of queries
/// may run at once, each on its own view of the store.
public struct QueryEngine: Sendable {
  let provider: any SeriesProvider
  /// The bounds every query is held to.
  public let limits: QueryLimits

  /// An engine over a store; every query sees what is visible when it begins.
  public init(store: Store, limits: QueryLimits = QueryLimits()) {
    self.init(provider: StoreProvider(store: store), limits: limits)
  }

  /// An engine over one snapshot, for answers that must agree with each other.
  public init(snapshot: StoreSnapshot, limits: QueryLimits = QueryLimits()) {
    self.init(provider: SnapshotProvider(snapshot: snapshot), limits: limits)
  }

  /// An engine over any source of series.
  package init(provider: any SeriesProvider, limits: QueryLimits = QueryLimits()) {
    self.provider = provider
    self.limits = limits
  }

  /// The value of an expression at one instant.
  ///
  /// - Parameters:
  ///   - expression: PromQL; a range selector such as `up[1h]` gives the raw samples.
  ///   - time: the instant of evaluation.
  ///   - hourly: what raw samples are where only hourly values are left.
  /// - Returns: a scalar, string, vector or, for range selectors, a matrix.
  /// - Throws: `QueryError`; never a partial or guessed value. Damage passed over is a warning.
  public func instant(
    _ expression: String, at time: Timestamp, hourly: HourlyPoints = .last
  ) throws(QueryError) -> QueryResult {
    let parsed = try Parser.parse(expression, limits: limits)
    let grid = StepGrid(start: time.nanoseconds, step: 1, count: 1)
    var evaluator = evaluator(for: grid)
    evaluator.hourlyPoints = hourly
    if parsed.type == .matrix {
      let samples = try evaluator.rawSamples(parsed, on: grid)
      return result(.matrix(samples), evaluator)
    }
    switch try evaluator.evaluate(parsed, on: grid) {
    case .scalar(let values): return result(.scalar(time, values[0]), evaluator)
    case .string(let text): return result(.string(time, text), evaluator)
    case .vector(let series):
      let samples = series.compactMap { one -> VectorSample? in
        guard !Missing.isMissing(one.values[0]) else { return nil }
        return VectorSample(labels: one.labels, time: time, value: one.values[0])
      }
      return result(.vector(samples), evaluator)
    }
  }

  /// The values of an expression at regular steps.
  ///
  /// - Parameters:
  ///   - expression: PromQL that is a scalar or an instant vector.
  ///   - start: the first step.
  ///   - end: the last instant a step may have.
  ///   - stepNanoseconds: the distance of the steps; positive.
  /// - Returns: a matrix, sorted by labels; a series has no sample at a step without a value.
  /// - Throws: `QueryError`; never a partial or guessed value. Damage passed over is a warning.
  public func range(
    _ expression: String, from start: Timestamp, through end: Timestamp, stepNanoseconds: Int64
  ) throws(QueryError) -> QueryResult {
    let parsed = try Parser.parse(expression, limits: limits)
    let grid = try stepGrid(from: start, through: end, stepNanoseconds)
    guard parsed.type == .scalar || parsed.type == .vector else {
      throw QueryError(
        .badData(
          "invalid expression type \"\(parsed.type.rawValue)\" for range query, "
            + "must be scalar or instant vector"))
    }
    var evaluator = evaluator(for: grid)
    var series: [ColumnSeries] = []
    switch try evaluator.evaluate(parsed, on: grid) {
    case .scalar(let values): series = [ColumnSeries(labels: .none, values: values)]
    case .vector(let columns): series = columns
    case .string: break
    }
    let samples = series.sorted { $0.labels < $1.labels }.map { one in
      SeriesSamples(
        labels: one.labels,
        columns: evaluator.samples(of: one, on: grid))
    }
    return result(.matrix(samples.filter { !$0.columns.isEmpty }), evaluator)
  }

  // MARK: - Parts

  func evaluator(for grid: StepGrid) -> Evaluator {
    let last = grid.time(max(grid.count - 1, 0))
    return Evaluator(view: provider.view(), limits: limits, outer: grid.start...last)
  }

  func result(_ value: QueryValue, _ evaluator: Evaluator) -> QueryResult {
    QueryResult(
      value: value, warnings: evaluator.warnings.texts + evaluator.view.warnings,
      statistics: evaluator.view.statistics)
  }

  private func stepGrid(
    from start: Timestamp, through end: Timestamp, _ step: Int64
  ) throws(QueryError) -> StepGrid {
    guard step > 0 else {
      throw QueryError(
        .badData(
          "zero or negative query resolution step widths are not accepted. "
            + "Try a positive integer"))
    }
    guard start <= end else {
      throw QueryError(.badData("end timestamp must not be before start time"))
    }
    let steps = end.nanoseconds(since: start) / step
    guard steps < Int64(limits.pointsPerSeries) else {
      throw QueryError(
        .badData(
          "exceeded maximum resolution of \(limits.pointsPerSeries) points per timeseries. "
            + "Try decreasing the query resolution (?step=XX)"))
    }
    return StepGrid(start: start.nanoseconds, step: step, count: Int(steps) + 1)
  }
}
