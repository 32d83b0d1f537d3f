internal import TSQCodec

/// The fixed parts of a write-ahead log file; `docs/formats/wal.md` is the specification.
enum WALFormat {
  /// The first bytes of every log file.
  static let fileMagic: [UInt8] = Array("TSQ-WAL\n".utf8)
  /// The version this code writes, and the newest it reads.
  static let version: UInt16 = 1
  /// Bytes of a file header.
  static let fileHeaderByteCount = 48
  /// The first bytes of every frame.
  ///
  /// 0xa7 is no first byte of UTF-8, so label text cannot begin one.
  static let frameMagic: [UInt8] = [0xa7, 0x54, 0x53, 0x51]
  /// Bytes of a frame header.
  static let frameHeaderByteCount = 24
  /// Largest frame body, 64 MiB: what a damaged length can make a reader hold in memory.
  static let bodyByteCountMax = 64 << 20
  /// Most samples in a frame, 2^20: a run-length column of a few bytes cannot claim more.
  static let samplesPerFrameMax = 1 << 20
  /// Most series one file can name, 2^26: bounds the reader's table at 256 MiB.
  static let seriesPerFileMax = 1 << 26

  /// The name of the file with a number: `00000001.wal`.
  static func fileName(_ number: UInt64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits + ".wal"
  }

  /// The number in a log file's name, or `nil` for any other name.
  static func fileNumber(_ name: String) -> UInt64? {
    guard name.hasSuffix(".wal"), let number = UInt64(name.dropLast(4)),
      fileName(number) == name
    else { return nil }
    return number
  }

  /// What every frame's checksum starts from.
  ///
  /// Bound to the store, so that frames of another store do not pass; not to the file, so that a
  /// damaged file header costs the header and nothing else.
  static func salt(_ storeID: StoreID) -> UInt32 {
    unsafe CRC32C.checksum(storeID.bytes.span.bytes)
  }
}

/// The header at the start of a log file.
struct WALFileHeader: Equatable {
  var storeID: StoreID
  /// The lowest sequence number a frame of this file can have.
  var firstSequence: UInt64

  /// Why the first bytes of a file are no header.
  enum Failure: Error, Equatable {
    /// Too short, wrong magic or wrong checksum.
    case damaged
    /// A version this code does not read.
    case newer(UInt32)
  }

  /// The header's 48 bytes.
  func encoded() -> [UInt8] {
    var writer = ByteWriter(capacity: WALFormat.fileHeaderByteCount)
    writer.append(contentsOf: WALFormat.fileMagic)
    writer.append(littleEndian: WALFormat.version)
    writer.append(littleEndian: UInt16(0))
    writer.append(littleEndian: UInt32(WALFormat.fileHeaderByteCount))
    writer.append(contentsOf: storeID.bytes)
    writer.append(littleEndian: firstSequence)
    writer.append(littleEndian: UInt32(0))
    let checksum = unsafe CRC32C.checksum(writer.bytes.span.bytes)
    writer.append(littleEndian: checksum)
    return writer.bytes
  }

  init(storeID: StoreID, firstSequence: UInt64) {
    self.storeID = storeID
    self.firstSequence = firstSequence
  }

  /// Reads a header from the first bytes of a file.
  init(_ bytes: [UInt8]) throws(Failure) {
    guard bytes.count >= WALFormat.fileHeaderByteCount,
      Array(bytes[..<8]) == WALFormat.fileMagic
    else { throw .damaged }
    let checked = WALFormat.fileHeaderByteCount - 4
    let stored = bytes.littleEndian(UInt32.self, at: checked)
    let computed = unsafe CRC32C.checksum(bytes.span.bytes.extracting(0..<checked))
    guard stored == computed else { throw .damaged }
    let version = bytes.littleEndian(UInt16.self, at: 8)
    let features = bytes.littleEndian(UInt16.self, at: 10)
    // An unknown feature bit means content that this code would misread.
    guard version == WALFormat.version, features == 0 else {
      throw .newer(UInt32(version) << 16 | UInt32(features))
    }
    guard let storeID = StoreID(bytes: Array(bytes[16..<32])) else { throw .damaged }
    self.storeID = storeID
    self.firstSequence = bytes.littleEndian(UInt64.self, at: 32)
  }
}

/// The header before every frame's body.
struct WALFrameHeader: Equatable {
  /// What a frame holds.
  enum Kind: UInt8 {
    case samples = 1
    case tombstone = 2
    case metadata = 3
  }

  var bodyByteCount: Int
  var checksum: UInt32
  var sequence: UInt64
  var kind: Kind

  /// The header in 24 bytes, or `nil` where they cannot be one.
  init?(_ bytes: [UInt8], at offset: Int) {
    for index in 0..<4 where bytes[offset + index] != WALFormat.frameMagic[index] { return nil }
    bodyByteCount = Int(bytes.littleEndian(UInt32.self, at: offset + 4))
    checksum = bytes.littleEndian(UInt32.self, at: offset + 8)
    sequence = bytes.littleEndian(UInt64.self, at: offset + 12)
    guard bodyByteCount <= WALFormat.bodyByteCountMax,
      let kind = Kind(rawValue: bytes[offset + 20]),
      bytes[offset + 21] == 0, bytes[offset + 22] == 0, bytes[offset + 23] == 0
    else { return nil }
    self.kind = kind
  }

  /// Bytes of the whole frame.
  var frameByteCount: Int { WALFormat.frameHeaderByteCount + bodyByteCount }

  /// The checksum of a frame: over its length, then everything behind the checksum.
  static func checksum(frame: RawSpan, salt: UInt32) -> UInt32 {
    let length = CRC32C.checksum(frame.extracting(4..<8), seed: salt)
    return CRC32C.checksum(frame.extracting(12..<frame.byteCount), seed: length)
  }

  /// Writes a header whose length and checksum are filled in by `finish`.
  static func begin(_ kind: Kind, sequence: UInt64, in writer: inout ByteWriter) -> Int {
    let start = writer.count
    writer.append(contentsOf: WALFormat.frameMagic)
    writer.append(littleEndian: UInt64(0))
    writer.append(littleEndian: sequence)
    writer.append(kind.rawValue)
    writer.append(0)
    writer.append(littleEndian: UInt16(0))
    return start
  }

  /// Completes the frame that starts at an offset and ends where the writer stands.
  static func finish(_ start: Int, salt: UInt32, in writer: inout ByteWriter) {
    let bodyByteCount = writer.count - start - WALFormat.frameHeaderByteCount
    writer.overwrite(littleEndian: UInt32(bodyByteCount), at: start + 4)
    let sum = unsafe checksum(
      frame: writer.bytes.span.bytes.extracting(start..<writer.count), salt: salt)
    writer.overwrite(littleEndian: sum, at: start + 8)
  }
}

extension [UInt8] {
  /// The integer in little-endian order at an offset.
  ///
  /// - Precondition: it lies inside.
  func littleEndian<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type, at offset: Int
  ) -> Integer {
    var value: Integer = 0
    for index in 0..<Integer.bitWidth / 8 {
      value |= Integer(truncatingIfNeeded: self[offset + index]) << (8 * index)
    }
    return value
  }
}
