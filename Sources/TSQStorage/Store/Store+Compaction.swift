import TSQCodec
import TSQCore
internal import Synchronization

extension Store {
  /// Flushes, then merges the segments of each time partition into one: duplicates and deleted
  /// samples are dropped, blocks filled and packed as tightly as the codec can.
  ///
  /// Ingest and queries go on meanwhile, and the rate of `compactionBytesPerSecond` is kept. A
  /// second call right after has nothing to do.
  ///
  /// - Parameter progress: told now and then how far it is.
  /// - Returns: when the store has settled. A segment with a damaged block is left as it is, and
  ///   named in the report; those around it are merged.
  /// - Throws: as a flush, or `.diskFull` where there is no room for a merge's output; the merges
  ///   before that stand.
  @discardableResult
  public func compact(
    progress: (JobProgress) -> Void = { _ in }
  ) throws(StoreError) -> CompactionReport {
    _ = try requireWriter()
    defer { settleCatalog() }
    return try merging.withLock { (_) throws(StoreError) in
      try flush()
      var report = try run(CompactionPlan.settle(core.view.withLock { $0 }), progress)
      // Damage that was met now is known from here on: what lies around it is merged without it.
      var isNew = !report.damage.isEmpty
      while isNew {
        let more = try run(CompactionPlan.settle(core.view.withLock { $0 }), progress)
        isNew = !Set(more.damage).isSubset(of: report.damage)
        report.add(more)
      }
      report.damage = core.view.withLock { $0 }.damagedSegments.map(\.damage)
      return report
    }
  }

  /// What `compact` would merge now: segments and their bytes; what is in memory only is not
  /// counted.
  public func compactionDue() -> CompactionReport {
    var report = CompactionReport()
    for merge in CompactionPlan.settle(core.view.withLock { $0 }) {
      report.segmentsBefore += merge.inputs.count
      report.bytesBefore += merge.inputs.reduce(0) { $0 + $1.info.fileSize }
    }
    return report
  }

  /// What the background job calls: merges where many small segments have gathered, and rewrites
  /// those whose whole time some deletion covers.
  func compactInBackground() throws(StoreError) -> CompactionReport {
    try merging.withLock { (_) throws(StoreError) in
      let plan = backgroundPlan()
      if plan.isEmpty { return CompactionReport() }
      let report = try run(plan) { _ in }
      // Tried again it would read all up to the damage and stop there, every second.
      if !report.damage.isEmpty {
        let kept = Set(core.view.withLock { $0.segments.map(\.info.name) })
        let left = plan.filter { $0.inputs.allSatisfy { kept.contains($0.info.name) } }
        core.leftMerges.withLock { $0.formUnion(left.map(\.name)) }
      }
      return report
    }
  }

  private func backgroundPlan() -> [CompactionPlan.Merge] {
    let view = core.view.withLock { $0 }
    let left = core.leftMerges.withLock { $0 }
    let many = CompactionPlan.background(
      view, segments: options.compactionSegments, bytes: options.compactionBytes
    ).filter { !left.contains($0.name) }
    if !many.isEmpty { return many }
    // Which series a deletion means costs a look at all of them: only where something changed.
    let state = [view.tombstones.all.last?.sequence ?? 0, UInt64(view.segments.count)]
    guard !view.tombstones.all.isEmpty, core.unexpired.withLock({ $0 }) != state else { return [] }
    let expired = CompactionPlan.expired(view).filter { !left.contains($0.name) }
    if expired.isEmpty { core.unexpired.withLock { $0 = state } }
    return expired
  }

  private func run(
    _ merges: [CompactionPlan.Merge], _ progress: (JobProgress) -> Void
  ) throws(StoreError) -> CompactionReport {
    var report = CompactionReport()
    var pace = MergePace(
      limit: RateLimit(bytesPerSecond: options.compactionBytesPerSecond),
      totalBytes: merges.reduce(0) { $0 + $1.byteCount })
    // Before a segment that replaces others may go, those must be gone: else they came back.
    try jobs.withLock { (job) throws(StoreError) in try removeReplaced(&job) }
    for merge in merges {
      do {
        try run(merge, &report, &pace, progress)
      } catch .damaged(let damage) {
        report.damage.append(damage)
      }
    }
    try jobs.withLock { (job) throws(StoreError) in try dropTombstones(&job) }
    return report
  }

  private func run(
    _ merge: CompactionPlan.Merge, _ report: inout CompactionReport, _ pace: inout MergePace,
    _ progress: (JobProgress) -> Void
  ) throws(StoreError) {
    for input in merge.inputs {
      if let error = input.damage.first { throw error.storeError }
    }
    let sizes = merge.byteCount
    try requireMergeSpace(bytes: sizes)
    // Taken together: a flush may commit while the merge runs, and what it adds is newer than both.
    // What was flushed since the merge was planned is in the view.
    let (name, tombstones) = jobs.withLock { job in
      let view = core.view.withLock { $0 }
      return (outputName(merge, view, job.manifest), view.tombstones)
    }
    let (outputs, samplesOut) = try write(merge, name, tombstones, &pace, progress)
    core.view.withLock { view in
      view.segments.removeAll { held in merge.inputs.contains { $0 === held } }
      view.add(outputs)
    }
    let replaced = merge.inputs.map(\.info.name)
    try jobs.withLock { (job) throws(StoreError) in
      job.uncatalogued += outputs
      job.uncataloguedRemovals += replaced
      job.removals += replaced
      if outputs.isEmpty { job.isRemovalUntold = true }
      try removeReplaced(&job)
    }
    report.segmentsBefore += merge.inputs.count
    report.segmentsAfter += outputs.count
    report.bytesBefore += sizes
    report.bytesAfter += outputs.reduce(0) { $0 + $1.info.fileSize }
    report.samplesDropped += merge.inputs.reduce(0) { $0 + $1.info.sampleCount } - samplesOut
  }

  private func write(
    _ merge: CompactionPlan.Merge, _ name: SegmentName, _ tombstones: TombstoneSet,
    _ pace: inout MergePace, _ progress: (JobProgress) -> Void
  ) throws(StoreError) -> (outputs: [SegmentHandle], samples: Int) {
    var writer = try startSegment(
      name, supersedes: merge.inputs.map(\.info.name), effort: .cold)
    let series = core.order.sorted(Compactor.series(of: merge.inputs), core.registry)
    var written: [SeriesID] = []
    for (index, id) in series.enumerated() {
      do throws(StoreError) {
        let columns = try Compactor.merged(id, merge.inputs, tombstones)
        try Compactor.add(core.registry.labels(of: id), columns, to: &writer)
        if !columns.isEmpty { written.append(id) }
        let part = merge.byteCount(ofFirst: index + 1, of: series.count)
        try hold(&pace, at: part, last: index + 1 == series.count, progress)
      } catch {
        writer.abandon()
        throw error
      }
    }
    let samples = writer.addedSampleCount
    // All deleted: the inputs go, and nothing comes. Their deletions are forgotten only after that.
    guard samples > 0 else {
      writer.abandon()
      return ([], 0)
    }
    do throws(StoreError) {
      return ([try publish(writer, name, series: written)], samples)
    } catch {
      // It may have got its name all the same, and must not outlive a later merge of its inputs.
      jobs.withLock { $0.removals.append(name.fileName) }
      throw error
    }
  }

  /// The name of what a merge makes.
  ///
  /// Where the partition's newest segment takes part, the output stands for everything flushed so
  /// far, because nothing else in the partition is newer: deletions up to there are carried out in
  /// it and need not be kept for its sake.
  private func outputName(
    _ merge: CompactionPlan.Merge, _ view: StoreView, _ manifest: Manifest
  ) -> SegmentName {
    let names = merge.inputs.compactMap { SegmentName(fileName: $0.info.name) }
    let first = merge.inputs.map(\.info.sequences.lowerBound).min() ?? 1
    let last = merge.inputs.map(\.lastSequence).max() ?? first
    let through = merge.includesNewest(of: view) ? max(last, manifest.flushedThrough) : last
    return SegmentName(
      sequences: first...through, partition: merge.inputs[0].info.partition,
      generation: (names.map(\.generation).max() ?? 0) + 1)
  }

  private func removeReplaced(_ job: inout JobState) throws(StoreError) {
    if job.isRemovalUntold {
      // A newer manifest tells an older catalog that its segments may be gone for a reason.
      try commit(through: job.manifest.flushedThrough, &job)
      job.isRemovalUntold = false
    }
    try folder.removeSegments(job.removals)
    job.removals = []
  }

  /// Forgets the deletions that no segment needs any more.
  private func dropTombstones(_ job: inout JobState) throws(StoreError) {
    let view = core.view.withLock { $0 }
    let done = view.tombstones.all.filter { entry in
      entry.sequence <= job.manifest.flushedThrough
        && !view.segments.contains { CompactionPlan.isNeeded(entry, view, $0) }
        && view.flushing == nil
    }
    guard !done.isEmpty else { return }
    core.view.withLock { $0.tombstones.remove(Set(done.map(\.sequence))) }
    try commit(through: job.manifest.flushedThrough, &job)
  }
}

/// The merging of segments, series by series.
enum Compactor {
  /// Every series of some segments, ascending by number.
  static func series(of inputs: [SegmentHandle]) -> [SeriesID] {
    var numbers: [UInt32] = []
    for input in inputs { numbers += input.series }
    SortedNumbers.makeUnique(&numbers)
    return numbers.map(SeriesID.init(rawValue:))
  }

  /// Hands a series to a segment being written.
  static func add(
    _ labels: Labels, _ columns: SampleColumns, to writer: inout SegmentWriter
  ) throws(StoreError) {
    do throws(SegmentError) { try writer.add(labels: labels, columns: columns) } catch {
      throw error.storeError
    }
  }

  /// Reads a series' samples from some segments.
  ///
  /// - Parameters:
  ///   - id: the series.
  ///   - inputs: those of older samples first.
  ///   - tombstones: the deletions in force.
  /// - Returns: the newest of equal times, with deletions carried out.
  /// - Throws: `StoreError.damaged` rather than leaving out what cannot be read.
  static func merged(
    _ id: SeriesID, _ inputs: [SegmentHandle], _ tombstones: TombstoneSet
  ) throws(StoreError) -> SampleColumns {
    var merged = SampleColumns()
    var scratch = BlockScratch()
    for input in inputs {
      var columns = SampleColumns()
      let hidden = tombstones.ranges(hiding: id, through: input.lastSequence)
      do {
        // What is deleted as a whole is not read: expired data costs nothing, damaged or not.
        for block in try input.blocks(of: id, in: .all)
        where !hidden.contains(where: { $0.contains(block.timeRange) }) {
          try input.decode(block, into: &columns, scratch: &scratch)
        }
      } catch {
        if case .damagedPart = error { input.damagedBlocks.note(part: error) }
        throw error.storeError
      }
      SampleMerge.remove(hidden, from: &columns)
      merged = SampleMerge.merge(older: merged, newer: columns)
    }
    return merged
  }
}
