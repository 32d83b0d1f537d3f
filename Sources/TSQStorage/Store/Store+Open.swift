internal import Foundation
internal import Synchronization

extension Store {
  /// Opens a store to write, making it where the folder is missing or empty.
  ///
  /// What an interrupted process left is put in order; `recovery` says what was found.
  ///
  /// - Parameters:
  ///   - directory: the store's folder.
  ///   - options: limits and habits.
  /// - Returns: the store, with everything that was acknowledged visible.
  /// - Throws: `.locked` where another process writes, naming it; `.invalidArgument` where the
  ///   folder holds something else; `.newerFormat`; `.damaged` where the store's identity is lost.
  public static func open(
    _ directory: String, options: StoreOptions = StoreOptions()
  ) throws(StoreError) -> Store {
    try open(directory, options: options, fileSystem: POSIXFileSystem())
  }

  /// Opens a store to read what is durable now; changes nothing on disk, and works while another
  /// process writes.
  ///
  /// - Throws: `.invalidArgument` where the folder is no store.
  public static func openReadOnly(
    _ directory: String, options: StoreOptions = StoreOptions()
  ) throws(StoreError) -> Store {
    try openReadOnly(directory, options: options, fileSystem: POSIXFileSystem())
  }

  /// Whether opening a folder to write would make a new store there: it is missing, or holds nothing.
  ///
  /// A folder that holds something else, or a store that lost its identity, is none of these.
  public static func wouldBeMade(at directory: String) -> Bool {
    let fileSystem = POSIXFileSystem()
    guard fileSystem.exists(directory) else { return true }
    if fileSystem.exists(directory + "/" + StoreIdentity.fileName) { return false }
    let folder = StoreFolder(fileSystem: fileSystem, path: directory)
    do throws(StoreError) {
      try folder.checkMayBecomeStore()
      return true
    } catch {
      // Opening it says what stands in the way.
      return false
    }
  }

  /// The same on any file system.
  package static func open(
    _ directory: String, options: StoreOptions, fileSystem: any FileSystem
  ) throws(StoreError) -> Store {
    let folder = StoreFolder(fileSystem: fileSystem, path: directory)
    try fileOperation { () throws(FileError) in try fileSystem.createDirectory(directory) }
    // Looked at before the lock file is made: a folder of something else stays as it is.
    let isStore = fileSystem.exists(directory + "/" + StoreIdentity.fileName)
    if !isStore { try folder.checkMayBecomeStore() }
    let lock = try takeLock(folder)
    do throws(StoreError) {
      let store = try openLocked(folder, options, lock)
      store.startUpkeep()
      return store
    } catch {
      lock.release()
      throw error
    }
  }

  private static func takeLock(_ folder: StoreFolder) throws(StoreError) -> any FileLock {
    do throws(FileError) { return try folder.fileSystem.lock(folder.lock) } catch {
      guard error.isLocked else { throw .file(error) }
      throw .locked(directory: folder.path, holder: error.text)
    }
  }

  private static func openLocked(
    _ folder: StoreFolder, _ options: StoreOptions, _ lock: any FileLock
  ) throws(StoreError) -> Store {
    let fileSystem = folder.fileSystem
    let read = try StoreIdentity.read(fileSystem, directory: folder.path)
    let identity =
      read?.identity
      ?? StoreIdentity(
        id: StoreID.random(), partitionNanoseconds: options.partitionNanoseconds)
    if read?.damagedCopies != 0 { try identity.write(fileSystem, directory: folder.path) }
    try fileOperation { () throws(FileError) in
      try fileSystem.createDirectory(folder.segments)
      try fileSystem.createDirectory(folder.log)
    }
    let core = StoreCore()
    var loader = StoreLoader(
      folder: folder, identity: identity, core: core, headBytesMax: options.flushBytes)
    var sealer: Store?
    try loader.load { (manifest) throws(StoreError) in
      let store =
        sealer
        ?? Store(
          folder: folder, options: options, identity: identity, core: core, writer: nil,
          job: JobState(manifest: manifest), recovery: RecoveryReport())
      sealer = store
      return try store.sealReplayed()
    }
    var recovery = loader.report
    recovery.isNew = read == nil
    if let read, read.damagedCopies > 0 { recovery.damage.append(repairedIdentity(folder)) }
    var manifest = loader.manifest
    let log = try beginLog(folder, options, identity, core, loader)
    if loader.isManifestLost { manifest.generation += 1 }
    try note(log.fileAtHand, in: &manifest, isLost: loader.isManifestLost, folder)
    var commit = options.commitOptions
    // What is accepted must not take the room that writing it to segments needs.
    commit.reserve = { FlushSpace.needed(acceptedBytes: core.unflushedBytes + $0) }
    let queue = CommitQueue(writer: log, options: commit) { core.apply($0) }
    let writer = StoreWriter(lock: lock, queue: queue)
    var catalog: any CatalogStore = NoCatalog()
    if folder.hasDatabases {
      catalog = openCatalog(folder, core, manifest.generation, &recovery)
    }
    if let missing = missingState(folder, manifest) { recovery.damage.append(missing) }
    let store = Store(
      folder: folder, options: options, identity: identity, core: core, writer: writer,
      job: JobState(manifest: manifest), recovery: recovery, catalog: catalog)
    // A damaged one is mended by opening it; what keeps it from opening is told to who asks for it.
    if folder.hasDatabases, SQLiteFiles.exists(folder.state) { _ = try? store.state() }
    if !recovery.isClean { for (level, text) in recovery.messages { options.log(level, text) } }
    return store
  }

  private static func repairedIdentity(_ folder: StoreFolder) -> DamageReport {
    DamageReport(
      path: folder.path + "/" + StoreIdentity.fileName,
      reason: "one of its two copies was damaged; it was written anew from the other")
  }

  private static func beginLog(
    _ folder: StoreFolder, _ options: StoreOptions, _ identity: StoreIdentity, _ core: StoreCore,
    _ loader: StoreLoader
  ) throws(StoreError) -> WALWriter {
    var limits = WALOptions()
    limits.freeSpaceFloor = options.freeSpaceFloor
    return try WALWriter(
      fileSystem: folder.fileSystem, directory: folder.log, storeID: identity.id,
      nextSequence: loader.nextSequence, lastFile: loader.manifest.logFile ?? 0,
      resolver: core.registry, options: limits)
  }

  /// Has the manifest name the log file just begun, so that it is missed where somebody removes it.
  private static func note(
    _ logFile: UInt64?, in manifest: inout Manifest, isLost: Bool, _ folder: StoreFolder
  ) throws(StoreError) {
    guard logFile != nil || isLost else { return }
    // Not a new generation: the segments are what they were.
    var next = manifest
    next.logFile = logFile ?? manifest.logFile
    do throws(StoreError) {
      try next.write(folder.fileSystem, directory: folder.path)
      manifest = next
    } catch {
      // A full disk must not keep a store closed: then an older file is the newest known.
      guard case .file(let failure) = error, failure.isDiskFull, !isLost else { throw error }
    }
  }
}

// MARK: - Reading only

extension Store {
  /// Tries of a read-only opener while a writer changes files under it.
  private static let readOnlyTriesMax = 20

  /// The same on any file system.
  package static func openReadOnly(
    _ directory: String, options: StoreOptions, fileSystem: any FileSystem
  ) throws(StoreError) -> Store {
    let folder = StoreFolder(fileSystem: fileSystem, path: directory)
    guard let read = try StoreIdentity.read(fileSystem, directory: directory) else {
      throw .invalidArgument(
        "`\(directory)` is not a tsq store; hint: name the folder that holds the file `STORE`")
    }
    var lastError: StoreError?
    for _ in 0..<readOnlyTriesMax {
      do throws(StoreError) {
        if let store = try tryReadOnly(folder, options, read.identity) { return store }
      } catch {
        // A file that was listed and is gone: a flush or compaction replaced it meanwhile.
        guard case .file(let failure) = error, failure.isMissing else { throw error }
        lastError = error
      }
      Thread.sleep(forTimeInterval: 0.05)
    }
    throw lastError
      ?? .invalidArgument("`\(directory)` changes faster than it can be read; try again")
  }

  /// One try; `nil` where the files changed under it, so that what was read may not fit together.
  private static func tryReadOnly(
    _ folder: StoreFolder, _ options: StoreOptions, _ identity: StoreIdentity
  ) throws(StoreError) -> Store? {
    let names = try folder.segmentNames()
    let core = StoreCore()
    var loader = StoreLoader(folder: folder, identity: identity, core: core, headBytesMax: nil)
    try loader.load()
    // A flush moves entries from the log to segments, and a listing may miss a file renamed
    // meanwhile.
    let after = try? Manifest.read(folder.fileSystem, directory: folder.path)
    guard try folder.segmentNames() == names,
      (after?.manifest.generation ?? 0) == loader.manifest.generation
    else { return nil }
    var recovery = loader.report
    if let missing = missingState(folder, loader.manifest) { recovery.damage.append(missing) }
    return Store(
      folder: folder, options: options, identity: identity, core: core, writer: nil,
      job: JobState(manifest: loader.manifest), recovery: recovery)
  }
}
