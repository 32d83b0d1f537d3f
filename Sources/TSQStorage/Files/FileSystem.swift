/// The file operations the store is built on, so that a simulated file system can crash it.
///
/// What an implementation promises, and the simulation takes away where it is not promised: bytes
/// survive a crash once `sync` returned, a name in a folder once `syncDirectory` returned. A rename
/// replaces its target in one step.
package protocol FileSystem: Sendable {
  /// Makes a folder and the folders above it; the name of each new one is synced.
  ///
  /// A folder that is there already is no error.
  func createDirectory(_ path: String) throws(FileError)

  /// The names in a folder, in byte order.
  func list(_ directory: String) throws(FileError) -> [String]

  /// Whether a file or folder is there.
  func exists(_ path: String) -> Bool

  /// Whether a folder is there; a link to one is none.
  func isFolder(_ path: String) -> Bool

  /// A file's size in bytes.
  func size(_ path: String) throws(FileError) -> Int64

  /// Makes a new, empty file; fails where one is there already. Its name is not synced yet.
  func create(_ path: String) throws(FileError) -> any WritableFile

  /// Opens a file to write behind its end.
  func openForAppend(_ path: String) throws(FileError) -> any WritableFile

  /// Opens a file to read.
  func openForReading(_ path: String) throws(FileError) -> any ReadableFile

  /// Renames a file; one that has the new name already is replaced.
  func rename(_ from: String, to: String) throws(FileError)

  /// Removes a file's name; the bytes go with the last name and the last open handle.
  func remove(_ path: String) throws(FileError)

  /// Gives a file a second name on the same file system; fails where the name is taken.
  func link(_ from: String, to: String) throws(FileError)

  /// Makes every change to a folder's names durable.
  func syncDirectory(_ path: String) throws(FileError)

  /// Cuts a file to a smaller size, durably.
  func truncate(_ path: String, to size: Int64) throws(FileError)

  /// The bytes that this process may still write on the file system of a path.
  func freeSpace(_ path: String) throws(FileError) -> Int64

  /// Takes the exclusive lock of a lock file, which is made where it is missing.
  ///
  /// - Throws: `FileError` with the holder's own words where another holds it; see `isLocked`.
  func lock(_ path: String) throws(FileError) -> any FileLock

  /// What the holder of a lock says about itself, or `nil` where nobody holds it.
  func lockHolder(_ path: String) -> String?

  /// Where SQLite, which opens files by itself, finds the database of a path; `nil` where it cannot
  /// reach this file system: a store there has no databases.
  func databasePath(_ path: String) -> String?

  /// The one absolute path of a file or folder, which need not exist: two names of one place give the same.
  func canonical(_ path: String) -> String
}

extension FileSystem {
  /// Whether it can be listed.
  package func isFolder(_ path: String) -> Bool { (try? list(path)) != nil }

  /// None: SQLite knows only the machine's own files.
  package func databasePath(_ path: String) -> String? { nil }

  /// The path without `.`, `..` and empty parts.
  package func canonical(_ path: String) -> String { plainPath(path) }
}

/// A file being written at its end, by one caller at a time.
package protocol WritableFile: AnyObject, Sendable {
  /// Writes all of the bytes at the end.
  ///
  /// - Throws: `FileError`, and then any part of the bytes may stand in the file.
  func append(_ bytes: [UInt8]) throws(FileError)

  /// Makes everything written durable (`fdatasync`).
  ///
  /// - Throws: `FileError`, and then nothing is known about any byte since the last sync: a second
  ///   try may succeed without having written them. Never retry.
  func sync() throws(FileError)

  /// Takes back what was written after a size. Not synced.
  func truncate(to size: Int64) throws(FileError)

  /// Bytes in the file, as far as this handle knows.
  var size: Int64 { get }

  /// Closes the handle; nothing may be called afterwards. Closing does not sync.
  func close()
}

/// A file being read at any offset, by any number of callers at once.
package protocol ReadableFile: AnyObject, Sendable {
  /// Bytes from an offset; fewer than asked for only at the end of the file.
  func read(at offset: Int64, count: Int) throws(FileError) -> [UInt8]

  /// The file's size now.
  var size: Int64 { get }

  /// Closes the handle; no other call may be running or follow.
  func close()
}

/// A lock held on a lock file, until it is released or the process ends.
package protocol FileLock: AnyObject, Sendable {
  /// Replaces what the holder says about itself, after its process number: where it is reached,
  /// say.
  func describe(_ text: String) throws(FileError)

  /// Gives the lock back.
  func release()
}

/// An absolute path without `.`, `..` and empty parts: the one of its place where there are no links.
func plainPath(_ path: String) -> String {
  var parts: [Substring] = []
  for part in path.split(separator: "/") where part != "." {
    if part == ".." { _ = parts.popLast() } else { parts.append(part) }
  }
  return "/" + parts.joined(separator: "/")
}
