import TSQCore

/// Everything a reader sees at one moment.
///
/// A value; the arrays inside are shared until they change.
///
/// Order of truth for one series and time: active head, then the head being flushed, then segments
/// from the last of `segments` to the first.
struct StoreView: Sendable {
  /// Takes new samples.
  var active = Head()
  /// When its first sample arrived; `nil` while it has none.
  var activeSince: ContinuousClock.Instant?
  /// Is being written to segments.
  var flushing: Head?
  /// Open segments, those of older samples first.
  var segments: [SegmentHandle] = [] { didSet { segmentsVersion &+= 1 } }
  /// Counts the changes of `segments`.
  private(set) var segmentsVersion: UInt64 = 0
  /// Deletions that hide samples of segments; heads hold no deleted sample.
  var tombstones = TombstoneSet()
  /// Descriptions by metric name.
  var metadata: [String: MetricMetadata] = [:]
  /// The last sequence number that is visible.
  var lastSequence: UInt64 = 0
  /// Segments that could not be opened, so that answers about their time are incomplete.
  var unreadable: [DamageReport] = []

  /// Puts segments in their order of truth.
  mutating func add(_ handles: [SegmentHandle]) {
    segments.append(contentsOf: handles)
    segments.sort(by: StoreView.isOlder)
  }

  /// The segments with damage that no deletion covers, and the first of it.
  var damagedSegments: [(segment: SegmentHandle, damage: DamageReport)] {
    segments.compactMap { segment in
      segment.damage(notHiddenBy: tombstones).first.map { (segment, $0.report(segment)) }
    }
  }

  static func isOlder(_ left: SegmentHandle, _ right: SegmentHandle) -> Bool {
    let (a, b) = (left.info, right.info)
    if a.sequences.upperBound != b.sequences.upperBound {
      return a.sequences.upperBound < b.sequences.upperBound
    }
    if a.sequences.lowerBound != b.sequences.lowerBound {
      return a.sequences.lowerBound < b.sequences.lowerBound
    }
    return (SegmentName(fileName: a.name)?.generation ?? 0)
      < (SegmentName(fileName: b.name)?.generation ?? 0)
  }

  /// Puts a deletion in force.
  ///
  /// - Parameters:
  ///   - entry: the deletion.
  ///   - registry: knows the series that existed before it.
  mutating func apply(_ entry: SequencedTombstone, registry: SeriesRegistry) {
    let series = registry.select(entry.tombstone.matchers, below: registry.count)
    tombstones.add(entry, series: series)
    active.remove(series, in: entry.tombstone.range)
    flushing?.remove(series, in: entry.tombstone.range)
  }

  /// The samples of a series that are in memory, newest winning.
  func headSamples(of id: SeriesID, in range: TimeRange) -> SampleColumns {
    var newer = SampleColumns()
    active.series(id)?.copy(in: range, into: &newer)
    guard let held = flushing?.series(id) else { return newer }
    var older = SampleColumns()
    held.copy(in: range, into: &older)
    return SampleMerge.merge(older: older, newer: newer)
  }

  /// Whether a series has a sample in a range, judged by the time ranges of its blocks.
  ///
  /// Exact for heads; a block counts unless one deletion hides all that it shares with the range.
  func hasSamples(of id: SeriesID, in range: TimeRange) -> Bool {
    if active.series(id)?.hasSamples(in: range) == true { return true }
    if flushing?.series(id)?.hasSamples(in: range) == true { return true }
    for segment in segments where segment.overlaps(range) {
      guard segment.local(id) != nil else { continue }
      let hidden = tombstones.ranges(hiding: id, through: segment.lastSequence)
      if hidden.isEmpty, let whole = segment.info.timeRange, range.contains(whole) { return true }
      // An index that cannot be read may hide samples: better a series too many than one missing.
      guard let blocks = try? segment.blocks(of: id, in: range) else { return true }
      for block in blocks {
        guard let shared = block.timeRange.intersection(range) else { continue }
        if !hidden.contains(where: { $0.contains(shared) }) { return true }
      }
    }
    return false
  }
}
