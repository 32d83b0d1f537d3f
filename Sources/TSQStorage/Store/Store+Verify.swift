internal import Foundation
internal import Synchronization
import TSQCore

/// What checking a store found.
public struct VerifyReport: Hashable, Sendable {
  /// Segments looked at.
  public var segments = 0
  /// Blocks whose place in the index was read, and with `deep` their samples too.
  public var blocks = 0
  /// Samples that were decoded and compared with their summaries; 0 unless `deep`.
  public var samples = 0
  /// Log entries read.
  public var logEntries = 0
  /// Segments that a writer replaced while this store, open for reading only, was being checked.
  public var replacedMeanwhile = 0
  /// What earlier openings set aside, as sentences; nothing is wrong with the store as it is.
  public var notes: [String] = []
  /// Everything found wrong: file, series, time range and what it means.
  public var damage: [DamageReport] = []

  /// Whether nothing is wrong.
  public var isSound: Bool { damage.isEmpty }
}

extension Store {
  /// Checks the files of the store; changes nothing, and ingest and queries go on.
  ///
  /// Damaged blocks cost their own samples only: what can be read is kept and answered. To be rid
  /// of a report, restore the named file from a backup, or delete the named range and compact.
  ///
  /// - Parameters:
  ///   - deep: also reads every block and compares its summary with its samples.
  ///   - progress: told after each segment.
  /// - Returns: what was looked at and what is wrong.
  public func verify(
    deep: Bool = false, progress: (JobProgress) -> Void = { _ in }
  ) -> VerifyReport {
    // No segment may go while it is looked at.
    merging.withLock { _ in
      var report = VerifyReport()
      let view = core.view.withLock { $0 }
      report.damage = view.unreadable
      let total = view.segments.reduce(Int64(0)) { $0 + $1.info.fileSize }
      var done: Int64 = 0
      for segment in view.segments {
        if isClosing {
          report.damage.append(
            DamageReport(
              path: folder.path, reason: "it was closed before all of it was looked at"))
          return report
        }
        verify(segment, deep: deep, &report)
        done += segment.info.fileSize
        progress(JobProgress(doneBytes: done, totalBytes: total))
      }
      let stillUnreadable = Set(core.view.withLock { $0.unreadable })
      report.damage.removeAll { view.unreadable.contains($0) && !stillUnreadable.contains($0) }
      verifySmallFiles(&report)
      verifyLog(&report)
      verifyCatalog(&report)
      verifyState(&report)
      // What opening found and what was found now may be the same.
      var seen: Set<DamageReport> = []
      report.damage.removeAll { !seen.insert($0).inserted }
      return report
    }
  }

  /// Opens the file anew: what the open handle remembers would hide that it was changed.
  private func verify(_ segment: SegmentHandle, deep: Bool, _ report: inout VerifyReport) {
    report.segments += 1
    let path = segment.reader.path
    do throws(SegmentError) {
      // A store that only reads sees files go: a writer merged them into others meanwhile.
      if isReadOnly, !fileSystem.exists(path) {
        report.replacedMeanwhile += 1
        return
      }
      let reader = try SegmentReader(fileSystem: fileSystem, path: path)
      guard reader.info == segment.info else {
        report.damage.append(
          DamageReport(
            path: path, reason: "it is not the file that was opened; open the store anew"))
        return
      }
      report.blocks += reader.info.blockCount
      if deep { report.samples += reader.info.sampleCount }
      let met = segment.damagedBlocks.places
      let wasDamaged = !met.isEmpty || segment.damagedBlocks.part != nil || !segment.damage.isEmpty
      let found = DamagedBlocks()
      var damage = reader.verify(deep: deep) { found.note($1, of: $0) }
      // What was met before is read again: a whole copy may have been put back since.
      if !deep { damage += reader.verify(met.map(\.block)) { found.note($1, of: $0) } }
      report.damage += damage.map { $0.report(segment) }
      if wasDamaged, damage.isEmpty {
        // The open file may be the old one, whose name the new one has now.
        replace(segment, by: SegmentHandle(reader: reader, registry: core.registry))
      } else if deep || !met.isEmpty {
        segment.damagedBlocks.replace(by: found)
      }
    } catch {
      report.damage.append(error.report(segment))
    }
  }

  /// Lets queries and merges read a segment anew.
  private func replace(_ segment: SegmentHandle, by other: SegmentHandle) {
    core.view.withLock { view in
      guard let place = view.segments.firstIndex(where: { $0 === segment }) else { return }
      view.unreadable.removeAll { $0.path == segment.reader.path }
      view.segments[place] = other
    }
    // What stopped at the damage may be merged now.
    core.leftMerges.withLock { $0 = [] }
  }

  private func verifySmallFiles(_ report: inout VerifyReport) {
    let files = [
      (StoreIdentity.fileName, StoreIdentity.magic, StoreIdentity.version),
      (Manifest.fileName, Manifest.magic, Manifest.version),
    ]
    for (name, magic, version) in files {
      let path = folder.path + "/" + name
      do throws(StoreError) {
        let content = try CheckedFile.read(fileSystem, path, magic: magic, supported: version)
        if content == nil {
          report.damage.append(DamageReport(path: path, reason: "it is missing"))
        }
        if let content, content.damagedCopies > 0 {
          report.damage.append(
            DamageReport(
              path: path, reason: "one of its two copies is damaged; opening to write mends it"))
        }
      } catch {
        report.damage.append(DamageReport(path: path, reason: error.reason))
      }
    }
  }

  /// Holds the catalog against the footers: checksums, and every row.
  private func verifyCatalog(_ report: inout VerifyReport) {
    if isReadOnly {
      let generation = jobs.withLock { $0.manifest.generation }
      let readers = core.view.withLock { $0.segments.map(\.reader) }
      report.damage += folder.lostSegments(beside: readers, generation: generation, deep: true)
      return
    }
    let wrong: String? = catalog.withLock { held in
      let segments = settle(&held)
      guard let catalog = held as? Catalog else { return nil }
      do throws(StoreError) {
        try catalog.verify()
        return try catalog.difference(from: segments.map(\.reader))
      } catch { return error.reason }
    }
    guard let wrong else { return }
    report.damage.append(
      DamageReport(
        path: folder.catalog,
        reason: "\(wrong); it is a cache: remove it, and the next opening makes it anew"))
  }

  /// Checks a copy of the retention rules: SQLite would write to the folder to read it.
  private func verifyState(_ report: inout VerifyReport) {
    if let missing = Store.missingState(folder, jobs.withLock { $0.manifest }) {
      report.damage.append(missing)
    }
    guard hasDatabases, SQLiteFiles.exists(folder.state) else { return }
    do throws(StoreError) {
      try StateDatabase.openReadOnly(folder.state).close()
    } catch {
      report.damage.append(DamageReport(path: folder.state, reason: error.reason))
    }
  }

  /// How often, and how far apart, the log is read where its last entry does not fit its checksum: a
  /// writer completes it in far less, and damage stays.
  private static let suspectLooks = 4
  private static let suspectInterval = 0.1

  private func readLog() throws(StoreError) -> WALRecoveryReport {
    // Numbers of its own: reading must not make series known to the store.
    try WALReader.replay(
      fileSystem: fileSystem, directory: folder.log, storeID: identity.id,
      resolver: SeriesRegistry(), readOnly: true
    ) { _, _ in }
  }

  private func verifyLog(_ report: inout VerifyReport) {
    do throws(StoreError) {
      // Read before the log is listed: from then on files only become more.
      let manifest = jobs.withLock { $0.manifest }
      var log = try readLog()
      for _ in 1..<Self.suspectLooks where log.suspect != nil {
        let before = log.suspect
        Thread.sleep(forTimeInterval: Self.suspectInterval)
        log = try readLog()
        if log.suspect != before { log.suspect = nil }
      }
      report.logEntries = log.entryCount
      report.damage += (log.quarantined + [log.suspect].compactMap(\.self)).map {
        DamageReport(path: $0.path, reason: $0.description)
      }
      let lost = folder.lostLogEnd(
        expecting: manifest.logFile, after: max(log.lastSequence, manifest.flushedThrough),
        isReadOnly ? .reading : .writing)
      report.damage += [lost].compactMap(\.self)
      let setAside = (try? fileSystem.list(folder.quarantine)) ?? []
      report.notes += setAside.filter { $0.contains(".wal.") }.sorted().map {
        "an earlier opening found bytes of the log that are no whole entry, and kept them in "
          + "`\(folder.quarantine)/\($0)`"
      }
    } catch {
      report.damage.append(DamageReport(path: folder.log, reason: error.reason))
    }
  }
}

extension SegmentError {
  /// The same failure as a report, with the time it concerns as far as that is known.
  func report(_ segment: SegmentHandle) -> DamageReport {
    if case .damaged(let report) = storeError {
      return DamageReport(
        path: report.path, series: report.series, range: report.range ?? segment.info.timeRange,
        reason: report.reason)
    }
    return DamageReport(
      path: segment.reader.path, range: segment.info.timeRange, reason: description)
  }
}
