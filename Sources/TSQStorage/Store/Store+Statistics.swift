public import TSQCore
internal import Synchronization

/// What a store holds and what state it is in.
public struct StoreStatistics: Hashable, Sendable {
  /// Series known, with or without samples.
  public var series = 0
  /// Samples in memory: accepted and not yet in a segment.
  public var headSamples = 0
  /// Segments.
  public var segments = 0
  /// Samples in segments; duplicates across segments counted more than once until compaction.
  public var segmentSamples = 0
  /// Blocks in segments.
  public var segmentBlocks = 0
  /// Bytes of segments.
  public var segmentBytes: Int64 = 0
  /// Bytes of the log's files.
  public var logBytes: Int64 = 0
  /// First and last sample, or `nil` for an empty store.
  public var timeRange: TimeRange?
  /// The last sequence number that is visible.
  public var lastSequence: UInt64 = 0
  /// Deletions that still hide samples on disk.
  public var tombstones = 0
  /// Failures of the background threads since the store was opened.
  public var upkeepErrors = 0
  /// The last failure in words; `nil` when the last round went well.
  public var lastUpkeepError: String?
  /// Segments that could not be opened.
  public var unreadable: [DamageReport] = []
  /// Blocks that could not be read since the store was opened; they are not read again.
  public var damagedBlocks: [DamageReport] = []
  /// Bytes free on the disk; `nil` where the system does not say.
  public var freeBytes: Int64?
}

extension Store {
  /// What the store holds and what state it is in.
  ///
  /// O(segments + active series).
  public func statistics() -> StoreStatistics {
    let view = core.view.withLock { $0 }
    var statistics = StoreStatistics()
    statistics.series = core.registry.visibleCount
    statistics.headSamples = view.active.sampleCount + (view.flushing?.sampleCount ?? 0)
    statistics.segments = view.segments.count
    for segment in view.segments {
      statistics.segmentSamples += segment.info.sampleCount
      statistics.segmentBlocks += segment.info.blockCount
      statistics.segmentBytes += segment.info.fileSize
    }
    statistics.timeRange = view.timeRange
    statistics.logBytes = logBytes
    statistics.lastSequence = view.lastSequence
    statistics.tombstones = view.tombstones.all.count
    statistics.upkeepErrors = core.upkeepErrors.load(ordering: .relaxed)
    statistics.lastUpkeepError =
      (core.flushError.withLock { $0 } ?? core.mergeError.withLock { $0 })?.description
    statistics.unreadable = view.unreadable
    statistics.damagedBlocks = view.segments.flatMap { segment in
      segment.damagedBlocks.places.map { $0.error.report(segment) }
    }
    statistics.freeBytes = try? fileSystem.freeSpace(folder.path)
    return statistics
  }
}

extension Store {
  /// Bytes of log files; 0 where they cannot be listed.
  var logBytes: Int64 {
    let names = (try? fileSystem.list(folder.log)) ?? []
    return names.reduce(0) { $0 + ((try? fileSystem.size(folder.log + "/" + $1)) ?? 0) }
  }
}

extension StoreView {
  /// From the first to the last sample, or `nil` where there is none.
  ///
  /// O(segments + series).
  var timeRange: TimeRange? {
    var ranges = segments.compactMap(\.info.timeRange)
    for head in [active, flushing].compactMap({ $0 }) {
      ranges += head.seriesIDs.compactMap { head.series($0)?.timeRange }
    }
    guard let first = ranges.first else { return nil }
    return ranges.dropFirst().reduce(first) { $0.union($1) }
  }
}
