internal import CSnappy

/// Why snappy bytes were not decompressed.
public enum SnappyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The bytes are not one whole snappy block.
  case corrupt
  /// The block says that it holds more bytes than the caller takes; both numbers.
  case tooLarge(claimedCount: UInt64, limit: Int)

  /// The error in words.
  public var description: String {
    switch self {
    case .corrupt: "the bytes are not one whole snappy block"
    case .tooLarge(let claimedCount, let limit):
      "the snappy block holds \(claimedCount) bytes, more than \(limit)"
    }
  }
}

/// The snappy block format (not the framing format), by the system's libsnappy.
public enum Snappy {
  /// No byte of input can stand for more than 64 bytes of output and a few bytes of framing: a copy
  /// element of three bytes gives 64, one of two bytes gives 11.
  private static let expansionMax: UInt64 = 64

  /// How many bytes a block says it holds, checked against what so many bytes could possibly hold.
  ///
  /// - Throws: `corrupt` where there is no such number or it cannot be true.
  /// - Complexity: O(1); nothing is decompressed.
  public static func decompressedCount(_ bytes: RawSpan) throws(SnappyError) -> Int {
    let claimed: Int? = unsafe bytes.withUnsafeBytes { source in
      var count = 0
      let status = unsafe snappy_uncompressed_length(
        source.bindMemory(to: CChar.self).baseAddress, source.count, &count)
      return status == SNAPPY_OK ? count : nil
    }
    guard let claimed, bytes.byteCount > 0 else { throw .corrupt }
    guard UInt64(claimed) / expansionMax <= UInt64(bytes.byteCount) else { throw .corrupt }
    return claimed
  }

  /// The bytes of a block.
  ///
  /// - Parameters:
  ///   - bytes: one whole block.
  ///   - limit: the most bytes it may hold; checked before memory is taken.
  /// - Returns: its content.
  /// - Throws: `SnappyError`.
  /// - Complexity: O(bytes).
  public static func decompress(_ bytes: RawSpan, limit: Int) throws(SnappyError) -> [UInt8] {
    let count = try decompressedCount(bytes)
    guard count <= limit else { throw .tooLarge(claimedCount: UInt64(count), limit: limit) }
    var isWhole = false
    let plain = unsafe [UInt8](unsafeUninitializedCapacity: max(1, count)) { target, filled in
      var length = count
      let status = unsafe bytes.withUnsafeBytes { source in
        unsafe snappy_uncompress(
          source.bindMemory(to: CChar.self).baseAddress, source.count,
          UnsafeMutableRawPointer(target.baseAddress)?.assumingMemoryBound(to: CChar.self), &length)
      }
      isWhole = status == SNAPPY_OK && length == count
      filled = isWhole ? count : 0
    }
    guard isWhole else { throw .corrupt }
    return plain
  }

  /// A block that holds some bytes.
  ///
  /// - Complexity: O(bytes).
  public static func compress(_ bytes: RawSpan) -> [UInt8] {
    let bound = snappy_max_compressed_length(bytes.byteCount)
    return unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, filled in
      var length = bound
      let status = unsafe bytes.withUnsafeBytes { source in
        unsafe snappy_compress(
          source.bindMemory(to: CChar.self).baseAddress, source.count,
          UnsafeMutableRawPointer(target.baseAddress)?.assumingMemoryBound(to: CChar.self), &length)
      }
      precondition(status == SNAPPY_OK, "the buffer has the size that the library asks for")
      filled = length
    }
  }
}
