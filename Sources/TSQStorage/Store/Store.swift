internal import Foundation
internal import Synchronization

/// A durable store of time series in one folder.
///
/// One process writes (`open`), any number read (`openReadOnly`) and change nothing. Every call is
/// safe from any thread. What an append promises: once it returned with `.synced`, its samples
/// survive a crash and are in every snapshot taken afterwards.
public final class Store: Sendable {
  /// The folder.
  public let directory: String
  /// What was found when the store was opened.
  public let recovery: RecoveryReport

  let folder: StoreFolder
  let options: StoreOptions
  let identity: StoreIdentity
  let core: StoreCore
  /// The writing half; `nil` where the store is open for reading only.
  let writer: StoreWriter?
  /// Held by what changes the manifest, the catalog or which files there are.
  ///
  /// Never taken by readers or appends, so it may be held across I/O.
  let jobs: Mutex<JobState>
  /// Held by the one job that removes segments, or must not see any go: merge, backup, verify.
  ///
  /// Taken before `jobs` where both are. Flushes go on meanwhile, so that a long merge stalls
  /// nobody.
  let merging = Mutex(())
  let flusher = UpkeepThread()
  let merger = UpkeepThread()
  /// Whether SQLite reaches the folder; not where the file system is a simulated one.
  let hasDatabases: Bool
  /// The cache of what the segments hold.
  let catalog: Mutex<any CatalogStore>
  /// What is remembered besides samples; `nil` until somebody asks.
  let openState = Mutex<StateDatabase?>(nil)
  private let isClosed = Atomic<Bool>(false)

  init(
    folder: StoreFolder, options: StoreOptions, identity: StoreIdentity, core: StoreCore,
    writer: StoreWriter?, job: JobState, recovery: RecoveryReport,
    catalog: any CatalogStore = NoCatalog()
  ) {
    self.directory = folder.path
    self.folder = folder
    self.hasDatabases = folder.hasDatabases
    self.options = options
    self.identity = identity
    self.core = core
    self.writer = writer
    self.jobs = Mutex(job)
    self.catalog = Mutex(catalog)
    self.recovery = recovery
  }

  deinit {
    // A store dropped without `close` gives up its thread and lock; what was promised is on disk.
    if isClosed.exchange(true, ordering: .sequentiallyConsistent) { return }
    flusher.cancel()
    merger.cancel()
    // Nobody is left to tell; what was acknowledged was synced before.
    try? writer?.queue.shutdown()
    writer?.lock.release()
  }

  var fileSystem: any FileSystem { folder.fileSystem }

  /// What tells this store's files from those of others.
  public var id: StoreID { identity.id }

  /// Series known; those that hold the hourly values of others are not counted.
  public var seriesCount: Int { core.registry.visibleCount }

  /// What keeps the store from taking anything more until it is opened anew; `nil` while it does.
  package var failure: StoreError? { writer?.queue.failure }

  /// Whether the store was opened for reading only.
  public var isReadOnly: Bool { writer == nil }

  /// An unchanging view of what is visible now.
  ///
  /// Cheap.
  public func snapshot() -> StoreSnapshot { core.snapshot() }

  /// Writes into the lock file where this process can be reached, so that others say so.
  ///
  /// - Parameter address: for instance `http://127.0.0.1:9010`.
  /// - Throws: `StoreError.file`; `.readOnly` where this process does not hold the lock.
  public func advertise(address: String) throws(StoreError) {
    let writer = try requireWriter()
    try fileOperation { () throws(FileError) in try writer.lock.describe(address) }
  }

  /// Drains the queue, syncs the log and gives back the lock.
  ///
  /// Nothing is flushed: opening replays.
  ///
  /// Snapshots taken before stay readable. Closing twice is harmless.
  ///
  /// - Throws: `StoreError.poisoned` where the last sync failed; the lock is given back even then.
  public func close() throws(StoreError) {
    if isClosed.exchange(true, ordering: .sequentiallyConsistent) { return }
    flusher.stop()
    merger.stop()
    // Somebody else's merge, check or backup ends soon, and must have ended before the lock is free.
    merging.withLock { _ in }
    defer { writer?.lock.release() }
    closeDatabases()
    try writer?.queue.shutdown()
  }

  /// Whether the store is closed or about to be: long work should end.
  var isClosing: Bool { isClosed.load(ordering: .sequentiallyConsistent) }

  func requireWriter() throws(StoreError) -> StoreWriter {
    guard let writer else { throw .readOnly }
    guard !isClosed.load(ordering: .sequentiallyConsistent) else { throw .closed }
    return writer
  }
}
