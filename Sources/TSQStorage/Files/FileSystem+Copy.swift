/// Bytes copied at a time.
private let copyByteCount = 1 << 20

extension FileSystem {
  /// Copies a file, or a part of it, into a new one, durably; the new name is durable once its folder is
  /// synced.
  ///
  /// - Parameters:
  ///   - source: what is copied.
  ///   - range: its bytes that are copied, as far as there are so many.
  ///   - target: a file that is not there yet.
  /// - Throws: `FileError`; part of the copy may be there then.
  func copy(
    _ source: String, _ range: Range<Int64> = 0..<Int64.max, to target: String
  ) throws(FileError) {
    let original = try openForReading(source)
    defer { original.close() }
    let copy = try create(target)
    defer { copy.close() }
    var offset = range.lowerBound
    while offset < range.upperBound {
      let wanted = Int(min(Int64(copyByteCount), range.upperBound - offset))
      let bytes = try original.read(at: offset, count: wanted)
      if bytes.isEmpty { break }
      try copy.append(bytes)
      offset += Int64(bytes.count)
    }
    try copy.sync()
  }
}
