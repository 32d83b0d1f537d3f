internal import Foundation

/// The files of an SQLite database: the database and what SQLite keeps beside it.
///
/// SQLite opens paths by itself, so these few operations go around the `FileSystem` seam; only the
/// two databases use them, and what they hold can be rebuilt or is double.
enum SQLiteFiles {
  private static let suffixes = ["", "-wal", "-shm", "-journal"]

  /// Whether a file's name is a database's or that of a file SQLite keeps beside it.
  static func belongs(_ name: String, to database: String) -> Bool {
    suffixes.contains { name == database + $0 }
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Renames a damaged database to the first free name `<path>.damaged-<n>`, for people to look at.
  ///
  /// - Returns: the new path.
  static func moveAside(_ path: String) throws(StoreError) -> String {
    var number = 1
    while exists("\(path).damaged-\(number)") { number += 1 }
    let target = "\(path).damaged-\(number)"
    do {
      for suffix in suffixes where exists(path + suffix) {
        try FileManager.default.moveItem(atPath: path + suffix, toPath: target + suffix)
      }
    } catch { throw .database(path: path, reason: "it cannot be moved aside: \(error)") }
    return target
  }

  /// Removes a database that is not needed.
  static func remove(_ path: String) throws(StoreError) {
    do {
      for suffix in suffixes where exists(path + suffix) {
        try FileManager.default.removeItem(atPath: path + suffix)
      }
    } catch { throw .database(path: path, reason: "it cannot be removed: \(error)") }
  }

  /// Copies a database to a new file in the folder for temporary files.
  ///
  /// - Returns: its path; the caller removes it.
  static func temporaryCopy(of path: String) throws(StoreError) -> String {
    let target = FileManager.default.temporaryDirectory
      .appendingPathComponent("tsq-copy-\(UUID().uuidString).sqlite").path
    do throws(StoreError) { try copy(path, to: target) } catch {
      try? remove(target)
      throw error
    }
    return target
  }

  /// Copies a database, so that looking at it changes nothing in its folder.
  static func copy(_ path: String, to target: String) throws(StoreError) {
    do {
      // The shared-memory file is SQLite's own index of the log and is made anew.
      for suffix in ["", "-wal"] where exists(path + suffix) {
        try FileManager.default.copyItem(atPath: path + suffix, toPath: target + suffix)
        // SQLite writes even to look: a copy of a file that nobody may write to has to be writable.
        try FileManager.default.setAttributes(
          [.posixPermissions: 0o600], ofItemAtPath: target + suffix)
      }
    } catch { throw .database(path: path, reason: "it cannot be read: \(error)") }
  }
}
