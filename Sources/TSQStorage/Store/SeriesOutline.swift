internal import Synchronization
package import TSQCore

/// The moments of all blocks of one series, in order of time and ready to be merged over any range.
///
/// Made from summaries once and kept while the segments stay as they are: a trend over years then
/// costs the logarithm of its range.
package final class SeriesOutline: Sendable {
  /// First and last time of each block with a finite sample, ascending and disjoint.
  package let ranges: [TimeRange]
  /// The moments of these blocks.
  package let tree: MomentsTree

  /// An outline of blocks that ascend in time and do not overlap.
  init(ranges: [TimeRange], moments: [Moments]) {
    self.ranges = ranges
    self.tree = MomentsTree(moments)
  }

  /// The blocks that lie inside a range.
  ///
  /// - Complexity: O(log n).
  package func blocks(inside range: TimeRange) -> Range<Int> {
    let first = partitionPoint { $0.start >= range.start }
    let past = partitionPoint { $0.end > range.end }
    return first..<max(first, past)
  }

  private func partitionPoint(_ condition: (TimeRange) -> Bool) -> Int {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = low + (high - low) / 2
      if condition(ranges[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Bytes it takes in memory, about.
  var byteCount: Int { tree.byteCount + ranges.count * MemoryLayout<TimeRange>.stride + 128 }
}

/// The outlines asked for last.
///
/// Emptied as a whole when it grows past its limit: an outline is cheap to make again.
struct OutlineCache: Sendable {
  /// A year at 10 s takes 100 KB: 300 such series.
  static let bytesMax = 32 << 20

  private struct Entry {
    let version: UInt64
    /// `nil` where the series has none: its blocks overlap, or a summary is damaged.
    let outline: SeriesOutline?

    var byteCount: Int { outline?.byteCount ?? 128 }
  }

  private var entries: [SeriesID: Entry] = [:]
  private var bytes = 0

  /// The outline kept for a version of the segments; the outer `nil` where none is.
  func outline(of id: SeriesID, version: UInt64) -> SeriesOutline?? {
    guard let entry = entries[id], entry.version == version else { return nil }
    return .some(entry.outline)
  }

  mutating func keep(_ outline: SeriesOutline?, of id: SeriesID, version: UInt64) {
    let entry = Entry(version: version, outline: outline)
    bytes -= entries.removeValue(forKey: id)?.byteCount ?? 0
    if bytes + entry.byteCount > OutlineCache.bytesMax {
      entries.removeAll()
      bytes = 0
    }
    bytes += entry.byteCount
    entries[id] = entry
  }
}

/// The cache of a store, which its snapshots use together.
final class SharedOutlines: Sendable {
  private let cache = Mutex(OutlineCache())

  func withLock<Result>(_ body: (inout OutlineCache) -> Result) -> Result {
    cache.withLock { body(&$0) }
  }
}

extension StoreSnapshot {
  /// With fewer segments than this in a range its blocks are merged one by one.
  private static let outlineSegmentsMin = 4

  /// The outline of a series for a question about a long range; `nil` where runs must be read.
  ///
  /// Whether there is one depends on what the store holds and on the range, never on what was asked
  /// before. It says nothing about samples in memory, which are all later than its last block.
  ///
  /// - Returns: `nil` where the range covers few of the segments; where blocks of the series overlap,
  ///   are partly deleted or have damaged summaries; where samples in memory lie among its blocks.
  /// - Complexity: O(segments), and O(blocks of the series) for the first question.
  package func outline(of id: SeriesID, in range: TimeRange) -> SeriesOutline? {
    let count = view.segments.count
    let overlapping = view.segments.reduce(0) { $0 + ($1.overlaps(range) ? 1 : 0) }
    guard overlapping >= StoreSnapshot.outlineSegmentsMin, overlapping * 4 >= count,
      view.tombstones.ranges(hiding: id, through: 0).isEmpty
    else { return nil }
    let outline: SeriesOutline?
    if let known = outlines.withLock({ $0.outline(of: id, version: view.segmentsVersion) }) {
      outline = known
    } else {
      outline = makeOutline(of: id)
      outlines.withLock { $0.keep(outline, of: id, version: view.segmentsVersion) }
    }
    guard let outline, let first = outline.ranges.first, let last = outline.ranges.last else {
      return nil
    }
    let reach = TimeRange(start: .distantPast, end: first.union(last).end)
    let isCovered = [view.active, view.flushing].contains {
      $0?.series(id)?.hasSamples(in: reach) == true
    }
    return isCovered ? nil : outline
  }

  private func makeOutline(of id: SeriesID) -> SeriesOutline? {
    var segmentsOnly = view
    (segmentsOnly.active, segmentsOnly.flushing) = (Head(), nil)
    var ranges: [TimeRange] = []
    var moments: [Moments] = []
    let unread = ReadStatistics()
    for run in RunPlanner.runs(of: id, labels: labels(of: id), in: .all, view: segmentsOnly) {
      guard let summary = run.summary(statistics: unread) else { return nil }
      // A block without a finite sample adds nothing to a line.
      guard summary.moments.count > 0 else { continue }
      ranges.append(run.timeRange)
      moments.append(summary.moments)
    }
    return SeriesOutline(ranges: ranges, moments: moments)
  }
}
