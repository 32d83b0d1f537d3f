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

  /// How a frame begins.
  private static let mark = Array("# tsq spool id=".utf8)

  /// What a spool file holds.
  struct Content: Equatable {
    /// The frames that check, ids ascending.
    var records: [SpoolRecord] = []
    /// Bytes that are no part of them: frames that do not check.
    var damaged: [Range<Int>] = []
    /// The beginning of a frame at the file's end, where a crash tears it; `nil` where there is none.
    var torn: Range<Int>?
  }

  /// Reads a spool file.
  ///
  /// Behind bytes that are no frame, reading goes on at the next frame that checks: the batches there
  /// were promised, whatever became of the one before.
  /// - Complexity: O(bytes) where frames check; each mark in damaged bytes costs the frame it may begin.
  static func decode(_ bytes: [UInt8]) -> Content {
    var content = Content()
    var position = 0
    while position < bytes.count {
      var start = position
      var found: (record: SpoolRecord, end: Int)?
      while let next = next(bytes, from: start) {
        found = frame(bytes, at: next, after: content.records.last?.id ?? 0)
        start = next
        if found != nil { break }
        start += 1
      }
      guard let found else {
        let rest = position..<bytes.count
        if isBeginning(bytes[rest]) { content.torn = rest } else { content.damaged.append(rest) }
        return content
      }
      if start > position { content.damaged.append(position..<start) }
      content.records.append(found.record)
      position = found.end
    }
    return content
  }

  /// Where the next frame may begin.
  private static func next(_ bytes: [UInt8], from start: Int) -> Int? {
    var place = start
    while let hash = bytes[place...].firstIndex(of: mark[0]) {
      if bytes[hash...].starts(with: mark) { return hash }
      place = hash + 1
    }
    return nil
  }

  /// The frame that begins here, where it is whole and checks.
  private static func frame(
    _ bytes: [UInt8], at position: Int, after id: UInt64
  ) -> (record: SpoolRecord, end: Int)? {
    guard let feed = bytes[position...].prefix(headerBytesMax).firstIndex(of: UInt8(ascii: "\n")),
      let header = header(bytes[position..<feed]), header.id > id,
      header.byteCount <= bytes.count - feed - 1
    else { return nil }
    let end = feed + 1 + header.byteCount
    let record = SpoolRecord(id: header.id, lines: Array(bytes[(feed + 1)..<end]))
    // Writing it again must give the same bytes: that compares checksum and spelling at once.
    return bytes[position..<end].elementsEqual(record.encoded) ? (record, end) : nil
  }

  /// Whether bytes may be the first part of a frame whose rest was never written.
  private static func isBeginning(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.starts(with: mark.prefix(bytes.count)) else { return false }
    guard let feed = bytes.prefix(headerBytesMax).firstIndex(of: UInt8(ascii: "\n")) else {
      return bytes.count < headerBytesMax
    }
    guard let header = header(bytes[..<feed]) else { return false }
    return header.byteCount > bytes.endIndex - feed - 1
  }

  private static func header(_ line: ArraySlice<UInt8>) -> (id: UInt64, byteCount: Int)? {
    let words = String(decoding: line, as: UTF8.self).split(separator: " ")
    guard words.count == 6, words[3].hasPrefix("id="), words[4].hasPrefix("bytes="),
      let id = UInt64(words[3].dropFirst(3)), let count = Int(words[4].dropFirst(6)), count >= 0
    else { return nil }
    return (id, count)
  }
}
