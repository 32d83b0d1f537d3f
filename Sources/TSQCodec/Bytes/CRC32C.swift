internal import CTSQKernels

/// CRC-32C (Castagnoli), the checksum of everything tsq writes.
///
/// Chosen because processors compute it by an instruction, at several bytes a cycle. Source: RFC 3720,
/// appendix B.4, which also has the test vectors.
public enum CRC32C {
  /// The checksum of some bytes.
  ///
  /// - Parameters:
  ///   - bytes: any number of them.
  ///   - seed: the checksum of the bytes that stand before these; 0 where there are none.
  /// - Returns: the checksum of those bytes and these.
  /// - Complexity: O(bytes), no allocation.
  public static func checksum(_ bytes: RawSpan, seed: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress else { return seed }
      let first = unsafe start.assumingMemoryBound(to: UInt8.self)
      return unsafe tsq_crc32c(seed, first, buffer.count)
    }
  }

  /// The same by table lookup: what a processor without the instruction computes.
  package static func portableChecksum(_ bytes: RawSpan, seed: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress else { return seed }
      let first = unsafe start.assumingMemoryBound(to: UInt8.self)
      return unsafe tsq_crc32c_portable(seed, first, buffer.count)
    }
  }
}
