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
    let checksum = String(Checksum.crc32c(lines), radix: 16)
    return Array("# tsq spool id=\(id) bytes=\(lines.count) crc32c=\(checksum)\n".utf8) + lines
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
      let lines = Array(bytes[start..<start + header.byteCount])
      guard Checksum.crc32c(lines) == header.checksum else { break }
      records.append(SpoolRecord(id: header.id, lines: lines))
      position = start + header.byteCount
    }
    return (records, bytes.count - position)
  }

  private static func header(
    _ line: ArraySlice<UInt8>
  ) -> (id: UInt64, byteCount: Int, checksum: UInt32)? {
    let words = String(decoding: line, as: UTF8.self).split(separator: " ")
    guard words.count == 6, words[0] == "#", words[1] == "tsq", words[2] == "spool" else {
      return nil
    }
    let value = { (word: Substring, key: String) -> Substring? in
      word.hasPrefix(key) ? word.dropFirst(key.count) : nil
    }
    guard let id = value(words[3], "id=").flatMap({ UInt64($0) }),
      let count = value(words[4], "bytes=").flatMap({ Int($0) }), count >= 0,
      let checksum = value(words[5], "crc32c=").flatMap({ UInt32($0, radix: 16) })
    else { return nil }
    return (id, count, checksum)
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

  /// The checksum of some bytes. O(n).
  static func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var checksum = UInt32.max
    for byte in bytes {
      checksum = (checksum >> 8) ^ table[Int((checksum ^ UInt32(byte)) & 0xff)]
    }
    return ~checksum
  }
}
