import TSQCore

/// What only the one running job may touch: the manifest and what an interrupted step left to do.
struct JobState: Sendable {
  /// The manifest as it is on disk.
  var manifest: Manifest
  /// The log file that the next manifest names; see `Manifest.logFile`.
  var logFile: UInt64?
  /// Segments of a flush that are published, while the manifest does not say so yet.
  var published: [SegmentHandle]?
  /// Replaced segments whose removal failed; nothing is compacted before they are gone.
  var removals: [String] = []
  /// Whether some of them were replaced by nothing, and the manifest was not written since: no other
  /// segment would say where they went.
  var isRemovalUntold = false
  /// Segments the catalog has not been told of yet; telling it takes longer than a flush may wait.
  var uncatalogued: [SegmentHandle] = []
  /// Segments gone that the catalog still has.
  var uncataloguedRemovals: [String] = []

  /// Nothing left to do.
  init(manifest: Manifest) {
    self.manifest = manifest
    logFile = manifest.logFile
  }
}

/// How far a job is.
public struct JobProgress: Hashable, Sendable {
  /// Bytes done.
  public let doneBytes: Int64
  /// Bytes there are to do.
  public let totalBytes: Int64
}

/// What a flush did.
public struct FlushReport: Hashable, Sendable {
  /// Samples written to segments.
  public var samples = 0
  /// Segments written, one a time partition.
  public var segments = 0
  /// Their size in bytes.
  public var bytes: Int64 = 0
  /// Everything accepted up to this sequence number is in segments now.
  public var throughSequence: UInt64 = 0
}

/// What a compaction did.
public struct CompactionReport: Hashable, Sendable {
  /// Segments merged.
  public var segmentsBefore = 0
  /// Segments they became.
  public var segmentsAfter = 0
  /// Bytes of the merged segments.
  public var bytesBefore: Int64 = 0
  /// Bytes of what they became.
  public var bytesAfter: Int64 = 0
  /// Samples dropped as replaced or deleted.
  public var samplesDropped = 0
  /// Segments left as they were because a block in them is damaged: the first damage of each.
  public var damage: [DamageReport] = []

  /// Adds what a later round of the same compaction did.
  mutating func add(_ later: CompactionReport) {
    segmentsBefore += later.segmentsBefore
    segmentsAfter += later.segmentsAfter
    bytesBefore += later.bytesBefore
    bytesAfter += later.bytesAfter
    samplesDropped += later.samplesDropped
    damage += later.damage
  }
}
