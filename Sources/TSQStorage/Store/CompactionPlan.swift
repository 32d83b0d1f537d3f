import TSQCore

/// Chooses which segments to merge.
///
/// Only neighbours in the order of truth are merged, so that what lies between two segments in age
/// never ends up above or below both.
enum CompactionPlan {
  /// One merge: segments of one partition, those of older samples first.
  struct Merge {
    let inputs: [SegmentHandle]

    /// Whether the newest segment of the partition is among them.
    ///
    /// Asked when the merge begins, not when it is planned: flushes go on while others run.
    func includesNewest(of view: StoreView) -> Bool {
      guard let newest = inputs.last else { return false }
      return !view.segments.contains {
        $0.info.partition == newest.info.partition && StoreView.isOlder(newest, $0)
      }
    }

    /// What tells it from other merges: the names of its inputs.
    var name: String { inputs.map(\.info.name).joined(separator: " ") }

    /// Bytes of all inputs.
    var byteCount: Int64 { inputs.reduce(0) { $0 + $1.info.fileSize } }

    /// About how many bytes of the inputs the first so many series take.
    func byteCount(ofFirst count: Int, of total: Int) -> Int64 {
      Int64(Double(byteCount) * Double(count) / Double(max(total, 1)))
    }
  }

  /// What settles the store: each partition in one segment, full blocks, nothing deleted inside.
  ///
  /// A segment with a damaged block stays as it is, and only those on each side of it are merged.
  static func settle(_ view: StoreView) -> [Merge] {
    partitions(view).flatMap { segments in
      segments.split { !$0.damage(notHiddenBy: view.tombstones).isEmpty }.compactMap { run in
        let merge = Merge(inputs: Array(run))
        if run.count > 1 { return merge }
        guard let only = run.first else { return nil }
        let wasFlushed = SegmentName(fileName: only.info.name)?.generation == 0
        return wasFlushed || hidesSamples(view, in: only) ? merge : nil
      }
    }
  }

  /// What the background job does: runs of neighbours that are many and small.
  static func background(_ view: StoreView, segments: Int, bytes: Int64) -> [Merge] {
    var merges: [Merge] = []
    for partition in partitions(view) {
      var run: [SegmentHandle] = []
      for (index, segment) in partition.enumerated() {
        let isMerged =
          segment.info.fileSize < bytes && segment.damage(notHiddenBy: view.tombstones).isEmpty
        if isMerged { run.append(segment) }
        let isLast = index == partition.count - 1
        guard isLast || !isMerged else { continue }
        if run.count >= max(2, segments) {
          merges.append(Merge(inputs: run))
        }
        run = []
      }
    }
    return merges
  }

  /// What frees the space of expired data: segments whose whole time a deletion covers.
  ///
  /// One that a deletion reaches only in part waits until it is merged anyway, or wholly expired:
  /// a cutoff that moves through it day by day would else rewrite it each day.
  static func expired(_ view: StoreView) -> [Merge] {
    partitions(view).flatMap { segments in
      segments.filter { segment in
        guard let range = segment.info.timeRange else { return false }
        return view.tombstones.all.contains {
          $0.tombstone.range.contains(range) && isNeeded($0, view, segment)
        }
      }.map { Merge(inputs: [$0]) }
    }
  }

  /// The segments of each partition, ascending by partition and inside by age.
  private static func partitions(_ view: StoreView) -> [[SegmentHandle]] {
    Dictionary(grouping: view.segments, by: \.info.partition).sorted { $0.key < $1.key }
      .map(\.value)
  }

  /// Whether a deletion hides samples of a segment.
  static func hidesSamples(_ view: StoreView, in segment: SegmentHandle) -> Bool {
    view.tombstones.all.contains { isNeeded($0, view, segment) }
  }

  /// Whether a segment may hold samples that a deletion hides.
  static func isNeeded(
    _ entry: SequencedTombstone, _ view: StoreView, _ segment: SegmentHandle
  ) -> Bool {
    guard entry.sequence > segment.lastSequence, segment.overlaps(entry.tombstone.range) else {
      return false
    }
    return view.tombstones.series(hiddenBy: entry.sequence).contains { id in
      guard let blocks = try? segment.blocks(of: id, in: entry.tombstone.range) else {
        // What cannot be read may hold deleted samples.
        return true
      }
      return !blocks.isEmpty
    }
  }
}
