internal import Synchronization
import TSQCore

/// The two SQLite files of a store: the catalog, which is a cache, and the state, which is not.
extension Store {
  /// What the store remembers besides samples: alert states, silences, report runs, retention
  /// rules.
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
          options.log(
            "`\(folder.state)` was damaged (\(reason)): \(opened.report.rowsKept) rows were taken "
              + "over and \(opened.report.rowsLost) are lost")
        }
        state = opened.state
      }
      open = state
      return state
    }
  }

  /// Opens the catalog and makes it agree with the segments.
  ///
  /// Nothing depends on it, so a failure is told and the store does without.
  static func openCatalog(
    _ folder: StoreFolder, _ core: StoreCore, _ recovery: inout RecoveryReport
  ) -> any CatalogStore {
    let readers = core.view.withLock { $0.segments.map(\.reader) }
    let existed = folder.fileSystem.exists(folder.catalog)
    do throws(StoreError) {
      let opened = try Catalog.open(folder.catalog, segments: readers)
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
  func settleCatalog() {
    let (added, removed) = jobs.withLock { job in
      defer { (job.uncatalogued, job.uncataloguedRemovals) = ([], []) }
      return (job.uncatalogued, job.uncataloguedRemovals)
    }
    guard !added.isEmpty || !removed.isEmpty else { return }
    let gone = Set(removed)
    let readers = added.filter { !gone.contains($0.info.name) }.map(\.reader)
    catalog.withLock { open in
      do throws(StoreError) {
        try open.publish(adding: readers, removing: removed)
      } catch {
        // The next opening finds that it lags behind, and mends it.
        options.log("the catalog could not be kept up to date: \(error)")
        open.close()
        open = NoCatalog()
      }
    }
  }

  /// Makes the catalog anew after it failed.
  ///
  /// - Throws: `StoreError.database` where that fails too.
  func reopenCatalog() throws(StoreError) {
    // No segment may come or go meanwhile: the catalog would not hear of it.
    try jobs.withLock { (_) throws(StoreError) in
      let readers = core.view.withLock { $0.segments.map(\.reader) }
      let opened = try Catalog.open(folder.catalog, segments: readers)
      catalog.withLock { held in
        held.close()
        held = opened.catalog
      }
    }
  }

  /// Copies the state into a backup.
  func copyState(to target: StoreFolder) throws(StoreError) {
    guard hasDatabases, fileSystem.exists(folder.state) else { return }
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
