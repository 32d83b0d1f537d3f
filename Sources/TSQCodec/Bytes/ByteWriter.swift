/// Bytes being written: fixed-width numbers in little-endian order, varints, and runs of bytes.
public struct ByteWriter: Sendable {
  /// Everything written so far.
  public private(set) var bytes: [UInt8]

  /// A writer with nothing written.
  ///
  /// - Parameter capacity: bytes to make room for at once.
  public init(capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Everything written so far, without a copy.
  public var rawSpan: RawSpan {
    @_lifetime(borrow self)
    get { bytes.rawSpan }
  }

  /// The number of bytes written.
  public var count: Int { bytes.count }

  /// Forgets everything written and keeps the memory for the next use.
  public mutating func removeAllKeepingCapacity() { bytes.removeAll(keepingCapacity: true) }

  /// Forgets what was written after the first `count` bytes.
  public mutating func truncate(to count: Int) { bytes.removeLast(bytes.count - count) }

  /// Writes one byte.
  public mutating func append(_ byte: UInt8) { bytes.append(byte) }

  /// Writes an integer of fixed width in little-endian order.
  @inlinable
  public mutating func append<Integer: FixedWidthInteger>(littleEndian value: Integer) {
    appendLow(bytes: Integer.bitWidth / 8, of: UInt64(truncatingIfNeeded: value))
  }

  /// Writes the low bytes of a word, the lowest first.
  public mutating func appendLow(bytes byteCount: Int, of word: UInt64) {
    var rest = word
    for _ in 0..<byteCount {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  /// Writes words, the lowest byte of each first.
  public mutating func append(littleEndian words: Span<UInt64>) {
    #if _endian(little)
      unsafe append(words.bytes)
    #else
      for index in words.indices { appendLow(bytes: 8, of: words[index]) }
    #endif
  }

  /// Writes an unsigned LEB128 varint: seven bits a byte, the lowest first, 1 to 10 bytes.
  public mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Writes a count or length, which is never negative, as a varint.
  public mutating func append(varint value: Int) { append(varint: UInt64(value)) }

  /// Writes a signed varint: zigzag (0, -1, 1, -2, ...), then LEB128.
  public mutating func append(zigzag value: Int64) { append(varint: ZigZag.encode(value)) }

  /// Writes each number's difference from the one before, the first one's from zero, as signed
  /// varints.
  ///
  /// O(numbers); bytes are gathered apart, since each append to an array asks who else holds it.
  public mutating func append(deltasOf numbers: Span<Int64>) {
    var gathered = InlineArray<512, UInt8>(repeating: 0)
    var count = 0
    var previous: Int64 = 0
    for index in numbers.indices {
      var rest = ZigZag.encode(numbers[index] &- previous)
      previous = numbers[index]
      while rest >= 0x80 {
        gathered[count] = UInt8(truncatingIfNeeded: rest) | 0x80
        count &+= 1
        rest >>= 7
      }
      gathered[count] = UInt8(truncatingIfNeeded: rest)
      count &+= 1
      if count > gathered.count - 10 {
        unsafe append(gathered.span.extracting(0..<count).bytes)
        count = 0
      }
    }
    unsafe append(gathered.span.extracting(0..<count).bytes)
  }

  /// Writes a run of bytes as they are.
  public mutating func append(_ span: RawSpan) {
    bytes.reserveCapacity(bytes.count + span.byteCount)
    unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }

  /// Writes a run of bytes as they are.
  public mutating func append(contentsOf other: [UInt8]) { bytes.append(contentsOf: other) }

  /// Overwrites four bytes written earlier, for a length or checksum known only later.
  ///
  /// - Precondition: they lie inside what was written.
  public mutating func overwrite(littleEndian value: UInt32, at offset: Int) {
    for byte in 0..<4 { bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
  }
}

extension [UInt8] {
  /// The bytes as a raw span, without a copy.
  public var rawSpan: RawSpan {
    @_lifetime(borrow self)
    // Any byte is a valid byte: nothing here can be misread.
    get { unsafe span.bytes }
  }
}

/// Signed numbers as unsigned ones, small magnitudes first: 0, -1, 1, -2, ...
public enum ZigZag {
  /// The unsigned number that stands for a signed one.
  @inlinable
  public static func encode(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: (value << 1) ^ (value >> 63))
  }

  /// The signed number an unsigned one stands for.
  @inlinable
  public static func decode(_ value: UInt64) -> Int64 {
    Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }
}
