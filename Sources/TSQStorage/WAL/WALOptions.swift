/// Limits of the write-ahead log.
package struct WALOptions: Sendable {
  /// Bytes that stay free on the file system: no samples are accepted below.
  ///
  /// 256 MiB: enough to write the segments of a full head, which is what gives the log's space
  /// back.
  package var freeSpaceFloor: Int64 = 256 << 20

  /// A file this large is followed by a new one at the next write, though nobody asked.
  ///
  /// 256 MiB: a flush normally comes long before; where it cannot, space returns in such steps.
  package var fileByteCountMax: Int64 = 256 << 20

  /// Largest frame body that is written; readers accept up to 64 MiB.
  package var bodyByteCountMax = WALFormat.bodyByteCountMax

  /// The usual limits.
  package init() {}
}
