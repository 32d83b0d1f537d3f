import TSQCodec

@testable import TSQStorage

/// Makes files that no writer of ours would make, with checksums that are right.
enum WALHeaderForging {
  /// A file header with its checksum set anew.
  static func withChecksum(_ header: [UInt8]) -> [UInt8] {
    let checked = WALFormat.fileHeaderByteCount - 4
    var writer = ByteWriter()
    writer.append(contentsOf: Array(header[..<checked]))
    let checksum = unsafe CRC32C.checksum(writer.bytes.span.bytes)
    writer.append(littleEndian: checksum)
    writer.append(contentsOf: Array(header[WALFormat.fileHeaderByteCount...]))
    return writer.bytes
  }

  /// A frame around any body.
  static func frame(
    _ kind: WALFrameHeader.Kind, sequence: UInt64, body: [UInt8],
    storeID: StoreID = WALBench.storeID
  ) -> [UInt8] {
    var writer = ByteWriter()
    let start = WALFrameHeader.begin(kind, sequence: sequence, in: &writer)
    writer.append(contentsOf: body)
    WALFrameHeader.finish(start, salt: WALFormat.salt(storeID), in: &writer)
    return writer.bytes
  }
}
