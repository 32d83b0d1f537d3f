internal import CLZ4

/// Why bytes could not be decompressed: they are damaged or foreign.
public enum LZ4Error: Error, Hashable, Sendable, CustomStringConvertible {
  /// The compressed bytes do not decode to exactly the size that was recorded for them.
  case corrupt(expectedCount: Int)
  /// The recorded size is negative or above `LZ4.decompressedCountMax`.
  case sizeOutOfRange(expectedCount: Int)

  /// The error in words.
  public var description: String {
    switch self {
    case .corrupt(let expectedCount):
      "LZ4 data is damaged: it does not decode to the \(expectedCount) bytes recorded"
    case .sizeOutOfRange(let expectedCount):
      "LZ4 data claims to hold \(expectedCount) bytes, more than \(LZ4.decompressedCountMax)"
    }
  }
}

/// The LZ4 block format (no frame), by the system's liblz4.
public enum LZ4 {
  /// Most bytes one block may decompress to: 64 MiB, four times the largest WAL batch, so that a
  /// damaged length cannot take the machine's memory.
  public static let decompressedCountMax = 64 << 20

  /// LZ4's own bound: no byte of input can stand for more than 255 bytes of output.
  static let expansionMax = 255

  /// The compressed bytes, or `nil` where they would not be fewer than the input.
  ///
  /// - Complexity: O(bytes).
  public static func compress(_ bytes: RawSpan) -> [UInt8]? {
    let count = bytes.byteCount
    guard count > 1, count <= decompressedCountMax else { return nil }
    // Room for one byte less than the input: the library gives up where that does not suffice.
    let compressed = unsafe [UInt8](unsafeUninitializedCapacity: count - 1) { target, used in
      let written = unsafe bytes.withUnsafeBytes { source in
        unsafe LZ4_compress_default(
          source.bindMemory(to: CChar.self).baseAddress,
          UnsafeMutableRawBufferPointer(target).bindMemory(to: CChar.self).baseAddress,
          CInt(count), CInt(count - 1))
      }
      used = max(0, Int(written))
    }
    return compressed.isEmpty ? nil : compressed
  }

  /// The original bytes.
  ///
  /// - Parameters:
  ///   - bytes: what `compress` gave.
  ///   - expectedCount: the size of the original, as recorded beside it.
  /// - Returns: exactly `expectedCount` bytes.
  /// - Throws: `LZ4Error` unless the bytes decode to exactly that size. No more memory is taken than
  ///   LZ4 could possibly fill from so many bytes.
  public static func decompress(
    _ bytes: RawSpan, expectedCount: Int
  ) throws(LZ4Error) -> [UInt8] {
    guard (0...decompressedCountMax).contains(expectedCount) else {
      throw .sizeOutOfRange(expectedCount: expectedCount)
    }
    let count = bytes.byteCount
    guard count > 0, count <= Int(CInt.max), expectedCount / expansionMax <= count else {
      throw .corrupt(expectedCount: expectedCount)
    }
    var written = CInt(-1)
    let original = unsafe [UInt8](unsafeUninitializedCapacity: max(1, expectedCount)) {
      target, used in
      written = unsafe bytes.withUnsafeBytes { source in
        unsafe LZ4_decompress_safe(
          source.bindMemory(to: CChar.self).baseAddress,
          UnsafeMutableRawBufferPointer(target).bindMemory(to: CChar.self).baseAddress,
          CInt(count), CInt(expectedCount))
      }
      used = max(0, Int(written))
    }
    guard Int(written) == expectedCount else { throw .corrupt(expectedCount: expectedCount) }
    return original
  }
}
