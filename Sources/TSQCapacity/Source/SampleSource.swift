public import TSQCore
public import TSQForecast
public import TSQQuery

/// Where capacity answers get their samples from.
///
/// The seam to bigger systems: the embedded store, a running tsq server, or anything that speaks
/// Prometheus' HTTP API. Every method may fail with its source's own error; the caller turns that
/// into UNKNOWN with the reason, never into an answer.
public protocol SampleSource: Sendable {
  /// The series a selector names that have samples in a range, sorted.
  func series(matching selector: String, in range: TimeRange) async throws -> [Labels]

  /// The raw samples of one series in a range, ascending, with what must be said beside them.
  ///
  /// Damage is no error: what is readable is given, and the warnings name what is missing.
  func history(of series: Labels, in range: TimeRange) async throws -> SeriesHistory

  /// Bucket means or peaks of one series of levels, from summaries where blocks lie whole in a
  /// bucket; `nil` where the source has only samples.
  ///
  /// The range's end is the last bucket's label; the step is positive.
  func grid(
    of series: Labels, in range: TimeRange, stepNanoseconds: Int64,
    aggregation: BucketAggregation
  ) async throws -> SeriesGridHistory?

  /// A PromQL expression at one instant.
  func instant(_ expression: String, at time: Timestamp) async throws -> QueryResult

  /// A PromQL expression at every step of a range.
  func range(
    _ expression: String, from: Timestamp, through: Timestamp, stepNanoseconds: Int64
  ) async throws -> QueryResult

  /// The least-squares line of each series a selector names, from summaries where the source has them.
  func trends(_ selector: String, in range: TimeRange) async throws -> TrendAnswer
}

extension SampleSource {
  /// None: a source that is far away sends samples.
  public func grid(
    of series: Labels, in range: TimeRange, stepNanoseconds: Int64,
    aggregation: BucketAggregation
  ) async throws -> SeriesGridHistory? { nil }
}

/// One series' history on a grid as far as it could be read.
public struct SeriesGridHistory: Sendable {
  /// Its buckets; none where it has no finite sample in the range.
  public var grid: HistoryGrid
  /// What is missing and why; empty where nothing is.
  public var warnings: [String]
  /// What was read for it.
  public var statistics: QueryStatistics
}

/// The samples of one series as far as they could be read.
public struct SeriesHistory: Sendable {
  /// The samples, ascending.
  public var samples: SampleColumns
  /// What is missing and why, such as damaged blocks; empty where nothing is.
  public var warnings: [String]

  /// A history from its parts.
  public init(_ samples: SampleColumns = SampleColumns(), warnings: [String] = []) {
    self.samples = samples
    self.warnings = warnings
  }
}

extension Labels {
  /// The selector that names just this series.
  ///
  /// Every label is matched for equality; a series with further labels would match too, so the
  /// caller keeps only the one whose labels are equal.
  public var exactSelector: String { description }
}
