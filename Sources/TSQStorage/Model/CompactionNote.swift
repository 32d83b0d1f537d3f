/// What a flush did, as JSON.
public struct FlushNote: Codable, Hashable, Sendable {
  /// Samples written to segments.
  public var samples: Int
  /// Segments written.
  public var segments: Int
  /// Their bytes.
  public var bytes: Int64
  /// Everything accepted up to this sequence number is in segments.
  public var throughSequence: UInt64

  enum CodingKeys: String, CodingKey {
    case samples, segments, bytes
    case throughSequence = "through_sequence"
  }

  /// A note on a report.
  public init(_ report: FlushReport) {
    samples = report.samples
    segments = report.segments
    bytes = report.bytes
    throughSequence = report.throughSequence
  }
}

/// What a compaction did, as JSON.
public struct CompactionNote: Codable, Hashable, Sendable {
  /// Segments that were merged, and what they became.
  public var segmentsBefore: Int
  /// Segments they became.
  public var segmentsAfter: Int
  /// Bytes of the merged segments.
  public var bytesBefore: Int64
  /// Bytes of what they became.
  public var bytesAfter: Int64
  /// Samples that were superseded or deleted.
  public var samplesDropped: Int
  /// What kept partitions from being merged.
  public var damage: [DamageNote]

  enum CodingKeys: String, CodingKey {
    case segmentsBefore = "segments_before"
    case segmentsAfter = "segments_after"
    case bytesBefore = "bytes_before"
    case bytesAfter = "bytes_after"
    case samplesDropped = "samples_dropped"
    case damage
  }

  /// A note on a report.
  public init(_ report: CompactionReport) {
    segmentsBefore = report.segmentsBefore
    segmentsAfter = report.segmentsAfter
    bytesBefore = report.bytesBefore
    bytesAfter = report.bytesAfter
    samplesDropped = report.samplesDropped
    damage = report.damage.map(DamageNote.init)
  }
}
