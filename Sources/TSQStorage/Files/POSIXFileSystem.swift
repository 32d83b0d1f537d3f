#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The operating system's files.
package struct POSIXFileSystem: FileSystem {
  /// The system's files; there is nothing to set.
  package init() {}

  package func createDirectory(_ path: String) throws(FileError) {
    if exists(path) { return }
    let parent = POSIXFileSystem.parent(of: path)
    if parent != path { try createDirectory(parent) }
    if unsafe mkdir(path, 0o777) != 0 {
      // Another thread may have been quicker.
      if errno == EEXIST { return }
      throw FileError(operation: "create the folder", path: path, code: errno)
    }
    try syncDirectory(parent)
  }

  package func list(_ directory: String) throws(FileError) -> [String] {
    guard let stream = unsafe opendir(directory) else {
      throw FileError(operation: "list", path: directory, code: errno)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        if errno != 0 { throw FileError(operation: "list", path: directory, code: errno) }
        break
      }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  package func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  package func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  package func size(_ path: String) throws(FileError) -> Int64 {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      throw FileError(operation: "look at", path: path, code: errno)
    }
    return Int64(status.st_size)
  }

  package func create(_ path: String) throws(FileError) -> any WritableFile {
    try POSIXWritableFile(path: path, flags: O_CREAT | O_EXCL, operation: "create")
  }

  package func openForAppend(_ path: String) throws(FileError) -> any WritableFile {
    try POSIXWritableFile(path: path, flags: 0, operation: "open")
  }

  package func openForReading(_ path: String) throws(FileError) -> any ReadableFile {
    try POSIXReadableFile(path: path)
  }

  package func rename(_ from: String, to: String) throws(FileError) {
    #if canImport(Darwin)
      let result = unsafe Darwin.rename(from, to)
    #elseif canImport(Glibc)
      let result = unsafe Glibc.rename(from, to)
    #else
      let result = unsafe Musl.rename(from, to)
    #endif
    if result != 0 { throw FileError(operation: "rename", path: from, code: errno) }
  }

  package func remove(_ path: String) throws(FileError) {
    if unsafe unlink(path) != 0 { throw FileError(operation: "remove", path: path, code: errno) }
  }

  package func link(_ from: String, to: String) throws(FileError) {
    // `linkat` without flags is `link`, whose name this method has.
    if unsafe linkat(AT_FDCWD, from, AT_FDCWD, to, 0) != 0 {
      throw FileError(operation: "link", path: to, code: errno)
    }
  }

  package func syncDirectory(_ path: String) throws(FileError) {
    let descriptor = try openDescriptor(path, O_RDONLY | O_DIRECTORY, "open the folder")
    defer { _ = POSIXCall.close(descriptor) }
    try POSIXCall.syncAll(descriptor, path: path)
  }

  package func truncate(_ path: String, to size: Int64) throws(FileError) {
    let descriptor = try openDescriptor(path, O_WRONLY, "open")
    defer { _ = POSIXCall.close(descriptor) }
    if POSIXCall.retrying({ ftruncate(descriptor, off_t(size)) }) != 0 {
      throw FileError(operation: "cut", path: path, code: errno)
    }
    try POSIXCall.syncAll(descriptor, path: path)
  }

  package func freeSpace(_ path: String) throws(FileError) -> Int64 {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else {
      throw FileError(operation: "ask for the free space of", path: path, code: errno)
    }
    // What is left to an ordinary user: the reserve for root is not ours.
    let blocks = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return blocks.overflow ? .max : Int64(clamping: blocks.partialValue)
  }

  package func lock(_ path: String) throws(FileError) -> any FileLock {
    try POSIXFileLock(path: path)
  }

  /// The path itself.
  package func databasePath(_ path: String) -> String? { path }

  /// Follows links as far as the path exists.
  package func canonical(_ path: String) -> String {
    var (existing, missing) = (path, "")
    while true {
      if let found = unsafe realpath(existing, nil) {
        defer { unsafe free(found) }
        return plainPath(unsafe String(cString: found) + missing)
      }
      let parent = POSIXFileSystem.parent(of: existing)
      if parent == existing { return plainPath(path) }
      missing = "/" + (existing.split(separator: "/").last ?? "") + missing
      existing = parent
    }
  }

  package func lockHolder(_ path: String) -> String? { POSIXFileLock.holder(path) }

  private func openDescriptor(
    _ path: String, _ flags: Int32, _ operation: String
  ) throws(FileError) -> Int32 {
    try POSIXCall.open(path, flags, operation: operation)
  }

  /// The folder that holds a path's last name.
  static func parent(of path: String) -> String {
    let trimmed = path.hasSuffix("/") && path.utf8.count > 1 ? String(path.dropLast()) : path
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }
}
