internal import CZlib

/// Why gzip bytes were not decompressed.
public enum GunzipError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The bytes end inside a member.
  case cut
  /// The bytes are not gzip, or do not match their checksum.
  case corrupt

  /// The error in words.
  public var description: String {
    switch self {
    case .cut: "the gzip stream ends too early"
    case .corrupt: "the bytes are not gzip, or are damaged"
    }
  }
}

/// The gzip file format, by the system's zlib.
///
/// Source: RFC 1952; a file is one member or several, whose contents follow each other (§2.2).
public enum Gunzip {
  /// Bytes handed out at once.
  private static let pieceBytes = 64 << 10
  /// zlib's number for the largest window, and 16 for gzip and nothing else.
  private static let windowBits: Int32 = 15 + 16

  /// Decompresses all members piece by piece, so that a bomb is noticed before it takes memory.
  ///
  /// - Parameters:
  ///   - bytes: one whole gzip file.
  ///   - take: is given each piece of the content in order; what it throws ends the work.
  /// - Throws: `GunzipError`, and what `take` throws.
  /// - Complexity: O(bytes and content); 64 KiB and zlib's window of memory.
  public static func decompress(
    _ bytes: RawSpan, _ take: (ArraySlice<UInt8>) throws -> Void
  ) throws {
    guard let inputCount = UInt32(exactly: bytes.byteCount) else { throw GunzipError.corrupt }
    // zlib remembers where its stream lies, so it must not move: a variable's address may.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    defer { unsafe stream.deallocate() }
    let begun = unsafe inflateInit2_(
      stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(begun == Z_OK, "zlib is the version that it was built with, and has memory")
    defer { _ = unsafe inflateEnd(stream) }
    var piece = [UInt8](repeating: 0, count: pieceBytes)
    try unsafe bytes.withUnsafeBytes { input in
      // zlib reads the input and never writes it; its type is older than `const`.
      unsafe stream.pointee.next_in = UnsafeMutablePointer(
        mutating: input.bindMemory(to: UInt8.self).baseAddress)
      unsafe stream.pointee.avail_in = inputCount
      while true {
        let (status, count) = unsafe piece.withUnsafeMutableBufferPointer { output in
          unsafe stream.pointee.next_out = output.baseAddress
          unsafe stream.pointee.avail_out = UInt32(output.count)
          let status = unsafe inflate(stream, Z_NO_FLUSH)
          return (status, output.count - Int(unsafe stream.pointee.avail_out))
        }
        if count > 0 { try take(piece[..<count]) }
        switch status {
        case Z_OK: continue
        case Z_STREAM_END:
          if unsafe stream.pointee.avail_in == 0 { return }
          _ = unsafe inflateReset(stream)
        // No progress: the output had room, so it is the input that is at its end.
        case Z_BUF_ERROR: throw GunzipError.cut
        default: throw GunzipError.corrupt
        }
      }
    }
  }
}
