/// Why bytes could not be read as what they should be.
public enum ByteReadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The bytes end before the item does; `missingBytes` more are needed at least.
  case truncated(offset: Int, missingBytes: Int)
  /// A varint does not end within 10 bytes, or does not fit 64 bits.
  case malformedVarint(offset: Int)
  /// A count or length is above what its reader allows.
  case countOutOfRange(offset: Int, count: UInt64, maximum: Int)
  /// A code at this offset names nothing this version knows.
  case unknownCode(offset: Int, code: UInt8)
  /// All was read, and this many bytes are left that should not be there.
  case excessBytes(Int)

  /// The error in words.
  public var description: String {
    switch self {
    case .truncated(let offset, let missingBytes):
      "the bytes end too early: \(missingBytes) more are needed at offset \(offset)"
    case .malformedVarint(let offset):
      "the number at offset \(offset) is malformed"
    case .countOutOfRange(let offset, let count, let maximum):
      "the count \(count) at offset \(offset) is above \(maximum)"
    case .unknownCode(let offset, let code):
      "the code \(code) at offset \(offset) is unknown"
    case .excessBytes(let count):
      "\(count) bytes are left over at the end"
    }
  }
}

/// Reads what `ByteWriter` wrote from bytes of any origin; no input makes it trap.
public struct ByteReader: ~Escapable {
  /// All the bytes, read and unread.
  public let bytes: RawSpan
  /// The offset of the next unread byte.
  public private(set) var position = 0

  /// A reader at the start of some bytes.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) { self.bytes = bytes }

  /// The number of unread bytes.
  public var remaining: Int { bytes.byteCount - position }

  /// Whether everything has been read.
  public var isAtEnd: Bool { remaining == 0 }

  /// Reads one byte.
  @_lifetime(self: copy self)
  public mutating func readByte() throws(ByteReadError) -> UInt8 {
    try require(1)
    let byte = unsafe bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
    position += 1
    return byte
  }

  /// Reads an integer of fixed width in little-endian order.
  @_lifetime(self: copy self)
  public mutating func read<Integer: FixedWidthInteger & BitwiseCopyable>(
    littleEndian type: Integer.Type
  ) throws(ByteReadError) -> Integer {
    let width = Integer.bitWidth / 8
    try require(width)
    let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position, as: Integer.self)
    position += width
    return Integer(littleEndian: word)
  }

  /// Reads an unsigned LEB128 varint.
  @_lifetime(self: copy self)
  @inline(__always)
  public mutating func readVarint() throws(ByteReadError) -> UInt64 {
    // Most gaps, lengths and codes are one byte.
    if position < bytes.byteCount {
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
      if byte < 0x80 {
        position += 1
        return UInt64(byte)
      }
    }
    return try readLongVarint()
  }

  /// Reads a varint of any length.
  @_lifetime(self: copy self)
  private mutating func readLongVarint() throws(ByteReadError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try readByte()
      let bits = UInt64(byte & 0x7f)
      // The tenth byte has room for one bit only.
      if shift == 63, bits > 1 { throw .malformedVarint(offset: start) }
      value |= bits << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
      if shift > 63 { throw .malformedVarint(offset: start) }
    }
  }

  /// Reads a signed varint (zigzag, then LEB128).
  @_lifetime(self: copy self)
  public mutating func readZigzag() throws(ByteReadError) -> Int64 {
    ZigZag.decode(try readVarint())
  }

  /// Reads a count or length and checks it before anybody takes memory for it.
  @_lifetime(self: copy self)
  public mutating func readCount(maximum: Int) throws(ByteReadError) -> Int {
    let offset = position
    let count = try readVarint()
    guard count <= UInt64(max(0, maximum)) else {
      throw .countOutOfRange(offset: offset, count: count, maximum: maximum)
    }
    return Int(count)
  }

  /// Reads a run of bytes without copying it.
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  public mutating func readBytes(_ count: Int) throws(ByteReadError) -> RawSpan {
    try require(count)
    let run = bytes.extracting(position..<position + count)
    position += count
    return run
  }

  private func require(_ count: Int) throws(ByteReadError) {
    guard count >= 0, count <= remaining else {
      throw .truncated(offset: position, missingBytes: max(0, count - remaining))
    }
  }
}
