import Synchronization
import TSQStorage

/// A file system of one folder in memory, whose bytes a test may read and change at will.
final class MemoryFiles: FileSystem {
  private let files: Mutex<[String: [UInt8]]>
  /// How many more changes succeed; then every one fails, as on a full disk.
  private let changesLeft: Mutex<Int>

  init(_ files: [String: [UInt8]] = [:], failingAfter changes: Int = .max) {
    self.files = Mutex(files)
    self.changesLeft = Mutex(changes)
  }

  private func change(_ operation: String, _ path: String) throws(FileError) {
    let fails = changesLeft.withLock { left in
      left -= 1
      return left < 0
    }
    if fails { throw FileError(operation: operation, path: path, code: 28, text: "No space") }
  }

  subscript(path: String) -> [UInt8]? {
    get { files.withLock { $0[path] } }
    set { files.withLock { $0[path] = newValue } }
  }

  private func missing(_ operation: String, _ path: String) -> FileError {
    FileError(operation: operation, path: path, code: 2, text: "No such file")
  }

  private func bytes(_ operation: String, _ path: String) throws(FileError) -> [UInt8] {
    guard let bytes = self[path] else { throw missing(operation, path) }
    return bytes
  }

  func createDirectory(_ path: String) throws(FileError) {}

  func list(_ directory: String) throws(FileError) -> [String] {
    files.withLock { $0.keys.sorted() }
  }

  func exists(_ path: String) -> Bool { self[path] != nil }

  func size(_ path: String) throws(FileError) -> Int64 { Int64(try bytes("measure", path).count) }

  func create(_ path: String) throws(FileError) -> any WritableFile {
    try change("create", path)
    if exists(path) { throw FileError(operation: "create", path: path, code: 17, text: "exists") }
    self[path] = []
    return Handle(self, path)
  }

  func openForAppend(_ path: String) throws(FileError) -> any WritableFile {
    _ = try bytes("open", path)
    return Handle(self, path)
  }

  func openForReading(_ path: String) throws(FileError) -> any ReadableFile {
    _ = try bytes("open", path)
    return Handle(self, path)
  }

  func rename(_ from: String, to: String) throws(FileError) {
    try change("rename", from)
    self[to] = try bytes("rename", from)
    self[from] = nil
  }

  func remove(_ path: String) throws(FileError) {
    _ = try bytes("remove", path)
    self[path] = nil
  }

  func link(_ from: String, to: String) throws(FileError) { self[to] = try bytes("link", from) }

  func syncDirectory(_ path: String) throws(FileError) { try change("sync", path) }

  func truncate(_ path: String, to size: Int64) throws(FileError) {
    self[path] = Array(try bytes("truncate", path).prefix(Int(size)))
  }

  func freeSpace(_ path: String) throws(FileError) -> Int64 { .max }

  func lock(_ path: String) throws(FileError) -> any FileLock { throw missing("lock", path) }

  func lockHolder(_ path: String) -> String? { nil }

  /// One open file.
  final class Handle: WritableFile, ReadableFile {
    private let files: MemoryFiles
    private let path: String

    init(_ files: MemoryFiles, _ path: String) {
      self.files = files
      self.path = path
    }

    var size: Int64 { Int64(files[path]?.count ?? 0) }

    func append(_ bytes: [UInt8]) throws(FileError) {
      try files.change("append", path)
      files[path]?.append(contentsOf: bytes)
    }

    func sync() throws(FileError) { try files.change("sync", path) }

    func truncate(to size: Int64) throws(FileError) { try files.truncate(path, to: size) }

    func read(at offset: Int64, count: Int) throws(FileError) -> [UInt8] {
      let bytes = files[path] ?? []
      guard offset < bytes.count else { return [] }
      return Array(bytes[Int(offset)..<min(bytes.count, Int(offset) + count)])
    }

    func close() {}
  }
}
