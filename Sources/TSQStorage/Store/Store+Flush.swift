import TSQCodec
import TSQCore
internal import Synchronization

extension Store {
  /// Writes everything accepted so far to segments and shortens the log.
  ///
  /// - Returns: when all of it is durable and sealed; nothing to do is a report of zeros.
  /// - Throws: `StoreError`. What was accepted stays in memory and in the log, and the next flush
  ///   goes on where this one stopped.
  @discardableResult
  public func flush() throws(StoreError) -> FlushReport {
    let writer = try requireWriter()
    let report = try jobs.withLock { (job) throws(StoreError) in try flush(writer, &job) }
    if !options.backgroundUpkeep { settleCatalog() }
    return report
  }

  /// Writes what was replayed so far to segments, so that a long log needs no more memory than a
  /// short one.
  ///
  /// Only while opening: nobody appends yet, and the log's files are still as they were.
  ///
  /// - Returns: the manifest that says so.
  /// - Throws: `.diskFull` with nothing changed, so that the caller may go on without; or what a
  ///   flush throws.
  func sealReplayed() throws(StoreError) -> Manifest {
    try jobs.withLock { (job) throws(StoreError) in
      try requireFlushSpace(samples: core.view.withLock { $0.active.sampleCount })
      core.rotateHead()
      var report = FlushReport()
      try flushHead(&job, &report)
      return job.manifest
    }
  }

  func flush(_ writer: StoreWriter, _ job: inout JobState) throws(StoreError) -> FlushReport {
    var report = FlushReport()
    // A head that an earlier, failed flush left goes first: order of truth is order of flushing.
    if core.view.withLock({ $0.flushing != nil }) { try flushHead(&job, &report) }
    try rotate(writer, &job)
    try flushHead(&job, &report)
    let through = job.manifest.flushedThrough
    try writer.betweenGroups { (log) throws(StoreError) in
      try log.dropPrefix(throughSequence: through)
    }
    report.throughSequence = through
    return report
  }

  /// Makes the head the one being flushed, between two groups of entries, and starts a new log
  /// file.
  private func rotate(_ writer: StoreWriter, _ job: inout JobState) throws(StoreError) {
    let isEmpty = core.view.withLock { $0.active.sequences == nil }
    let core = core
    job.logFile = try writer.betweenGroups { (log) throws(StoreError) in
      if isEmpty { return log.fileAtHand }
      _ = try log.rotate()
      core.rotateHead()
      return log.fileAtHand
    }
  }

  private func flushHead(_ job: inout JobState, _ report: inout FlushReport) throws(StoreError) {
    guard let head = core.view.withLock({ $0.flushing }), let sequences = head.sequences else {
      return
    }
    let handles: [SegmentHandle]
    if let published = job.published {
      handles = published
    } else {
      handles = try write(head, sequences)
    }
    // From here on the files stay: should the next step fail, whether the manifest names them is
    // not known, and a later flush only repeats that step.
    job.published = handles
    try commit(through: sequences.upperBound, &job)
    job.published = nil
    core.view.withLock { view in
      view.add(handles)
      view.flushing = nil
      core.flushingBytes.store(0, ordering: .relaxed)
    }
    job.uncatalogued += handles
    report.samples += head.sampleCount
    report.segments += handles.count
    report.bytes += handles.reduce(0) { $0 + $1.info.fileSize }
  }

  /// Writes a head's samples, one segment a time partition.
  private func write(
    _ head: Head, _ sequences: ClosedRange<UInt64>
  ) throws(StoreError) -> [SegmentHandle] {
    let plan = PartitionPlan(head, length: identity.partitionNanoseconds)
    try requireFlushSpace(samples: head.sampleCount)
    try removeUnused(sequences)
    let held = Set(core.view.withLock { $0.segments.map(\.info.name) })
    let names = plan.partitions.map {
      unusedName(sequences, partition: $0.number, held)
    }
    var handles: [SegmentHandle] = []
    for (name, partition) in zip(names, plan.partitions) {
      handles.append(try write(head, partition.series, as: name))
    }
    return handles
  }

  /// Removes what a try of this flush that failed half way left in the folder.
  private func removeUnused(_ sequences: ClosedRange<UInt64>) throws(StoreError) {
    let held = Set(core.view.withLock { $0.segments.map(\.info.name) })
    try folder.removeSegments(
      try folder.segmentNames().filter { name in
        SegmentName(fileName: name)?.sequences == sequences && !held.contains(name)
      })
  }

  /// A name that no segment in use has; one can have the plain name after an interrupted flush.
  private func unusedName(
    _ sequences: ClosedRange<UInt64>, partition: Int64, _ held: Set<String>
  ) -> SegmentName {
    var generation: UInt32 = 0
    while true {
      let name = SegmentName(
        sequences: sequences, partition: partition, generation: generation)
      if !held.contains(name.fileName) { return name }
      generation += 1
    }
  }

  private func write(
    _ head: Head, _ series: [SeriesID], as name: SegmentName
  ) throws(StoreError) -> SegmentHandle {
    let range = PartitionPlan.range(of: name.partition, length: identity.partitionNanoseconds)
    var writer = try startSegment(name, effort: .fast)
    let ordered = core.order.sorted(series, core.registry)
    var columns = SampleColumns()
    var written: [SeriesID] = []
    do throws(SegmentError) {
      for start in stride(from: 0, to: ordered.count, by: Self.labelsAtOnce) {
        let part = Array(ordered[start..<min(ordered.count, start + Self.labelsAtOnce)])
        for (id, labels) in zip(part, core.registry.labels(of: part)) {
          columns.removeAllKeepingCapacity()
          head.series(id)?.copy(in: range, into: &columns)
          if columns.isEmpty { continue }
          try writer.add(labels: labels, columns: columns)
          written.append(id)
        }
      }
    } catch {
      writer.abandon()
      throw error.storeError
    }
    return try publish(writer, name, series: written)
  }

  /// Series whose labels are asked for under one lock: the texts of all of them would take more memory
  /// than their samples.
  private static let labelsAtOnce = 256

  /// Starts a segment; what an earlier try left under the temporary name is removed first.
  func startSegment(
    _ name: SegmentName, supersedes: [String] = [], effort: EncodingEffort
  ) throws(StoreError) -> SegmentWriter {
    let stem = name.fileName.dropLast(SegmentName.fileExtension.count)
    let path = folder.segments + "/" + stem + SegmentName.temporaryExtension
    if fileSystem.exists(path) {
      try fileOperation { () throws(FileError) in try fileSystem.remove(path) }
    }
    var description = SegmentWriter.Description(
      storeID: identity.id, sequences: name.sequences, partition: name.partition)
    description.supersedes = supersedes
    description.metadata = core.view.withLock { $0.metadata }.values.sorted {
      $0.metric < $1.metric
    }
    description.effort = effort
    // A merge writes for years to come: tables, index and summaries cost an eighth a sample.
    if effort == .cold { description.samplesPerBlock = ColumnFrame.samplesPerFrameMax }
    do throws(SegmentError) {
      return try SegmentWriter(
        fileSystem: fileSystem, temporaryPath: path, description: description)
    } catch { throw error.storeError }
  }

  /// Finishes a segment under its name and opens it.
  ///
  /// - Parameters:
  ///   - writer: holds all of it.
  ///   - name: the name it gets.
  ///   - series: those that were added, in their order.
  /// - Returns: the segment, durable.
  /// - Throws: what writing or reading it back throws; it may have its name all the same.
  func publish(
    _ writer: consuming SegmentWriter, _ name: SegmentName, series: [SeriesID]
  ) throws(StoreError) -> SegmentHandle {
    do throws(SegmentError) {
      _ = try writer.finish(publishAs: name.fileName)
      let reader = try SegmentReader(
        fileSystem: fileSystem, path: folder.segments + "/" + name.fileName)
      // What was written a moment ago must be readable before it takes the place of memory.
      return try SegmentHandle(written: reader, series: series, registry: core.registry)
    } catch { throw error.storeError }
  }

  /// Writes the manifest: the moment the flushed segments count.
  func commit(through sequence: UInt64, _ job: inout JobState) throws(StoreError) {
    var next = job.manifest
    next.generation += 1
    next.logFile = job.logFile
    next.flushedThrough = max(next.flushedThrough, sequence)
    let (tombstones, metadata) = core.view.withLock { ($0.tombstones.all, $0.metadata) }
    // Later ones are still in the log.
    next.tombstones = tombstones.filter { $0.sequence <= next.flushedThrough }
    next.metadata = metadata.values.sorted { $0.metric < $1.metric }
    try next.write(fileSystem, directory: folder.path)
    job.manifest = next
  }

  /// Refuses a flush that would fail for lack of room.
  ///
  /// What is kept free is there for it: it is what makes room in the log again. Its segments are no
  /// larger than the log they replace.
  private func requireFlushSpace(samples: Int) throws(StoreError) {
    let most = Int64(samples) * FlushSpace.bytesPerSampleMax
    try requireSpace(bytes: min(most, logBytes), reserve: 0)
  }

  /// Refuses a merge for which there is not enough room: half of the floor, or what a flush needs, stays
  /// for flushes.
  func requireMergeSpace(bytes: Int64) throws(StoreError) {
    let flush = FlushSpace.needed(acceptedBytes: core.unflushedBytes)
    try requireSpace(bytes: bytes, reserve: max(options.freeSpaceFloor / 2, flush))
  }

  private func requireSpace(bytes: Int64, reserve: Int64) throws(StoreError) {
    let free = try fileOperation { () throws(FileError) in try fileSystem.freeSpace(folder.path) }
    guard free >= bytes + reserve else {
      throw .diskFull(freeBytes: free, neededBytes: bytes + reserve)
    }
  }
}
