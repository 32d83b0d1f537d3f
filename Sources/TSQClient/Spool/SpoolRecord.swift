internal import TSQCodec

/// The frame of one batch in a spool file, as bytes without a file.
///
/// A frame is a comment line `# tsq spool id=ID bytes=N crc32c=HEX` and then N bytes of lines, so
/// that a spool file is itself line protocol: `tsq import` can read one.
struct SpoolRecord: Equatable {
  /// Ascending within a spool.
  let id: UInt64
  /// Whole lines.
  let lines: [UInt8]

  /// What a frame takes beside its lines, at most.
  static let headerBytesMax = 96

  /// The frame's bytes.
  var encoded: [UInt8] {
    let facts = SpoolRecord.facts(id, lines.count)
    // The checksum covers the id and the length too: a wrong id would acknowledge another batch.
    let covered = Array(facts.utf8) + lines
    let checksum = unsafe String(CRC32C.checksum(covered.span.bytes), radix: 16)
    return Array("# tsq spool \(facts) crc32c=\(checksum)\n".utf8) + lines
  }

  private static func facts(_ id: UInt64, _ byteCount: Int) -> String {
    "id=\(id) bytes=\(byteCount)"
  }

  /// What a spool file holds: the whole records, and how many bytes at its end are torn or damaged.
  ///
  /// Reading stops at the first byte that is not a whole frame: a crash tears only the end.
  static func decode(_ bytes: [UInt8]) -> (records: [SpoolRecord], tornBytes: Int) {
    var records: [SpoolRecord] = []
    var position = 0
    while let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) {
      guard let header = header(bytes[position..<end]) else { break }
      let start = end + 1
      guard header.byteCount <= bytes.count - start else { break }
      let record = SpoolRecord(
        id: header.id, lines: Array(bytes[start..<start + header.byteCount]))
      // Writing it again must give the same bytes: that compares checksum and spelling at once.
      guard bytes[position..<start + header.byteCount].elementsEqual(record.encoded) else { break }
      records.append(record)
      position = start + header.byteCount
    }
    return (records, bytes.count - position)
  }

  private static func header(_ line: ArraySlice<UInt8>) -> (id: UInt64, byteCount: Int)? {
    let words = String(decoding: line, as: UTF8.self).split(separator: " ")
    guard words.count == 6, words[3].hasPrefix("id="), words[4].hasPrefix("bytes="),
      let id = UInt64(words[3].dropFirst(3)), let count = Int(words[4].dropFirst(6)), count >= 0
    else { return nil }
    return (id, count)
  }
}
