internal import TSQCore

/// Copies damaged bytes aside before anything else happens to them.
enum WALQuarantine {
  /// Bytes copied at a time.
  private static let chunkByteCount = 1 << 20

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
    let source = try fileSystem.openForReading(path)
    defer { source.close() }
    let copy = try fileSystem.create(temporary)
    defer { copy.close() }
    var offset = range.lowerBound
    while offset < range.upperBound {
      let wanted = Int(min(Int64(chunkByteCount), range.upperBound - offset))
      let bytes = try source.read(at: offset, count: wanted)
      if bytes.isEmpty { break }
      try copy.append(bytes)
      offset += Int64(bytes.count)
    }
    try copy.sync()
    try fileSystem.rename(temporary, to: target)
    try fileSystem.syncDirectory(directory)
    return target
  }
}
