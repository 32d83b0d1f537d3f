public import TSQCore

/// A series of a snapshot: its number and its labels.
public struct SeriesRef: Hashable, Sendable {
  /// The series' number while the store is open.
  public let id: SeriesID
  /// Its labels.
  public let labels: Labels

  /// A series by number and labels.
  public init(id: SeriesID, labels: Labels) {
    self.id = id
    self.labels = labels
  }
}

/// An unchanging view of the store: what was visible at one moment, whatever is appended, flushed,
/// compacted or deleted meanwhile.
///
/// Cheap to take and to copy; holds its files open.
public struct StoreSnapshot: Sendable {
  private final class Frozen: Sendable {
    let view: StoreView
    init(_ view: StoreView) { self.view = view }
  }

  private let frozen: Frozen
  let registry: SeriesRegistry
  let seriesCount: Int
  let outlines: SharedOutlines
  let parts: SharedParts

  init(
    view: StoreView, registry: SeriesRegistry, seriesCount: Int, outlines: SharedOutlines,
    parts: SharedParts
  ) {
    self.outlines = outlines
    self.parts = parts
    self.frozen = Frozen(view)
    self.registry = registry
    self.seriesCount = seriesCount
  }

  var view: StoreView { frozen.view }

  /// The sequence number of the last entry that is visible here.
  public var lastSequence: UInt64 { view.lastSequence }

  /// What could not be opened at all and may hold samples of a range: answers there are incomplete.
  public func unreadable(in range: TimeRange = .all) -> [DamageReport] {
    view.unreadable.filter { $0.range?.overlaps(range) ?? true }
  }

  // MARK: - Which series

  /// The series that satisfy every matcher and have a sample or hourly values in a range, sorted
  /// by labels.
  ///
  /// Equality is looked up in an index, an expression tried once on every value of its label.
  /// Whether a series has a sample is judged by the time ranges of its blocks, so one may be listed
  /// whose samples surround the range.
  ///
  /// - Parameters:
  ///   - matchers: all must hold; none means every series.
  ///   - range: both ends included.
  /// - Returns: the series with their labels, each once.
  public func series(
    matching matchers: [LabelMatcher], in range: TimeRange = .all
  ) -> [SeriesRef] {
    let ids = ids(matching: matchers, in: range)
    return zip(ids, registry.labels(of: ids)).map { SeriesRef(id: $0, labels: $1) }
      .sorted { $0.labels < $1.labels }
  }

  /// The names of the labels that matching series have, sorted.
  public func labelNames(
    matching matchers: [LabelMatcher] = [], in range: TimeRange = .all
  ) -> [String] {
    registry.labelNames(of: ids(matching: matchers, in: range))
  }

  /// The values that one label has in matching series, sorted.
  public func labelValues(
    _ name: String, matching matchers: [LabelMatcher] = [], in range: TimeRange = .all
  ) -> [String] {
    registry.labelValues(of: ids(matching: matchers, in: range), name: name)
  }

  /// How many series have a sample in a range.
  public func seriesCount(in range: TimeRange = .all) -> Int { ids(matching: [], in: range).count }

  /// What a metric measures, or `nil` where nobody said.
  public func metadata(_ metric: String) -> MetricMetadata? { view.metadata[metric] }

  /// Every metric's description, sorted by name.
  public var allMetadata: [MetricMetadata] {
    view.metadata.values.sorted { $0.metric.utf8.lexicographicallyPrecedes($1.metric.utf8) }
  }

  /// The labels of a series.
  public func labels(of id: SeriesID) -> Labels { registry.labels(of: id) }

  /// The number of a series with exactly these labels, whether or not it has samples.
  public func find(_ labels: Labels) -> SeriesID? {
    registry.find(labels).flatMap { $0.rawValue < seriesCount ? $0 : nil }
  }

  private func ids(matching matchers: [LabelMatcher], in range: TimeRange) -> [SeriesID] {
    registry.selectVisible(matchers, below: seriesCount).filter {
      view.hasSamples(of: $0, in: range) || hasBuckets(of: $0, in: range)
    }
  }

  // MARK: - Samples

  /// The runs of a series that share an instant with a range: ascending and disjoint.
  ///
  /// Nothing is decoded; see `SeriesRun` for what can be read off a run without doing so.
  ///
  /// - Complexity: O(segments + b log b) for b blocks in the range.
  public func runs(of id: SeriesID, in range: TimeRange = .all) -> [SeriesRun] {
    RunPlanner.runs(of: id, labels: registry.labels(of: id), in: range, view: view)
  }

  /// Appends the samples of a series in a range: ascending, of equal times the last accepted,
  /// deletions applied.
  ///
  /// - Parameters:
  ///   - id: the series.
  ///   - range: both ends included.
  ///   - columns: what it holds already must be earlier than the range.
  ///   - statistics: counts what is read, and keeps every report on damage.
  /// - Throws: `StoreError.damaged` after everything readable was appended: the caller may go on
  ///   with it, and must say that samples are missing.
  public func samples(
    of id: SeriesID, in range: TimeRange = .all, into columns: inout SampleColumns,
    statistics: ReadStatistics
  ) throws(StoreError) {
    var firstError: StoreError?
    var scratch = BlockScratch()
    for run in runs(of: id, in: range) {
      do throws(StoreError) {
        try run.decode(into: &columns, in: range, statistics: statistics, scratch: &scratch)
      } catch {
        firstError = firstError ?? error
      }
    }
    if let firstError { throw firstError }
  }

  /// The last sample of a series at or before an instant, stale markers included.
  ///
  /// - Parameters:
  ///   - id: the series.
  ///   - instant: the latest time that counts.
  ///   - lookback: how far back, in nanoseconds; the range is left-open, as PromQL's is.
  ///   - statistics: counts what is read.
  /// - Returns: `nil` where there is none in `(instant - lookback, instant]`.
  /// - Throws: `StoreError.damaged` where the sample may be in what cannot be read.
  public func latest(
    of id: SeriesID, notAfter instant: Timestamp, lookback: Int64 = .max,
    statistics: ReadStatistics
  ) throws(StoreError) -> Sample? {
    let range =
      lookback == .max
      ? TimeRange(start: .distantPast, end: instant)
      : TimeRange(after: instant.adding(nanoseconds: -lookback), through: instant)
    guard let range else { return nil }
    for run in runs(of: id, in: range).reversed() {
      var columns = SampleColumns()
      try run.decode(into: &columns, in: range, statistics: statistics)
      if !columns.isEmpty { return columns[columns.count - 1] }
    }
    return nil
  }
}
