public import TSQCore
public import TSQForecast
public import TSQQuery

/// Samples from a store opened in this process.
public struct EmbeddedSource: SampleSource {
  private let engine: QueryEngine

  /// A source over a query engine.
  public init(_ engine: QueryEngine) { self.engine = engine }

  /// The series a selector names, sorted.
  public func series(matching selector: String, in range: TimeRange) async throws -> [Labels] {
    try engine.series(matching: [selector], in: range)
  }

  /// The raw samples of one series; damaged blocks leave a hole that the warnings name.
  public func history(of series: Labels, in range: TimeRange) async throws -> SeriesHistory {
    let result = try engine.histories(
      series.exactSelector, in: range, hourly: .mean)
    guard case .matrix(let found) = result.value else { return SeriesHistory() }
    return SeriesHistory(
      found.first { $0.labels == series }?.columns ?? SampleColumns(), warnings: result.warnings)
  }

  /// Bucket means or peaks of one series, from block summaries as far as they reach.
  public func grid(
    of series: Labels, in range: TimeRange, stepNanoseconds: Int64,
    aggregation: BucketAggregation
  ) async throws -> SeriesGridHistory? {
    let result = try engine.grids(
      series.exactSelector, in: range, stepNanoseconds: stepNanoseconds, aggregation: aggregation)
    guard let found = result.series.first(where: { $0.labels == series }) else { return nil }
    return SeriesGridHistory(
      grid: found.grid, warnings: result.warnings, statistics: result.statistics)
  }

  /// A PromQL expression at one instant.
  public func instant(_ expression: String, at time: Timestamp) async throws -> QueryResult {
    try engine.instant(expression, at: time)
  }

  /// A PromQL expression at every step of a range.
  public func range(
    _ expression: String, from: Timestamp, through: Timestamp, stepNanoseconds: Int64
  ) async throws -> QueryResult {
    try engine.range(expression, from: from, through: through, stepNanoseconds: stepNanoseconds)
  }

  /// The line of each series, from block summaries.
  public func trends(_ selector: String, in range: TimeRange) async throws -> TrendAnswer {
    let result = try engine.trends(selector, in: range)
    return TrendAnswer(
      rows: result.series.map { trend in
        TrendRow(
          series: trend.labels,
          line: trend.estimate.map {
            TrendRow.Line(
              slopePerDay: $0.slopePerDay, slopeLow: $0.slopeLow, slopeHigh: $0.slopeHigh,
              r2: $0.r2, n: $0.n, nEffective: $0.nEffective,
              robustSlopePerDay: $0.robustSlopePerDay)
          }, reason: trend.reason)
      }, statistics: result.statistics, warnings: result.warnings)
  }
}
