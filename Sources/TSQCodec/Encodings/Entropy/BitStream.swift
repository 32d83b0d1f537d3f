/// Appends numbers of any width to bytes as one bit stream, lowest bits first.
struct BitWriter {
  private var pending: UInt64 = 0
  private var pendingBits = 0

  /// Appends the low `width` bits of a number, `0...64`; bits above must be zero.
  mutating func append(_ value: UInt64, width: Int, to writer: inout ByteWriter) {
    pending |= value << UInt64(pendingBits)
    pendingBits += width
    guard pendingBits >= 64 else { return }
    writer.appendLow(bytes: 8, of: pending)
    pendingBits -= 64
    pending = pendingBits == 0 ? 0 : value >> UInt64(width - pendingBits)
  }

  /// Appends a number of at least 1 in Elias' gamma code: as many zeros as it has bits after the
  /// first, a one, then those bits.
  mutating func appendGamma(_ value: UInt64, to writer: inout ByteWriter) {
    let below = 63 - value.leadingZeroBitCount
    append(0, width: below, to: &writer)
    append(1, width: 1, to: &writer)
    append(value & ((1 << UInt64(below)) - 1), width: below, to: &writer)
  }

  /// Writes out what is left, padded with zero bits to a whole byte.
  mutating func finish(to writer: inout ByteWriter) {
    writer.appendLow(bytes: (pendingBits + 7) / 8, of: pending)
    (pending, pendingBits) = (0, 0)
  }
}

/// Reads a bit stream; past its end it reads zeros and says so.
struct BitReader: ~Escapable {
  private let bytes: RawSpan
  /// The number of bits read.
  private(set) var position = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) { self.bytes = bytes }

  /// Whether more bits were read than there are.
  var isPastEnd: Bool { position > bytes.byteCount * 8 }

  /// Reads `width` bits, `0...64`.
  @_lifetime(self: copy self)
  mutating func read(_ width: Int) -> UInt64 {
    let value = BitReader.load(bytes, at: position, width: width)
    position += width
    return value
  }

  /// Reads a number in Elias' gamma code, or `nil` where it is longer than 64 bits.
  @_lifetime(self: copy self)
  mutating func readGamma() -> UInt64? {
    var below = 0
    while read(1) == 0 {
      below += 1
      if below > 63 || isPastEnd { return nil }
    }
    return 1 << UInt64(below) | read(below)
  }

  /// The bits at any position; zeros past the end.
  static func load(_ bytes: RawSpan, at position: Int, width: Int) -> UInt64 {
    if width == 0 { return 0 }
    let (start, shift) = (position >> 3, UInt64(position & 7))
    var word: UInt64 = 0
    if start + 8 <= bytes.byteCount {
      word = unsafe UInt64(
        littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
    } else {
      for byte in max(0, start)..<max(start, bytes.byteCount) {
        let bits = unsafe bytes.unsafeLoad(fromByteOffset: byte, as: UInt8.self)
        word |= UInt64(bits) << UInt64((byte - start) * 8)
      }
    }
    var value = word >> shift
    if Int(shift) + width > 64, start + 8 < bytes.byteCount {
      let next = unsafe bytes.unsafeLoad(fromByteOffset: start + 8, as: UInt8.self)
      value |= UInt64(next) << (64 - shift)
    }
    return value & (UInt64.max >> UInt64(64 - width))
  }
}
