internal import TSQCore

/// Copies damaged bytes aside before anything else happens to them.
enum WALQuarantine {
  /// Copies a range of a log file into the quarantine folder, durably.
  ///
  /// The name says where the bytes were (`00000007.wal.4096-512`), so a second recovery finds the
  /// copy made and makes no other.
  ///
  /// - Returns: the copy's path.
  static func copy(
    _ fileSystem: any FileSystem, from path: String, _ range: Range<Int64>, to directory: String
  ) throws(FileError) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let target = "\(directory)/\(name).\(range.lowerBound)-\(range.upperBound - range.lowerBound)"
    if fileSystem.exists(target) { return target }
    try fileSystem.createDirectory(directory)
    let temporary = target + ".tmp"
    if fileSystem.exists(temporary) { try fileSystem.remove(temporary) }
    try fileSystem.copy(path, range, to: temporary)
    try fileSystem.rename(temporary, to: target)
    try fileSystem.syncDirectory(directory)
    return target
  }
}
