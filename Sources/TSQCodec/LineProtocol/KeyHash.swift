/// A keyed hash of raw key bytes.
///
/// Multiplies two words to 128 bits and folds them, 16 bytes a step. The seed is random in each
/// table, so that a sender cannot choose keys that all fall into one slot.
/// Source: the construction of wyhash, Wang Yi, 2019.
struct KeyHash: Sendable {
  private let seed: UInt64
  private static let first: UInt64 = 0xa076_1d64_78bd_642f
  private static let second: UInt64 = 0xe703_7ed1_a0b4_28db

  init(seed: UInt64) { self.seed = seed }

  init() { self.seed = UInt64.random(in: .min ... .max) }

  @inline(__always)
  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }

  /// The hash of a range of bytes, mixed with a salt.
  ///
  /// - Complexity: O(length).
  func hash(_ bytes: RawSpan, from start: Int, to end: Int, salt: UInt64 = 0) -> UInt64 {
    var state = Self.fold(seed ^ salt, Self.first)
    var offset = start
    while offset + 16 <= end {
      state = Self.fold(
        bytes.word(offset) ^ Self.first, bytes.word(offset + 8) ^ Self.second ^ state)
      offset += 16
    }
    var tail: (UInt64, UInt64) = (0, 0)
    if offset + 8 <= end {
      tail.0 = bytes.word(offset)
      offset += 8
    }
    while offset < end {
      tail.1 = tail.1 << 8 | UInt64(bytes.octet(offset))
      offset += 1
    }
    state = Self.fold(tail.0 ^ Self.first ^ state, tail.1 ^ Self.second)
    return Self.fold(state ^ UInt64(end - start), Self.second)
  }
}

extension RawSpan {
  /// Whether two ranges of equal length hold the same bytes.
  @inline(__always)
  func equals(_ offset: Int, _ other: RawSpan, _ otherOffset: Int, count: Int) -> Bool {
    guard offset + count <= byteCount, otherOffset + count <= other.byteCount else { return false }
    var index = 0
    var difference: UInt64 = 0
    // No early exit: the callers expect a match, and without one the loop runs at SIMD width.
    while index + 8 <= count {
      difference |= uncheckedWord(offset + index) ^ other.uncheckedWord(otherOffset + index)
      index += 8
    }
    while index < count {
      difference |= UInt64(octet(offset + index) ^ other.octet(otherOffset + index))
      index += 1
    }
    return difference == 0
  }
}
