internal import Synchronization
import TSQCore

/// The two SQLite files of a store: the catalog, which is a cache, and the state, which is not.
extension Store {
  /// What the store remembers besides samples: the retention rules.
  ///
  /// Opened when first asked for, and closed with the store. A read-only store reads a copy, and
  /// changes made to that go nowhere.
  ///
  /// - Throws: `StoreError.database`, `.newerFormat`.
  public func state() throws(StoreError) -> StateDatabase {
    try openState.withLock { (open) throws(StoreError) in
      if let open { return open }
      let state: StateDatabase
      if !hasDatabases {
        state = try StateDatabase.inMemory()
      } else if isReadOnly {
        state = try StateDatabase.openReadOnly(folder.state)
      } else {
        let opened = try StateDatabase.open(folder.state)
        if let reason = opened.report.reason {
          let (kept, lost) = (opened.report.rowsKept, opened.report.rowsLost)
          options.log(
            .error,
            "`\(folder.state)` was damaged (\(reason)): "
              + (kept + lost == 0
                ? "nothing in it could be read, set the retention rules again"
                : "\(kept) rows were taken over and \(lost) are lost"))
        }
        state = opened.state
        noteState()
      }
      open = state
      return state
    }
  }

  /// Has the manifest say that there is a state database, once there is one.
  private func noteState() {
    jobs.withLock { job in
      guard !job.manifest.hasState else { return }
      // Not a new generation: the segments are what they were.
      var next = job.manifest
      next.hasState = true
      do throws(StoreError) {
        try next.write(fileSystem, directory: folder.path)
        job.manifest = next
      } catch {
        options.log(.warning, "could not note that there is a `\(folder.state)`: \(error)")
      }
    }
  }

  /// The state database that a manifest speaks of and that is gone.
  static func missingState(_ folder: StoreFolder, _ manifest: Manifest) -> DamageReport? {
    guard manifest.hasState, folder.hasDatabases, !SQLiteFiles.exists(folder.state) else {
      return nil
    }
    return DamageReport(
      path: folder.state,
      reason:
        "it is missing, with the retention rules: put it back from a backup, or set them again")
  }

  /// Opens the catalog and makes it agree with the segments.
  ///
  /// Nothing depends on it, so a failure is told and the store does without. But it is the only list of
  /// segments outside them: one that it has and that is gone is reported.
  static func openCatalog(
    _ folder: StoreFolder, _ core: StoreCore, _ generation: UInt64,
    _ recovery: inout RecoveryReport
  ) -> any CatalogStore {
    let readers = core.view.withLock { $0.segments.map(\.reader) }
    let existed = SQLiteFiles.exists(folder.catalog)
    do throws(StoreError) {
      var lost: [DamageReport] = []
      let opened = try Catalog.open(
        folder.catalog, segments: readers, generation: generation,
        onLost: { found in
          lost = found.filter { !folder.accounts(for: $0.info.name) }.map { folder.note($0) }
        })
      recovery.damage += lost
      core.view.withLock { $0.unreadable += lost }
      if let reason = opened.report.reason, existed {
        recovery.damage.append(
          DamageReport(
            path: folder.catalog, reason: "\(reason); it was made anew from the segments"))
      }
      return opened.catalog
    } catch {
      recovery.damage.append(
        DamageReport(path: folder.catalog, reason: "\(error); the store does without it"))
      return NoCatalog()
    }
  }

  /// Tells the catalog of the flushes and merges since the last time.
  ///
  /// Not part of a flush: a row for each series takes longer than writing the segment did.
  func settleCatalog() { catalog.withLock { _ = settle(&$0) } }

  /// The same while the catalog is held.
  ///
  /// - Returns: the segments it has now, all there are at one moment.
  @discardableResult
  func settle(_ open: inout any CatalogStore) -> [SegmentHandle] {
    let (added, removed, generation, segments) = jobs.withLock { job in
      defer { (job.uncatalogued, job.uncataloguedRemovals) = ([], []) }
      return (
        job.uncatalogued, job.uncataloguedRemovals, job.manifest.generation,
        core.view.withLock { $0.segments }
      )
    }
    guard !added.isEmpty || !removed.isEmpty else { return segments }
    let gone = Set(removed)
    let readers = added.filter { !gone.contains($0.info.name) }.map(\.reader)
    do throws(StoreError) {
      try open.publish(adding: readers, removing: removed, generation: generation)
    } catch {
      // The next opening finds that it lags behind, and mends it.
      options.log(.error, "the catalog could not be kept up to date: \(error)")
      open.close()
      open = NoCatalog()
    }
    return segments
  }

  /// Makes the catalog anew after it failed.
  ///
  /// - Throws: `StoreError.database` where that fails too.
  func reopenCatalog() throws(StoreError) {
    try catalog.withLock { (held) throws(StoreError) in
      // No segment may come or go meanwhile: the catalog would not hear of it.
      let opened = try jobs.withLock { (job) throws(StoreError) in
        try Catalog.open(
          folder.catalog, segments: core.view.withLock { $0.segments.map(\.reader) },
          generation: job.manifest.generation)
      }
      held.close()
      held = opened.catalog
    }
  }

  /// Copies the state into a backup.
  func copyState(to target: StoreFolder) throws(StoreError) {
    guard hasDatabases, SQLiteFiles.exists(folder.state) else { return }
    try state().copy(to: target.state)
  }

  func closeDatabases() {
    settleCatalog()
    catalog.withLock { $0.close() }
    openState.withLock { open in
      open?.close()
      open = nil
    }
  }
}
