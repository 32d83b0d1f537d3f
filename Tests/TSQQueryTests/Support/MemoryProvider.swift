import Synchronization
import TSQCore
import TSQQuery
import TSQStorage

/// Series in memory, cut into runs as a store would cut them, for tests of the evaluator.
struct MemoryProvider: SeriesProvider {
  /// Where one series is cut: the lengths of its runs, repeated as needed.
  var runLengths = [1000]
  /// Whether whole runs answer by their summary.
  var summarises = true
  /// Runs whose samples cannot be read, by the time of their first sample.
  var damagedRuns: Set<Int64> = []
  var series: [(labels: Labels, columns: SampleColumns)] = []

  mutating func add(_ labels: Labels, _ columns: SampleColumns) {
    series.append((labels, columns))
    series.sort { $0.labels < $1.labels }
  }

  func view() -> any SeriesView { MemoryView(provider: self) }
}

final class MemoryView: SeriesView {
  let provider: MemoryProvider
  private let counts = Mutex(QueryStatistics())
  private let damage = Mutex<[String]>([])

  init(provider: MemoryProvider) { self.provider = provider }

  var statistics: QueryStatistics { counts.withLock { $0 } }
  var warnings: [String] { damage.withLock { $0 } }

  func series(
    matching matchers: [LabelMatcher], in range: TimeRange
  ) throws(QueryError) -> [ProvidedSeries] {
    var found: [ProvidedSeries] = []
    for (index, one) in provider.series.enumerated()
    where matchers.allSatisfy({ $0.matches(one.labels) }) {
      if !one.columns.indices(in: range).isEmpty {
        found.append(ProvidedSeries(id: UInt32(index), labels: one.labels))
      }
    }
    counts.withLock { $0.series += found.count }
    return found
  }

  func labelNames(
    matching matchers: [LabelMatcher], in range: TimeRange
  ) throws(QueryError) -> [String] {
    Set(try series(matching: matchers, in: range).flatMap { $0.labels.pairs.map(\.name) }).sorted()
  }

  func labelValues(
    _ name: String, matching matchers: [LabelMatcher], in range: TimeRange
  ) throws(QueryError) -> [String] {
    Set(try series(matching: matchers, in: range).compactMap { $0.labels[name] }).sorted()
  }

  func runs(
    of series: ProvidedSeries, in range: TimeRange
  ) throws(QueryError) -> [any ProvidedRun] {
    let columns = provider.series[Int(series.id)].columns
    var runs: [any ProvidedRun] = []
    var (start, turn) = (0, 0)
    while start < columns.count {
      let length = max(1, provider.runLengths[turn % provider.runLengths.count])
      let run = MemoryRun(
        view: self, columns: columns, indices: start..<min(start + length, columns.count))
      if run.timeRange.overlaps(range) { runs.append(run) }
      start += length
      turn += 1
    }
    return runs
  }

  func count(_ change: (inout QueryStatistics) -> Void) { counts.withLock { change(&$0) } }
  func report(_ text: String) { damage.withLock { $0.append(text) } }
}

struct MemoryRun: ProvidedRun {
  let view: MemoryView
  let columns: SampleColumns
  let indices: Range<Int>

  var timeRange: TimeRange {
    TimeRange(
      start: Timestamp(nanoseconds: columns.times[indices.lowerBound]),
      end: Timestamp(nanoseconds: columns.times[indices.upperBound - 1]))
  }

  var count: Int { indices.count }

  func summary() -> SeriesSummary? {
    guard view.provider.summarises else { return nil }
    view.count { $0.blocksFromSummaries += 1 }
    return SeriesSummary(
      times: columns.times.span.extracting(indices),
      values: columns.values.span.extracting(indices))
  }

  func decode(into target: inout SampleColumns, in range: TimeRange) throws(QueryError) {
    if view.provider.damagedRuns.contains(columns.times[indices.lowerBound]) {
      view.report("run is damaged")
      return
    }
    view.count {
      $0.blocksDecoded += 1
      $0.samplesDecoded += indices.count
    }
    let inside = columns.indices(in: range).clamped(to: indices)
    target.append(contentsOf: columns, in: inside)
  }
}
