import Foundation
import Synchronization

@testable import TSQStorage

extension SimulatedFileSystem {
  func createDirectory(_ path: String) throws(FileError) {
    try change(.createDirectory, path) { state throws(FileError) in
      var folder = path
      while folder != "/", folder != "." {
        state.directories.insert(folder)
        folder = Self.parent(folder)
      }
    }
  }

  func list(_ directory: String) throws(FileError) -> [String] {
    try look(directory) { state throws(FileError) in
      guard state.directories.contains(directory) else { throw Self.missing("list", directory) }
      let prefix = directory == "/" ? "/" : directory + "/"
      let paths = Array(state.names.keys) + state.directories
      return paths.filter { $0.hasPrefix(prefix) && $0 != directory }
        .map { String($0.dropFirst(prefix.count)) }
        .filter { !$0.contains("/") && !$0.isEmpty }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
  }

  func exists(_ path: String) -> Bool {
    state.withLock { $0.names[path] != nil || $0.directories.contains(path) }
  }

  func size(_ path: String) throws(FileError) -> Int64 {
    try look(path) { state throws(FileError) in
      guard let number = state.names[path] else { throw Self.missing("look at", path) }
      return Int64(state.inodes[number]?.current.count ?? 0)
    }
  }

  func create(_ path: String) throws(FileError) -> any WritableFile {
    var number = 0
    try change(.create, path) { state throws(FileError) in
      guard state.directories.contains(Self.parent(path)) else {
        throw Self.missing("create", path)
      }
      if state.names[path] != nil {
        throw FileError(operation: "create", path: path, code: EEXIST)
      }
      number = state.nextInode
      state.nextInode += 1
      state.inodes[number] = SimulatedInode()
      state.changeNames(SimulatedNameChange(added: (path, number)))
    }
    return SimulatedWritableFile(self, path: path, inode: number)
  }

  func openForAppend(_ path: String) throws(FileError) -> any WritableFile {
    SimulatedWritableFile(self, path: path, inode: try inode(path))
  }

  func openForReading(_ path: String) throws(FileError) -> any ReadableFile {
    SimulatedReadableFile(self, path: path, inode: try inode(path))
  }

  func rename(_ from: String, to: String) throws(FileError) {
    try change(.rename, from) { state throws(FileError) in
      guard let number = state.names[from] else { throw Self.missing("rename", from) }
      state.changeNames(SimulatedNameChange(removed: from, added: (to, number)))
    }
  }

  func remove(_ path: String) throws(FileError) {
    try change(.remove, path) { state throws(FileError) in
      guard state.names[path] != nil else { throw Self.missing("remove", path) }
      state.changeNames(SimulatedNameChange(removed: path))
    }
  }

  func link(_ from: String, to: String) throws(FileError) {
    try change(.link, to) { state throws(FileError) in
      guard let number = state.names[from] else { throw Self.missing("link", from) }
      if state.names[to] != nil { throw FileError(operation: "link", path: to, code: EEXIST) }
      state.changeNames(SimulatedNameChange(added: (to, number)))
    }
  }

  func syncDirectory(_ path: String) throws(FileError) {
    try look(path) { state throws(FileError) in
      _ = try state.begin(.syncDirectory, path)
      try state.finish(.syncDirectory, path)
      for change in state.pendingNames where change.belongs(to: path) {
        change.apply(to: &state.durableNames)
      }
      state.pendingNames.removeAll { $0.belongs(to: path) }
    }
  }

  func truncate(_ path: String, to size: Int64) throws(FileError) {
    let number = try inode(path)
    try change(.truncate, path) { state throws(FileError) in
      state.inodes[number]?.cut(to: Int(size))
      // Cut but not synced when the machine stops in between.
      if !state.isCrashed { state.inodes[number]?.sync() }
    }
  }

  func freeSpace(_ path: String) throws(FileError) -> Int64 {
    try look(path) { state throws(FileError) in
      guard let capacity = state.capacity else { return Int64.max / 4 }
      return max(0, capacity - state.usedByteCount)
    }
  }

  func lock(_ path: String) throws(FileError) -> any FileLock {
    try look(path) { state throws(FileError) in
      if let holder = state.locks[path] {
        throw FileError(operation: "lock", path: path, code: EWOULDBLOCK, text: holder)
      }
      state.locks[path] = "a simulated process"
    }
    return SimulatedLock(self, path: path)
  }

  func lockHolder(_ path: String) -> String? { state.withLock { $0.locks[path] } }

  // MARK: - Steps

  /// An operation that changes the disk; interrupted by a crash it has happened, unsynced.
  func change(
    _ operation: SimulatedOperation, _ path: String,
    _ body: (inout State) throws(FileError) -> Void
  ) throws(FileError) {
    try look(path) { state throws(FileError) in
      _ = try state.begin(operation, path)
      try body(&state)
      try state.finish(operation, path)
    }
  }

  /// Something done under the lock; throws once the machine is down.
  func look<Value: Sendable>(
    _ path: String, _ body: (inout State) throws(FileError) -> Value
  ) throws(FileError) -> Value {
    // The lock hands untyped errors on; a result keeps the type.
    let result = state.withLock { state -> Result<Value, FileError> in
      if state.isCrashed { return .failure(State.crashError(.read, path)) }
      do throws(FileError) {
        return .success(try body(&state))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func inode(_ path: String) throws(FileError) -> Int {
    try look(path) { state throws(FileError) in
      guard let number = state.names[path] else { throw Self.missing("open", path) }
      return number
    }
  }

  static func missing(_ operation: String, _ path: String) -> FileError {
    FileError(operation: operation, path: path, code: ENOENT)
  }
}

extension SimulatedFileSystem.State {
  mutating func changeNames(_ change: SimulatedNameChange) {
    change.apply(to: &names)
    pendingNames.append(change)
  }
}
