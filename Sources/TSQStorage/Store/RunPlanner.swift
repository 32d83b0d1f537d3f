import TSQCore

/// Finds which blocks and head samples of a series belong together.
enum RunPlanner {
  /// The runs of a series that share an instant with a range, ascending and disjoint.
  ///
  /// - Complexity: O(segments * log + b log b) for b blocks in the range; nothing is decoded.
  static func runs(
    of id: SeriesID, labels: Labels, in range: TimeRange, view: StoreView
  ) -> [SeriesRun] {
    var blocks: [PlannedBlock] = []
    var unreadable: [SeriesRun] = []
    for segment in view.segments where segment.overlaps(range) {
      guard let local = segment.local(id) else { continue }
      do throws(SegmentError) {
        let hidden = view.tombstones.ranges(hiding: id, through: segment.lastSequence)
        let summaries = BlockSummaries(segment: segment, local: local)
        for entry in try segment.reader.blocks(ofLocal: local, in: range) {
          let touching = hidden.isEmpty ? [] : hidden.filter { $0.overlaps(entry.timeRange) }
          if touching.contains(where: { $0.contains(entry.timeRange) }) { continue }
          blocks.append(
            PlannedBlock(
              segment: segment, entry: entry, summaries: summaries, hidden: touching))
        }
      } catch {
        unreadable.append(lost(segment, error, labels))
      }
    }
    let groups = grouped(blocks)
    var reach = range
    if let first = groups.first, let last = groups.last {
      // Head samples beyond the range still overlap a block that reaches there.
      reach = reach.union(first.range).union(last.range)
    }
    let held = view.headSamples(of: id, in: reach)
    let runs = combine(groups, held, in: range, labels: labels)
    if unreadable.isEmpty { return runs }
    return (runs + unreadable).sorted { $0.timeRange.start < $1.timeRange.start }
  }

  private static func lost(
    _ segment: SegmentHandle, _ error: SegmentError, _ labels: Labels
  ) -> SeriesRun {
    let report = DamageReport(
      path: segment.info.name, series: labels, range: segment.info.timeRange,
      reason: error.description)
    return SeriesRun(
      timeRange: segment.info.timeRange ?? .all, count: 0, labels: labels,
      source: .unreadable(report))
  }

  /// Blocks that overlap each other, directly or through others, and the range they span.
  private struct Group {
    var range: TimeRange
    /// Indices into the blocks as they were found: ascending means older first.
    var blocks: [PlannedBlock]
  }

  /// Groups blocks by overlap.
  ///
  /// The blocks of a group stay in the order they came in: older first.
  private static func grouped(_ blocks: [PlannedBlock]) -> [Group] {
    var groups: [Group] = []
    groups.reserveCapacity(blocks.count)
    let order = blocks.indices.sorted {
      blocks[$0].entry.timeRange.start < blocks[$1].entry.timeRange.start
    }
    var members: [Int] = []
    var reach: TimeRange?
    func close() {
      guard let range = reach else { return }
      groups.append(Group(range: range, blocks: members.sorted().map { blocks[$0] }))
      members.removeAll(keepingCapacity: true)
    }
    for index in order {
      let next = blocks[index].entry.timeRange
      if let current = reach, next.start <= current.end {
        reach = current.union(next)
      } else {
        close()
        reach = next
      }
      members.append(index)
    }
    close()
    return groups
  }

  /// Joins head samples to the groups whose range they fall into; those between are runs of their
  /// own.
  private static func combine(
    _ groups: [Group], _ held: SampleColumns, in range: TimeRange, labels: Labels
  ) -> [SeriesRun] {
    var runs: [SeriesRun] = []
    runs.reserveCapacity(groups.count + 1)
    var next = 0
    for group in groups {
      let inside = held.indices(in: group.range)
      appendHeadRun(held, next..<inside.lowerBound, labels, to: &runs)
      next = inside.upperBound
      let count = group.blocks.reduce(inside.count) { $0 + $1.entry.count }
      if inside.isEmpty, group.blocks.count == 1 {
        runs.append(
          SeriesRun(
            timeRange: group.range, count: count, labels: labels,
            source: .block(group.blocks[0], isWhole: range.contains(group.range))))
      } else {
        var samples = SampleColumns()
        samples.append(contentsOf: held, in: inside)
        runs.append(
          SeriesRun(
            timeRange: group.range, count: count, labels: labels,
            source: .merged(group.blocks, samples)))
      }
    }
    appendHeadRun(held, next..<held.count, labels, to: &runs)
    return runs
  }

  private static func appendHeadRun(
    _ held: SampleColumns, _ indices: Range<Int>, _ labels: Labels, to runs: inout [SeriesRun]
  ) {
    guard let first = indices.first, let last = indices.last else { return }
    var samples = SampleColumns()
    samples.append(contentsOf: held, in: indices)
    let range = TimeRange(
      start: Timestamp(nanoseconds: held.times[first]),
      end: Timestamp(nanoseconds: held.times[last]))
    runs.append(
      SeriesRun(timeRange: range, count: indices.count, labels: labels, source: .head(samples)))
  }
}
