package import TSQCore

/// What a segment as a whole is, from its root.
package struct SegmentInfo: Hashable, Sendable {
  /// The file's name inside the segments folder.
  package let name: String
  /// The store it belongs to.
  package let storeID: StoreID
  /// The log entries whose samples of this partition it holds, all of them.
  package let sequences: ClosedRange<UInt64>
  /// The number of the time partition all its samples lie in; the store says how long one is.
  package let partition: Int64
  /// Names of the segments that this one replaces: where they still exist, they are not to be read.
  package let supersedes: [String]
  /// From the first to the last sample; `nil` where there is none, as when all were deleted.
  package let timeRange: TimeRange?
  /// Number of series.
  package let seriesCount: Int
  /// Number of blocks.
  package let blockCount: Int
  /// Number of samples.
  package let sampleCount: Int
  /// Size of the file, bytes.
  package let fileSize: Int64
  /// CRC-32C of the root, which carries the checksums of all footer pages: two segments of one name
  /// with the same checksum have the same series, blocks and summaries.
  package let rootChecksum: UInt32
}

/// Where the bytes of a segment go.
package struct SegmentLayout: Hashable, Sendable {
  /// Timestamps and values: all frames.
  package let frames: Int64
  /// Label pages.
  package let labels: Int64
  /// Index pages.
  package let index: Int64
  /// Summary pages.
  package let summaries: Int64
  /// Header, metadata, page directory, root and trailer.
  package let rest: Int64
}

/// Where one block lies and which samples it holds: up to 1,024 or so neighbours of one series.
package struct BlockEntry: Hashable, Sendable {
  /// Time of the first sample, nanoseconds.
  package let firstTime: Int64
  /// Time of the last sample, nanoseconds.
  package let lastTime: Int64
  /// Offset of the timestamps' frame in the file; blocks with equal timestamps share one.
  package let timesOffset: Int64
  /// Offset of the values' frame.
  package let valuesOffset: Int64
  /// Bytes of the timestamps' frame.
  package let timesLength: Int32
  /// Bytes of the values' frame.
  package let valuesLength: Int32
  /// Number of samples, at least 1.
  package let sampleCount: Int32
  /// The series' number in this file.
  package let series: Int32
  /// The block's place among those of its series, from 0.
  package let ordinal: Int32

  /// Number of samples, at least 1.
  package var count: Int { Int(sampleCount) }

  /// From the first to the last sample.
  package var timeRange: TimeRange {
    TimeRange(
      start: Timestamp(nanoseconds: firstTime), end: Timestamp(nanoseconds: lastTime))
  }

  /// Bytes of both frames: what decoding the block reads.
  package var byteCount: Int { Int(timesLength) + Int(valuesLength) }
}
