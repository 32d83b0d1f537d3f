internal import Synchronization
import TSQCore

/// What a backup or a restore did.
public struct BackupReport: Hashable, Sendable {
  /// Segments taken over.
  public var segments = 0
  /// Their bytes.
  public var bytes: Int64 = 0
  /// Segments that share their bytes with the source; the others were copied.
  public var linked = 0
  /// Everything accepted up to this sequence number is in the backup.
  public var throughSequence: UInt64 = 0
}

extension Store {
  /// Copies the store as it is now into a new folder, which is a whole store again.
  ///
  /// Segments never change, so on the same file system they are linked and take neither time nor
  /// space; elsewhere they are copied. Everything acknowledged before the call is in the backup: it
  /// is flushed first. Ingest and queries go on.
  ///
  /// - Parameters:
  ///   - target: a folder that is missing or empty.
  ///   - progress: told after each segment.
  /// - Returns: what was taken over, durably.
  /// - Throws: `StoreError.invalidArgument` where the folder holds something, or lies in the store's own.
  public func backup(
    to target: String, progress: (JobProgress) -> Void = { _ in }
  ) throws(StoreError) -> BackupReport {
    let writer = try requireWriter()
    try folder.requireOutside(target)
    // No segment may go while it is taken over. Flushes go on: what they add is not in the list.
    return try merging.withLock { (_) throws(StoreError) in
      let copy = try StoreFolder.makeTarget(fileSystem, target)
      // Taken together: the list of segments and the manifest must say the same.
      let (segments, manifest) = try jobs.withLock { (job) throws(StoreError) in
        _ = try flush(writer, &job)
        return (core.view.withLock { $0.segments }, job.manifest)
      }
      try BackupList(segments).write(to: copy)
      return try takeOver(segments, manifest, to: copy, progress)
    }
  }

  private func takeOver(
    _ segments: [SegmentHandle], _ manifest: Manifest, to copy: StoreFolder,
    _ progress: (JobProgress) -> Void
  ) throws(StoreError) -> BackupReport {
    var report = BackupReport()
    let total = segments.reduce(Int64(0)) { $0 + $1.info.fileSize }
    for segment in segments {
      if isClosing { throw .closed }
      try folder.takeOver(segment.info.name, to: copy, &report)
      progress(JobProgress(doneBytes: report.bytes, totalBytes: total))
    }
    try copyState(to: copy)
    var manifest = manifest
    // A copy of what is gone would be refused for ever; the store itself still says so.
    manifest.hasState = hasDatabases && SQLiteFiles.exists(copy.state)
    // All of the log is in the segments, and its files stay behind.
    manifest.logFile = nil
    try copy.finish(identity, manifest)
    report.throughSequence = manifest.flushedThrough
    return report
  }

  /// Makes a store from a backup; the backup stays as it is.
  ///
  /// - Parameters:
  ///   - source: a folder made by `backup`, or any store that nobody writes to.
  ///   - target: a folder that is missing or empty, outside the source.
  /// - Returns: what was taken over. Open the new store to use it.
  /// - Throws: `StoreError.damaged` where a file of the source is missing or cannot be read: nothing is
  ///   left out silently.
  public static func restore(from source: String, to target: String) throws(StoreError)
    -> BackupReport
  {
    let store = try openReadOnly(source)
    defer { try? store.close() }
    try store.folder.requireOutside(target)
    let view = store.core.view.withLock { $0 }
    if let damage = view.unreadable.first { throw .damaged(damage) }
    // Deletions and descriptions count as well: the manifest taken over does not have them yet.
    guard view.active.sequences == nil else {
      throw .invalidArgument(
        "`\(source)` has entries in its log that are in no segment yet; open and flush it, or "
          + "make a backup of it")
    }
    // Whatever is left out would be lost silently: every block is read before anything is made.
    if let damage = store.verify(deep: true).damage.first { throw .damaged(damage) }
    let copy = try StoreFolder.makeTarget(store.fileSystem, target)
    let manifest = store.jobs.withLock { $0.manifest }
    return try store.takeOver(view.segments, manifest, to: copy) { _ in }
  }
}

extension StoreFolder {
  /// Refuses a target inside this folder: a store in a store would be copied with it, and be taken for
  /// part of it.
  func requireOutside(_ target: String) throws(StoreError) {
    let (own, other) = (fileSystem.canonical(path), fileSystem.canonical(target))
    guard other == own || other.hasPrefix(own == "/" ? own : own + "/") else { return }
    throw .invalidArgument("`\(target)` lies in the folder `\(path)` itself; name one outside it")
  }

  /// A new store folder without an identity yet: not a store until `finish`.
  static func makeTarget(
    _ fileSystem: any FileSystem, _ path: String
  ) throws(StoreError) -> StoreFolder {
    let folder = StoreFolder(fileSystem: fileSystem, path: path)
    try fileOperation { () throws(FileError) in try fileSystem.createDirectory(path) }
    let names = try fileOperation { () throws(FileError) in try fileSystem.list(path) }
    guard names.isEmpty else {
      throw .invalidArgument("`\(path)` is not empty; name a new folder")
    }
    try fileOperation { () throws(FileError) in
      try fileSystem.createDirectory(folder.segments)
      try fileSystem.createDirectory(folder.log)
    }
    return folder
  }

  /// Gives another folder a segment of this one: by a link, or by copying where links do not reach.
  func takeOver(
    _ name: String, to target: StoreFolder, _ report: inout BackupReport
  ) throws(StoreError) {
    let (from, to) = (segments + "/" + name, target.segments + "/" + name)
    let size = try fileOperation { () throws(FileError) in try fileSystem.size(from) }
    do throws(FileError) {
      try fileSystem.link(from, to: to)
      report.linked += 1
    } catch {
      // Another file system, or one without links.
      try fileOperation { () throws(FileError) in
        if fileSystem.exists(to) { try fileSystem.remove(to) }
        try fileSystem.copy(from, to: to)
      }
    }
    report.segments += 1
    report.bytes += size
  }

  /// Makes the folder a store: the manifest first, its identity last, so that a copy that was cut
  /// short is never taken for a store.
  func finish(_ identity: StoreIdentity, _ manifest: Manifest) throws(StoreError) {
    try fileOperation { () throws(FileError) in try fileSystem.syncDirectory(segments) }
    try manifest.write(fileSystem, directory: path)
    try identity.write(fileSystem, directory: path)
  }
}
