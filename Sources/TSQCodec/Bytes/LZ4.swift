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
    var compressed: [UInt8] = []
    let count = compress(bytes, into: &compressed)
    compressed.removeLast(compressed.count - count)
    return compressed.isEmpty ? nil : compressed
  }

  /// Compresses into memory that is kept from call to call.
  ///
  /// - Parameters:
  ///   - bytes: what to compress.
  ///   - buffer: grows where it must; the compressed bytes are its first ones.
  /// - Returns: how many those are; 0 where they would not be fewer than the input.
  package static func compress(_ bytes: RawSpan, into buffer: inout [UInt8]) -> Int {
    let count = bytes.byteCount
    guard count > 1, count <= decompressedCountMax else { return 0 }
    grow(&buffer, to: count)
    return unsafe bytes.withUnsafeBytes { source in
      unsafe buffer.withUnsafeMutableBytes { target in
        // Room for one byte less than the input: the library gives up where that does not suffice.
        let written = unsafe LZ4_compress_default(
          source.bindMemory(to: CChar.self).baseAddress,
          target.bindMemory(to: CChar.self).baseAddress, CInt(count), CInt(count - 1))
        return max(0, Int(written))
      }
    }
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
    var original: [UInt8] = []
    try decompress(bytes, expectedCount: expectedCount, into: &original)
    return original
  }

  /// Decompresses into memory that is kept from call to call: its first `expectedCount` bytes.
  package static func decompress(
    _ bytes: RawSpan, expectedCount: Int, into buffer: inout [UInt8]
  ) throws(LZ4Error) {
    guard (0...decompressedCountMax).contains(expectedCount) else {
      throw .sizeOutOfRange(expectedCount: expectedCount)
    }
    let count = bytes.byteCount
    guard count > 0, count <= Int(CInt.max), expectedCount / expansionMax <= count else {
      throw .corrupt(expectedCount: expectedCount)
    }
    grow(&buffer, to: expectedCount)
    let written = unsafe bytes.withUnsafeBytes { source in
      unsafe buffer.withUnsafeMutableBytes { target in
        // An empty buffer has no address; the library wants one all the same.
        var nowhere: CChar = 0
        let output = unsafe target.bindMemory(to: CChar.self).baseAddress
        let input = unsafe source.bindMemory(to: CChar.self).baseAddress
        if unsafe output == nil {
          return unsafe LZ4_decompress_safe(input, &nowhere, CInt(count), 0)
        }
        return unsafe LZ4_decompress_safe(input, output, CInt(count), CInt(expectedCount))
      }
    }
    guard Int(written) == expectedCount else { throw .corrupt(expectedCount: expectedCount) }
  }

  private static func grow(_ buffer: inout [UInt8], to count: Int) {
    if buffer.count < count {
      buffer.append(contentsOf: repeatElement(0, count: count - buffer.count))
    }
  }
}
