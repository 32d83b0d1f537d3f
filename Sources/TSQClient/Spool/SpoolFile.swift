internal import Foundation
internal import Glibc

/// One spool file open for appending; every append is synced.
final class SpoolFile: Sendable {
  private let handle: FileHandle
  private let path: String

  /// A file's name: its first batch id, padded so that names sort as ids do.
  static func name(_ firstID: UInt64) -> String {
    let digits = String(firstID)
    return String(repeating: "0", count: 20 - digits.count) + digits + ".spool"
  }

  /// Creates a file and syncs its folder: without that a crash could forget its name.
  init(creating path: String, in directory: String) throws(SpoolError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last("create", path) }
    self.handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    self.path = path
    do throws(SpoolError) { try SpoolFile.syncDirectory(directory) } catch {
      // The next try takes the same name.
      _ = unsafe unlink(path)
      throw error
    }
  }

  /// Writes all bytes and syncs them.
  func append(_ bytes: [UInt8]) throws(SpoolError) {
    do {
      try handle.write(contentsOf: Data(bytes))
      try handle.synchronize()
    } catch {
      throw .file(path: path, operation: "write", reason: error.localizedDescription)
    }
  }

  /// A file's bytes.
  static func read(_ path: String) throws(SpoolError) -> [UInt8] {
    do {
      return Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw .file(path: path, operation: "read", reason: error.localizedDescription)
    }
  }

  /// Deletes a file.
  static func remove(_ path: String) throws(SpoolError) {
    guard unsafe unlink(path) == 0 else { throw .last("delete", path) }
  }

  /// Cuts a file off, so that nothing stands behind its last whole frame.
  static func truncate(_ path: String, to byteCount: Int) throws(SpoolError) {
    guard unsafe Glibc.truncate(path, off_t(byteCount)) == 0 else { throw .last("shorten", path) }
  }

  /// Keeps bytes in a file of their own, on disk when this returns.
  ///
  /// What is there already under the name stays: the same bytes are not written twice, others get a
  /// number.
  /// - Returns: the file's path.
  static func keep(
    _ bytes: ArraySlice<UInt8>, as path: String, in directory: String
  ) throws(SpoolError) -> String {
    var number = 1
    while true {
      let name = (number == 1 ? path : "\(path).\(number)") + ".damaged"
      if !FileManager.default.fileExists(atPath: name) {
        try SpoolFile(creating: name, in: directory).append(Array(bytes))
        return name
      }
      if try read(name).elementsEqual(bytes) { return name }
      number += 1
    }
  }

  /// The names in a folder, sorted.
  static func names(in directory: String) throws(SpoolError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    } catch {
      throw .file(path: directory, operation: "list", reason: error.localizedDescription)
    }
  }

  /// Creates a folder with its parents.
  static func makeDirectory(_ directory: String) throws(SpoolError) {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw .file(path: directory, operation: "create", reason: error.localizedDescription)
    }
  }

  private static func syncDirectory(_ directory: String) throws(SpoolError) {
    let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last("open", directory) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .last("sync", directory) }
  }
}

/// Keeps other processes out of a spool while this one uses it.
final class SpoolLock: Sendable {
  private let descriptor: Int32

  init(_ path: String) throws(SpoolError) {
    let opened = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw .last("open", path) }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      close(opened)
      throw .locked(path: path)
    }
    self.descriptor = opened
  }

  deinit { close(descriptor) }
}

extension SpoolError {
  /// The error of the system call that just failed.
  static func last(_ operation: String, _ path: String) -> SpoolError {
    let reason = unsafe String(cString: strerror(errno))
    return .file(path: path, operation: operation, reason: reason)
  }
}
