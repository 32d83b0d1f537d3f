package import TSQCodec
package import TSQCore
package import TSQStorage

/// Every sample of some series, stretch by stretch: what an export writes.
///
/// Works on a snapshot, so that what is written meanwhile does not matter. Holds one block's samples.
package struct StoreExport {
  private let snapshot: StoreSnapshot
  private let range: TimeRange
  private let series: [SeriesRef]
  private let statistics = ReadStatistics()
  private var place = 0
  private var runs: ArraySlice<SeriesRun> = []
  private var columns = SampleColumns()

  /// Samples handed out so far.
  package private(set) var samples = 0
  /// Samples among them that the format could not say.
  package private(set) var skipped = 0
  /// Series with at least one of them.
  package private(set) var seriesWritten = 0
  /// The series counted last, by its place.
  private var counted = 0
  /// Series of whose samples in the range some are left as hourly values only, which are not written.
  package let hourlySeries: Int
  /// What is damaged, so that samples are missing.
  package var damage: [String] {
    (snapshot.unreadable(in: range) + statistics.damage).map { "\($0)" }
  }

  /// An export that has handed out nothing.
  ///
  /// - Parameters:
  ///   - snapshot: what is exported.
  ///   - selectors: a series must satisfy all matchers of one of them; each series comes once.
  ///   - range: both ends included.
  package init(snapshot: StoreSnapshot, selectors: [[LabelMatcher]], range: TimeRange) {
    self.snapshot = snapshot
    self.range = range
    var seen: Set<SeriesID> = []
    var found: [SeriesRef] = []
    for matchers in selectors {
      for series in snapshot.series(matching: matchers, in: range)
      where seen.insert(series.id).inserted { found.append(series) }
    }
    // Each selector's are in order already.
    self.series = selectors.count == 1 ? found : found.sorted { $0.labels < $1.labels }
    hourlySeries = found.count { snapshot.hasBuckets(of: $0.id, in: range) }
  }

  /// Writes at least so many bytes, or everything that is left.
  ///
  /// - Returns: whether anything is left.
  /// - Throws: what the store throws, damage excepted: that is reported by `damage`.
  package mutating func write(
    _ bytes: Int, with writer: inout any SampleWriting
  ) throws(StoreError) -> Bool {
    while writer.bytes.count < bytes {
      guard let run = nextRun() else { return false }
      columns.removeAllKeepingCapacity()
      do throws(StoreError) {
        try run.decode(into: &columns, in: range, statistics: statistics)
      } catch {
        guard case .damaged = error else { throw error }
      }
      samples += columns.count
      let left = writer.append(series[place - 1].labels, columns)
      skipped += left
      if left < columns.count, counted != place {
        counted = place
        seriesWritten += 1
      }
    }
    return true
  }

  private mutating func nextRun() -> SeriesRun? {
    while runs.isEmpty {
      guard place < series.count else { return nil }
      runs = snapshot.runs(of: series[place].id, in: range)[...]
      place += 1
    }
    return runs.popFirst()
  }
}
