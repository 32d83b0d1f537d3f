internal import Synchronization
import TSQCore

/// Reads a folder into memory: manifest, segments, then the log behind them.
///
/// Segments come before the log, so that a deletion in the log finds every series it means. Every
/// whole segment is used, even one of a flush that was cut short: its samples are in the log as
/// well, which is read on top, and the same samples twice are still the same samples.
struct StoreLoader {
  let folder: StoreFolder
  let identity: StoreIdentity
  let core: StoreCore
  /// Whether to leave everything on disk as it is.
  let isReadOnly: Bool

  private(set) var report = RecoveryReport()
  private(set) var manifest = Manifest()
  /// Whether the manifest was missing or damaged, and should be written anew.
  private(set) var isManifestLost = false
  /// What replaying the log found.
  private(set) var log = WALRecoveryReport()
  /// Bytes of entries the head may take before it must be sealed.
  private let headBytesMax: Int

  /// A loader; without `headBytesMax` it reads only: nothing on disk is changed, and the whole log
  /// is kept in memory.
  init(folder: StoreFolder, identity: StoreIdentity, core: StoreCore, headBytesMax: Int?) {
    self.folder = folder
    self.identity = identity
    self.core = core
    self.isReadOnly = headBytesMax == nil
    self.headBytesMax = headBytesMax ?? .max
  }

  private var fileSystem: any FileSystem { folder.fileSystem }

  /// The next sequence number that nobody has used.
  var nextSequence: UInt64 {
    max(core.view.withLock { $0.lastSequence }, log.lastSequence, manifest.flushedThrough) + 1
  }

  /// Writes what the head holds to segments, given the manifest in force, and returns the new one.
  typealias Sealer = (Manifest) throws(StoreError) -> Manifest

  /// Reads everything; the log once, whatever its length.
  ///
  /// - Parameter seal: called whenever the head is full, so that memory stays bounded.
  /// - Throws: `StoreError` where a file cannot be read, is another store's or newer, and what
  ///   `seal` throws. Damage is reported instead.
  mutating func load(seal: Sealer) throws(StoreError) {
    try readManifest()
    let handles = try openSegments()
    adopt(handles)
    try noteBackup(handles.map(\.info))
    try noteQuarantine(besides: Set(handles.map(\.info.name)))
    try replay(seal)
  }

  /// The same without changing anything: the whole log is kept in memory.
  mutating func load() throws(StoreError) {
    try load { (manifest) throws(StoreError) in manifest }
    let readers = core.view.withLock { $0.segments.map(\.reader) }
    miss(
      folder.lostSegments(beside: readers, generation: manifest.generation, deep: false))
  }

  private mutating func readManifest() throws(StoreError) {
    let path = folder.path + "/" + Manifest.fileName
    do throws(StoreError) {
      if let read = try Manifest.read(fileSystem, directory: folder.path) {
        manifest = read.manifest
        if read.damagedCopies > 0 {
          isManifestLost = true
          report.damage.append(
            DamageReport(path: path, reason: "one of its two copies is damaged; the other is used"))
        }
        return
      }
      isManifestLost = true
      let names = try folder.segmentNames()
      if names.isEmpty { return }
      report.damage.append(DamageReport(path: path, reason: Self.lostManifest("it is missing")))
    } catch {
      guard case .damaged(let damage) = error else { throw error }
      isManifestLost = true
      report.damage.append(DamageReport(path: path, reason: Self.lostManifest(damage.reason)))
    }
  }

  private static func lostManifest(_ reason: String) -> String {
    reason + "; no sample is lost, but samples deleted earlier may be visible again: "
      + "repeat the deletions"
  }

  // MARK: - Segments

  private mutating func openSegments() throws(StoreError) -> [SegmentHandle] {
    var handles: [SegmentHandle] = []
    if !isReadOnly { try removeTemporaries() }
    for name in try folder.segmentNames() {
      let path = folder.segments + "/" + name
      do throws(SegmentError) {
        let reader = try SegmentReader(fileSystem: fileSystem, path: path)
        guard reader.info.storeID == identity.id else {
          report.damage.append(
            DamageReport(path: path, reason: "it belongs to the store \(reader.info.storeID)"))
          continue
        }
        // Mostly every segment holds the same series: room for those of the largest is enough.
        core.registry.reserve(reader.info.seriesCount)
        handles.append(SegmentHandle(reader: reader, registry: core.registry))
      } catch {
        guard error.isDamage else { throw error.storeError }
        try setAside(name, error)
      }
    }
    let replaced = Set(handles.flatMap(\.info.supersedes))
    let dead = handles.map(\.info.name).filter { replaced.contains($0) }
    if !isReadOnly { try folder.removeSegments(dead) }
    report.removedFiles += dead
    return handles.filter { !replaced.contains($0.info.name) }
  }

  private mutating func removeTemporaries() throws(StoreError) {
    guard fileSystem.exists(folder.segments) else { return }
    try fileOperation { () throws(FileError) in
      for name in try fileSystem.list(folder.segments)
      where name.hasSuffix(SegmentName.temporaryExtension) {
        try fileSystem.remove(folder.segments + "/" + name)
        report.removedFiles.append(name)
      }
    }
  }

  /// A segment that cannot be opened: moved away where that is allowed, reported in any case.
  private mutating func setAside(_ name: String, _ error: SegmentError) throws(StoreError) {
    let damage = unreadable(folder.segments, name, error.storeError.reason)
    if isReadOnly {
      core.view.withLock { $0.unreadable.append(damage) }
    } else {
      try folder.quarantineSegment(name)
    }
    report.damage.append(damage)
  }

  /// Holds a backup against its list; opening it to write makes it a store like any other.
  private mutating func noteBackup(_ held: [SegmentInfo]) throws(StoreError) {
    var missing = folder.missingOfBackup(held)
    if !isReadOnly {
      try folder.adoptBackup(missing)
      // Those are remembered now, and reported with all that are.
      missing.removeAll(where: \.isMissing)
    }
    miss(missing)
  }

  /// Segments set aside now or earlier: answers about the time of all of them are incomplete.
  ///
  /// - Parameter held: names of the segments there are. Where one of them was set aside earlier, a whole
  ///   copy was put back since.
  /// - Throws: `.file`.
  private mutating func noteQuarantine(besides held: Set<String>) throws(StoreError) {
    guard fileSystem.exists(folder.quarantine) else { return }
    let names: [String]
    do throws(FileError) { names = try fileSystem.list(folder.quarantine) } catch {
      // What is known to be lost is listed there: answers may be incomplete and nobody can say where.
      miss([DamageReport(path: folder.quarantine, reason: "it cannot be listed: \(error)")])
      return
    }
    let setAside = names.filter { SegmentName(fileName: $0) != nil }
    if !isReadOnly { try folder.retire(setAside.filter(held.contains)) }
    let reports = setAside.filter { !held.contains($0) }.map {
      unreadable(folder.quarantine, $0, "it could not be read and was set aside")
    }
    core.view.withLock { $0.unreadable += reports }
    noteLost(names)
  }

  /// Segments and log entries known to be lost; a segment that is back is not any more.
  private mutating func noteLost(_ names: [String]) {
    for (name, lost) in folder.lostSegments(names) {
      if fileSystem.exists(folder.segments + "/" + name) {
        if !isReadOnly { try? folder.forgetLost(name) }
        continue
      }
      miss([lost])
    }
    miss(folder.lostEntries(names))
  }

  /// Takes note of samples that are not there, so that answers say so.
  private mutating func miss(_ lost: [DamageReport]) {
    report.damage += lost
    core.view.withLock { $0.unreadable += lost }
  }

  /// A report on a segment that cannot be opened: its name says which time it is about.
  private func unreadable(_ folder: String, _ name: String, _ reason: String) -> DamageReport {
    let range = SegmentName(fileName: name).map {
      PartitionPlan.range(of: $0.partition, length: identity.partitionNanoseconds)
    }
    return DamageReport(path: folder + "/" + name, range: range, reason: reason)
  }

  private mutating func adopt(_ handles: [SegmentHandle]) {
    report.segments = handles.count
    let last = max(manifest.flushedThrough, handles.map(\.lastSequence).max() ?? 0)
    let (core, manifest) = (core, manifest)
    var unnamed: [DamageReport] = []
    for handle in handles {
      for error in handle.damage {
        unnamed.append(error.report(handle))
      }
    }
    miss(unnamed)
    core.view.withLock { view in
      view.add(handles)
      view.lastSequence = last
      for entry in manifest.tombstones { view.apply(entry, registry: core.registry) }
      for entry in manifest.metadata { view.metadata[entry.metric] = entry }
    }
  }

  // MARK: - Log

  private mutating func replay(_ seal: Sealer) throws(StoreError) {
    var first: UInt64?
    // Without a manifest it is not known where the log should begin.
    var last = isManifestLost ? nil : manifest.flushedThrough
    var hasGap = false
    let (core, step) = (core, headBytesMax)
    var limit = step
    log = try WALReader.replay(
      fileSystem: fileSystem, directory: folder.log, storeID: identity.id,
      afterSequence: manifest.flushedThrough, resolver: core.registry, readOnly: isReadOnly,
      quarantineDirectory: folder.quarantine
    ) { (sequence, entry) throws(StoreError) in
      // Before anything is sealed: from then on the log does not show it any more.
      if let before = last, sequence > before + 1, !hasGap {
        hasGap = true
        noteGap(after: before)
      }
      last = sequence
      let held = core.activeBytes.load(ordering: .relaxed)
      if held >= limit {
        do throws(StoreError) {
          manifest = try seal(manifest)
          limit = step
        } catch {
          // A full disk must not keep a store closed: the memory that was enough before the restart
          // is enough now.
          guard case .diskFull = error, held < step * StoreOptions.headBytesFactorMax else {
            throw error
          }
          limit += step
        }
      }
      if first == nil { first = sequence }
      report.replayedEntries += 1
      if case .samples(let batch) = entry { report.replayedSamples += batch.count }
      _ = core.apply([(sequence, entry)])
    }
    noteLog()
    if log.missingEntryCount > 0, !hasGap, !(isManifestLost && log.beginsAfterGap) {
      noteGap(after: last ?? 0)
    }
    if let lost = folder.lostLogEnd(
      expecting: manifest.logFile, after: log.lastSequence,
      isReadOnly ? .reading : .opening)
    {
      miss([lost])
    }
    guard isManifestLost, manifest.flushedThrough == 0 else { return }
    // What is not in the log is in segments or nowhere.
    let segments = core.view.withLock { $0.segments.map(\.lastSequence).max() ?? 0 }
    manifest.flushedThrough = first.map { $0 - 1 } ?? segments
  }

  private mutating func noteLog() {
    report.tornBytes = log.tornByteCount
    report.damage += log.quarantined.map {
      DamageReport(path: $0.path, reason: $0.description)
    }
  }

  /// Remembers entries that are gone, where they are not remembered yet.
  private mutating func noteGap(after sequence: UInt64) {
    guard let lost = folder.note(lostEntriesAfter: sequence, isReadOnly: isReadOnly) else { return }
    miss([lost])
  }
}
