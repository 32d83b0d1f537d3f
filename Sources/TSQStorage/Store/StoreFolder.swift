import TSQCore

/// The folder of a store: what lies where.
struct StoreFolder: Sendable {
  let fileSystem: any FileSystem
  let path: String

  var segments: String { path + "/segments" }
  var log: String { path + "/wal" }
  var quarantine: String { path + "/" + Self.quarantineName }
  static let quarantineName = "quarantine"
  var lock: String { path + "/LOCK" }
  /// Where SQLite finds the catalog; its name in the folder where it finds none.
  var catalog: String { databasePath(Catalog.fileName) }
  /// Where SQLite finds the state; its name in the folder where it finds none.
  var state: String { databasePath(StateDatabase.fileName) }
  /// Whether SQLite reaches the folder.
  var hasDatabases: Bool { fileSystem.databasePath(path) != nil }

  private func databasePath(_ name: String) -> String {
    fileSystem.databasePath(path + "/" + name) ?? path + "/" + name
  }

  /// Names a store puts into its folder.
  ///
  /// With nothing but these a folder without `STORE` may be one whose creation was cut short.
  private static let ownNames: Set<String> = [
    "LOCK", "STORE.tmp", "MANIFEST.tmp", "wal", "segments", "quarantine",
  ]

  /// Refuses a folder that holds something else, or a store whose identity is lost.
  func checkMayBecomeStore() throws(StoreError) {
    let names = try fileOperation { () throws(FileError) in try fileSystem.list(path) }
    if let foreign = names.first(where: { !StoreFolder.ownNames.contains($0) }) {
      throw .invalidArgument(
        "`\(path)` is not a tsq store and not empty (it holds `\(foreign)`); "
          + "hint: name a new or empty folder, or the one that holds the file `STORE`")
    }
    for folder in [segments, log] where fileSystem.exists(folder) {
      let inside = try fileOperation { () throws(FileError) in try fileSystem.list(folder) }
      if !inside.isEmpty {
        throw .damaged(
          DamageReport(
            path: path + "/" + StoreIdentity.fileName,
            reason: "it is missing though `\(folder)` holds data; put it back from a backup"))
      }
    }
  }

  /// The names of the finished segments, sorted.
  func segmentNames() throws(StoreError) -> [String] {
    guard fileSystem.exists(segments) else { return [] }
    return try fileOperation { () throws(FileError) in try fileSystem.list(segments) }
      .filter { SegmentName(fileName: $0) != nil }
  }

  /// Removes segment files durably.
  func removeSegments(_ names: [String]) throws(StoreError) {
    guard !names.isEmpty else { return }
    try fileOperation { () throws(FileError) in
      for name in names where fileSystem.exists(segments + "/" + name) {
        try fileSystem.remove(segments + "/" + name)
      }
      try fileSystem.syncDirectory(segments)
    }
  }

  /// Notes that segments in `quarantine/` were replaced by whole copies: they stay to be looked at and are
  /// missed no more, not even once the copies are merged.
  func retire(_ names: [String]) throws(StoreError) {
    guard !names.isEmpty else { return }
    try fileOperation { () throws(FileError) in
      for name in names {
        let path = quarantine + "/" + name
        try fileSystem.rename(path, to: path + StoreFolder.replacedExtension)
      }
      try fileSystem.syncDirectory(quarantine)
    }
  }

  /// What follows the name of a segment in `quarantine/` of which a whole copy was put back.
  static let replacedExtension = ".replaced"

  /// Moves a segment that cannot be read out of the way, durably, and keeps it.
  func quarantineSegment(_ name: String) throws(StoreError) {
    try fileOperation { () throws(FileError) in
      try fileSystem.createDirectory(quarantine)
      try fileSystem.rename(segments + "/" + name, to: quarantine + "/" + name)
      try fileSystem.syncDirectory(quarantine)
      try fileSystem.syncDirectory(segments)
    }
  }
}
