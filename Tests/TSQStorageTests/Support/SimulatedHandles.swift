import Foundation
import Synchronization

@testable import TSQStorage

/// A file of a simulated file system, being written.
final class SimulatedWritableFile: WritableFile {
  private let fileSystem: SimulatedFileSystem
  private let path: String
  private let inode: Int

  init(_ fileSystem: SimulatedFileSystem, path: String, inode: Int) {
    self.fileSystem = fileSystem
    self.path = path
    self.inode = inode
  }

  var size: Int64 { fileSystem.state.withLock { Int64($0.inodes[inode]?.current.count ?? 0) } }

  func append(_ bytes: [UInt8]) throws(FileError) {
    try fileSystem.look(path) { state throws(FileError) in
      let fault = try state.begin(.append, path)
      let room = state.capacity.map { Int(clamping: max(0, $0 - state.usedByteCount)) } ?? .max
      let written = min(bytes.count, fault?.writtenByteCount ?? .max, room)
      state.inodes[inode]?.append(Array(bytes[..<written]))
      if let fault { throw FileError(operation: "write", path: path, code: fault.code) }
      if written < bytes.count { throw FileError(operation: "write", path: path, code: ENOSPC) }
      try state.finish(.append, path)
    }
  }

  func sync() throws(FileError) {
    try fileSystem.look(path) { state throws(FileError) in
      if let fault = try state.begin(.sync, path) {
        state.inodes[inode]?.failSync()
        throw FileError(operation: "sync", path: path, code: fault.code)
      }
      try state.finish(.sync, path)
      state.inodes[inode]?.sync()
    }
  }

  func truncate(to size: Int64) throws(FileError) {
    try fileSystem.change(.truncate, path) { state throws(FileError) in
      state.inodes[inode]?.cut(to: Int(size))
    }
  }

  func close() {}
}

/// A file of a simulated file system, being read.
final class SimulatedReadableFile: ReadableFile {
  private let fileSystem: SimulatedFileSystem
  private let path: String
  private let inode: Int

  init(_ fileSystem: SimulatedFileSystem, path: String, inode: Int) {
    self.fileSystem = fileSystem
    self.path = path
    self.inode = inode
  }

  var size: Int64 { fileSystem.state.withLock { Int64($0.inodes[inode]?.current.count ?? 0) } }

  func read(at offset: Int64, count: Int) throws(FileError) -> [UInt8] {
    try fileSystem.look(path) { state throws(FileError) in
      _ = try state.begin(.read, path)
      let bytes = state.inodes[inode]?.current ?? []
      let start = min(Int(clamping: offset), bytes.count)
      return Array(bytes[start..<min(bytes.count, start + min(count, bytes.count - start))])
    }
  }

  func close() {}
}

/// A lock of a simulated file system.
final class SimulatedLock: FileLock {
  private let fileSystem: SimulatedFileSystem
  private let path: String

  init(_ fileSystem: SimulatedFileSystem, path: String) {
    self.fileSystem = fileSystem
    self.path = path
  }

  func describe(_ text: String) throws(FileError) {
    fileSystem.state.withLock { $0.locks[path] = text }
  }

  func release() { fileSystem.state.withLock { $0.locks[path] = nil } }
}
