/// The bytes with which some editors begin a UTF-8 file; they say nothing and belong to no line.
///
/// Only at the very beginning: in the middle of a text the character is one like any other.
///
/// Source: RFC 3629 §6, which lets a reader pass over it.
package enum ByteOrderMark {
  /// Its three bytes.
  package static let bytes: [UInt8] = [0xef, 0xbb, 0xbf]

  /// How many of the first bytes of an input are the mark: all of its bytes or none.
  package static func count(in input: some Sequence<UInt8>) -> Int {
    input.starts(with: bytes) ? bytes.count : 0
  }

  /// The same of bytes at hand.
  static func count(in input: RawSpan) -> Int {
    guard input.byteCount >= bytes.count else { return 0 }
    return bytes.indices.allSatisfy { input.octet($0) == bytes[$0] } ? bytes.count : 0
  }
}
