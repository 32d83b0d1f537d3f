import Synchronization

@testable import TSQStorage

/// A file system on which something happens whenever a folder is listed, such as a writer at the worst
/// moment; it counts the bytes that are read.
final class HookedFileSystem: FileSystem {
  private let base: SimulatedFileSystem
  private let listCount = Mutex(0)
  private let onList: @Sendable (Int) -> Void
  private let read = ByteCount()

  /// Bytes read of all files so far.
  var bytesRead: Int { read.count.load(ordering: .relaxed) }

  /// A file system that calls `onList` before each listing, with its number from 1.
  init(_ base: SimulatedFileSystem, onList: @escaping @Sendable (Int) -> Void = { _ in }) {
    self.base = base
    self.onList = onList
  }

  func list(_ directory: String) throws(FileError) -> [String] {
    let number = listCount.withLock { count in
      count += 1
      return count
    }
    onList(number)
    return try base.list(directory)
  }

  func createDirectory(_ path: String) throws(FileError) { try base.createDirectory(path) }
  func exists(_ path: String) -> Bool { base.exists(path) }
  func size(_ path: String) throws(FileError) -> Int64 { try base.size(path) }
  func create(_ path: String) throws(FileError) -> any WritableFile { try base.create(path) }
  func openForAppend(_ path: String) throws(FileError) -> any WritableFile {
    try base.openForAppend(path)
  }
  func openForReading(_ path: String) throws(FileError) -> any ReadableFile {
    CountedFile(base: try base.openForReading(path), read: read)
  }
  func rename(_ from: String, to: String) throws(FileError) { try base.rename(from, to: to) }
  func remove(_ path: String) throws(FileError) { try base.remove(path) }
  func link(_ from: String, to: String) throws(FileError) { try base.link(from, to: to) }
  func syncDirectory(_ path: String) throws(FileError) { try base.syncDirectory(path) }
  func truncate(_ path: String, to size: Int64) throws(FileError) {
    try base.truncate(path, to: size)
  }
  func freeSpace(_ path: String) throws(FileError) -> Int64 { try base.freeSpace(path) }
  func lock(_ path: String) throws(FileError) -> any FileLock { try base.lock(path) }
  func lockHolder(_ path: String) -> String? { base.lockHolder(path) }
}

private final class ByteCount: Sendable {
  let count = Atomic<Int>(0)
}

private final class CountedFile: ReadableFile {
  private let base: any ReadableFile
  private let read: ByteCount

  init(base: any ReadableFile, read: ByteCount) {
    self.base = base
    self.read = read
  }

  func read(at offset: Int64, count: Int) throws(FileError) -> [UInt8] {
    let bytes = try base.read(at: offset, count: count)
    read.count.add(bytes.count, ordering: .relaxed)
    return bytes
  }

  var size: Int64 { base.size }

  func close() { base.close() }
}
