/// The frame of one batch in a spool file, as bytes without a file.
///
/// A frame is a comment line `# tsq spool id=ID bytes=N crc32c=HEX` and then N bytes of lines, so
/// that a spool file is itself line protocol: `tsq import` can read one.
struct SpoolRecord: Equatable {
  /// Ascending within a spool.
  let id: UInt64
  /// Whole lines.
  let lines: [UInt8]

  /// The frame's bytes.
  var encoded: [UInt8] {
    let facts = SpoolRecord.facts(id, lines.count)
    // The checksum covers the id and the length too: a wrong id would acknowledge another batch.
    let checksum = String(Checksum.crc32c(Array(facts.utf8) + lines), radix: 16)
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

/// CRC-32C in software; a spool writes at a sender's pace, so no instruction is needed.
enum Checksum {
  /// The Castagnoli polynomial's table, reflected.
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? (value >> 1) ^ 0x82f6_3b78 : value >> 1
    }
  }

  /// The checksum of some bytes.
  ///
  /// - Complexity: O(n).
  static func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var checksum = UInt32.max
    for byte in bytes {
      checksum = (checksum >> 8) ^ table[Int((checksum ^ UInt32(byte)) & 0xff)]
    }
    return ~checksum
  }
}
