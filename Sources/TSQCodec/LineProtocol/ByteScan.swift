/// Reading bytes one and eight at a time, and finding a byte eight at a time.
///
/// Every load is bounds checked except `uncheckedWord`, whose callers check a whole run at once.
extension RawSpan {
  /// One byte.
  @inline(__always)
  func octet(_ offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// Eight bytes, the first one lowest.
  @inline(__always)
  func word(_ offset: Int) -> UInt64 {
    UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// Eight bytes, the first one lowest.
  ///
  /// - Precondition: `0 <= offset && offset + 8 <= byteCount`; not checked.
  @inline(__always)
  func uncheckedWord(_ offset: Int) -> UInt64 {
    UInt64(
      littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
  }

  /// The first place of a byte in a range of offsets, or `nil`.
  func firstOffset(of wanted: UInt8, from start: Int, to end: Int) -> Int? {
    var offset = start
    let pattern = UInt64(wanted) &* ByteScan.ones
    while offset + 8 <= end {
      let found = ByteScan.zeroBytes(word(offset) ^ pattern)
      if found != 0 { return offset + found.trailingZeroBitCount / 8 }
      offset += 8
    }
    while offset < end {
      if octet(offset) == wanted { return offset }
      offset += 1
    }
    return nil
  }

  /// Whether a range of offsets holds a byte past 127.
  func hasNonASCII(from start: Int, to end: Int) -> Bool {
    var offset = start
    var seen: UInt64 = 0
    while offset + 8 <= end {
      seen |= word(offset)
      offset += 8
    }
    while offset < end {
      seen |= UInt64(octet(offset))
      offset += 1
    }
    return seen & ByteScan.highBits != 0
  }

  /// How often a byte stands in a range of offsets.
  func count(of wanted: UInt8, from start: Int, to end: Int) -> Int {
    var count = 0
    for offset in start..<end where octet(offset) == wanted { count += 1 }
    return count
  }

  /// A copy of a range of offsets.
  func copy(from start: Int, to end: Int) -> [UInt8] {
    unsafe extracting(start..<end).withUnsafeBytes { unsafe Array($0) }
  }
}

/// Arithmetic on the eight bytes of a word.
enum ByteScan {
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let highBits: UInt64 = 0x8080_8080_8080_8080

  /// The high bit of each byte that is zero; bits above the first such byte may be wrong.
  ///
  /// Source: Mycroft's test, in Warren, "Hacker's Delight", 2nd ed., section 6-1.
  @inline(__always)
  static func zeroBytes(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highBits }
}

/// The bytes that mean something in line protocol.
enum Octet {
  static let tab = UInt8(ascii: "\t")
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let quote = UInt8(ascii: "\"")
  static let hash = UInt8(ascii: "#")
  static let comma = UInt8(ascii: ",")
  static let minus = UInt8(ascii: "-")
  static let point = UInt8(ascii: ".")
  static let zero = UInt8(ascii: "0")
  static let equals = UInt8(ascii: "=")
  static let backslash = UInt8(ascii: "\\")
}
