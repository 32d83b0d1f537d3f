import TSQCodec

/// The fixed bytes of a segment file; docs/formats/segment.md describes all of it.
enum SegmentFormat {
  /// The first 8 bytes of every segment of any version.
  static let headMagic = Array("TSQSEGMT".utf8)
  /// The last 8 bytes before the trailer's checksum.
  static let tailMagic = Array("TSQSEGND".utf8)
  /// The version this program writes, and the newest it reads.
  static let version: UInt16 = 1
  /// Features a reader must know; version 1 has none.
  static let knownFeatures: UInt32 = 0

  static let headerBytes = 36
  static let trailerBytes = 32

  /// Largest root: 1,000 superseded names of 64 bytes and the fixed fields fit many times over.
  static let rootBytesMax = 16 << 20
  /// Largest page directory: about 40 million pages of 256 blocks.
  static let directoryBytesMax = 1 << 30
  /// Largest page, packed or not: what one damaged or hostile length can make a reader take.
  static let pageBytesMax = 64 << 20
  /// Largest frame of one column: 8,192 raw values and the frame's own header fit three times.
  static let frameBytesMax = 384 << 10

  /// A page is closed when it has this many blocks: small enough that finding one series reads a
  /// few kilobytes, large enough that the directory costs next to nothing.
  static let blocksPerPage = 256

  /// The header: magic, version, two zero bytes, features, store id, CRC-32C of all before.
  static func header(storeID: StoreID) -> [UInt8] {
    var writer = ByteWriter(capacity: headerBytes)
    writer.append(contentsOf: headMagic)
    writer.append(littleEndian: version)
    writer.append(littleEndian: UInt16(0))
    writer.append(littleEndian: UInt32(0))
    writer.append(contentsOf: storeID.bytes)
    writer.append(littleEndian: CRC32C.checksum(writer.bytes.rawSpan))
    return writer.bytes
  }

  /// Reads a header; its layout is the same in every version to come.
  static func readHeader(_ bytes: [UInt8], path: String) throws(SegmentError) -> StoreID {
    do {
      var reader = ByteReader(bytes.rawSpan)
      guard copy(try reader.readBytes(8)) == headMagic else {
        throw InvalidPart("it does not begin as a tsq segment does")
      }
      let version = try reader.read(littleEndian: UInt16.self)
      _ = try reader.read(littleEndian: UInt16.self)
      let features = try reader.read(littleEndian: UInt32.self)
      let storeID = StoreID(bytes: copy(try reader.readBytes(StoreID.byteCount)))
      try checkSum(bytes, stored: try reader.read(littleEndian: UInt32.self))
      guard version <= Self.version else {
        throw SegmentError.newerFormat(path: path, version: version, supported: Self.version)
      }
      guard features & ~knownFeatures == 0 else {
        throw SegmentError.unknownFeatures(path: path, bits: features & ~knownFeatures)
      }
      guard version > 0, let storeID else { throw InvalidPart("its version is 0") }
      return storeID
    } catch let error as SegmentError {
      throw error
    } catch {
      throw .damagedPart(path: path, part: .header, reason: "\(error)")
    }
  }

  /// The trailer: root offset, length and CRC-32C, four zero bytes, magic, CRC-32C of all before.
  static func trailer(rootOffset: Int64, root: [UInt8]) -> [UInt8] {
    var writer = ByteWriter(capacity: trailerBytes)
    writer.append(littleEndian: rootOffset)
    writer.append(littleEndian: UInt32(root.count))
    writer.append(littleEndian: CRC32C.checksum(root.rawSpan))
    writer.append(littleEndian: UInt32(0))
    writer.append(contentsOf: tailMagic)
    writer.append(littleEndian: CRC32C.checksum(writer.bytes.rawSpan))
    return writer.bytes
  }

  /// Where the root lies, as the trailer says.
  struct RootLocation {
    let offset: Int64
    let length: Int
    let checksum: UInt32
  }

  static func readTrailer(
    _ bytes: [UInt8], fileSize: Int64, path: String
  ) throws(SegmentError) -> RootLocation {
    do {
      var reader = ByteReader(bytes.rawSpan)
      let offset = try reader.read(littleEndian: Int64.self)
      let length = Int(try reader.read(littleEndian: UInt32.self))
      let checksum = try reader.read(littleEndian: UInt32.self)
      _ = try reader.read(littleEndian: UInt32.self)
      guard copy(try reader.readBytes(8)) == tailMagic else {
        throw InvalidPart("it does not end as a tsq segment does: cut short, or never finished")
      }
      try checkSum(bytes, stored: try reader.read(littleEndian: UInt32.self))
      guard length <= rootBytesMax, offset >= Int64(headerBytes),
        offset == fileSize - Int64(trailerBytes) - Int64(length)
      else { throw InvalidPart("its root would lie outside the file") }
      return RootLocation(offset: offset, length: length, checksum: checksum)
    } catch {
      throw .damagedPart(path: path, part: .trailer, reason: "\(error)")
    }
  }

  /// Compares the checksum in the last four bytes with that of all before.
  private static func checkSum(_ bytes: [UInt8], stored: UInt32) throws {
    let computed = CRC32C.checksum(bytes.rawSpan.extracting(0..<bytes.count - 4))
    guard stored == computed else {
      throw InvalidPart("its checksum is \(computed), recorded is \(stored)")
    }
  }

  /// A run of bytes as an array of its own.
  static func copy(_ span: RawSpan) -> [UInt8] {
    var writer = ByteWriter(capacity: span.byteCount)
    writer.append(span)
    return writer.bytes
  }
}
