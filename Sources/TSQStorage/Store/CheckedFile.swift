import TSQCodec
import TSQCore

/// A small file that is replaced as a whole and survives one damaged byte: its content stands
/// twice, each copy with its own checksum.
///
/// Layout of one copy: 8 bytes magic, UInt32 version, UInt32 payload length, payload, UInt32
/// CRC-32C over all before it; numbers little-endian. The second copy starts at half the file.
enum CheckedFile {
  private static let headerSize = 16
  private static let checksumSize = 4

  /// What a file holds.
  struct Content: Hashable, Sendable {
    let version: UInt32
    let payload: [UInt8]
    /// How many of the two copies could not be read, 0 or 1.
    let damagedCopies: Int
  }

  /// A payload as the bytes of a file.
  ///
  /// - Precondition: `magic` is 8 bytes.
  static func encode(magic: [UInt8], version: UInt32, payload: [UInt8]) -> [UInt8] {
    precondition(magic.count == 8, "a magic number has 8 bytes")
    var copy = ByteWriter(capacity: headerSize + payload.count + checksumSize)
    copy.append(contentsOf: magic)
    copy.append(littleEndian: version)
    copy.append(littleEndian: UInt32(payload.count))
    copy.append(contentsOf: payload)
    copy.append(littleEndian: CRC32C.checksum(copy.bytes.rawSpan))
    return copy.bytes + copy.bytes
  }

  /// The content of a file's bytes, or `nil` when neither copy is whole.
  ///
  /// Copies are found by their magic and the length in their own header, so that bytes added, lost or cut
  /// off cost one of them at most.
  static func decode(_ bytes: [UInt8], magic: [UInt8]) -> Content? {
    for start in bytes.indices where bytes[start...].starts(with: magic) {
      guard let copy = decodeCopy(bytes.rawSpan.extracting(start...)) else { continue }
      let whole = encode(magic: magic, version: copy.version, payload: copy.payload)
      return Content(
        version: copy.version, payload: copy.payload, damagedCopies: whole == bytes ? 0 : 1)
    }
    return nil
  }

  /// The copy that begins where some bytes do; more may follow it.
  private static func decodeCopy(
    _ bytes: RawSpan
  ) -> (version: UInt32, payload: [UInt8])? {
    var reader = ByteReader(bytes)
    guard (try? reader.readBytes(8)) != nil,
      let version = try? reader.read(littleEndian: UInt32.self),
      let length = try? reader.read(littleEndian: UInt32.self),
      let payload = try? reader.readBytes(Int(length)),
      let stored = try? reader.read(littleEndian: UInt32.self),
      CRC32C.checksum(bytes.extracting(0..<headerSize + Int(length))) == stored
    else { return nil }
    return (version, SegmentFormat.copy(payload))
  }

  /// Reads a file, or returns `nil` where it is missing.
  ///
  /// - Throws: `.damaged` when neither copy is whole, `.newerFormat` past `supported`.
  static func read(
    _ fileSystem: any FileSystem, _ path: String, magic: [UInt8], supported: UInt32
  ) throws(StoreError) -> Content? {
    guard fileSystem.exists(path) else { return nil }
    let bytes = try fileOperation { () throws(FileError) in
      let file = try fileSystem.openForReading(path)
      defer { file.close() }
      return try file.read(at: 0, count: Int(file.size))
    }
    guard let content = decode(bytes, magic: magic) else {
      throw .damaged(DamageReport(path: path, reason: "neither of its two copies is whole"))
    }
    guard content.version <= supported else {
      throw .newerFormat(path: path, found: content.version, supported: supported)
    }
    return content
  }

  /// Replaces a file by a new content, durably: a crash leaves the old or the new one.
  static func write(
    _ fileSystem: any FileSystem, directory: String, name: String, magic: [UInt8],
    version: UInt32, payload: [UInt8]
  ) throws(StoreError) {
    let temporary = directory + "/" + name + ".tmp"
    try fileOperation { () throws(FileError) in
      if fileSystem.exists(temporary) { try fileSystem.remove(temporary) }
      let file = try fileSystem.create(temporary)
      defer { file.close() }
      try file.append(encode(magic: magic, version: version, payload: payload))
      try file.sync()
      try fileSystem.rename(temporary, to: directory + "/" + name)
      // Without this a crash could forget the new name, though its bytes are safe.
      try fileSystem.syncDirectory(directory)
    }
  }
}

/// Runs file operations and reports their failure as the store's.
func fileOperation<Value>(_ body: () throws(FileError) -> Value) throws(StoreError) -> Value {
  do { return try body() } catch { throw .file(error) }
}
