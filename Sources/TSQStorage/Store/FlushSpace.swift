internal import Synchronization

/// The room that a flush needs on the disk.
enum FlushSpace {
  /// What a sample takes in a segment at most: two raw columns and its share of labels, index and
  /// summaries.
  static let bytesPerSampleMax: Int64 = 24
  /// A new log file, the manifest, and what a folder takes to name them.
  private static let besides: Int64 = 64 << 10

  /// Bytes that a flush of so many accepted bytes, 20 a sample, may write.
  static func needed(acceptedBytes: Int) -> Int64 {
    Int64(acceptedBytes) / 20 * bytesPerSampleMax + besides
  }
}

extension StoreCore {
  /// Bytes of accepted entries that are in no segment yet, about.
  var unflushedBytes: Int {
    activeBytes.load(ordering: .relaxed) + flushingBytes.load(ordering: .relaxed)
  }
}

extension Store {
  /// The part of a flush's bytes below which a full disk is no reason to flush: it would leave many small
  /// segments and little room.
  private static let flushPartMin = 16

  /// Bytes that appends leave free on the disk now: the floor, or what a flush needs where that is more.
  package var keptFreeBytes: Int64 {
    max(options.freeSpaceFloor, FlushSpace.needed(acceptedBytes: core.unflushedBytes))
  }

  /// Has memory flushed where that makes room for appends: the less it holds, the less stays free.
  func makeRoom() {
    let held = core.unflushedBytes
    guard options.backgroundUpkeep, held >= options.flushBytes / Store.flushPartMin,
      FlushSpace.needed(acceptedBytes: held) > options.freeSpaceFloor
    else { return }
    core.lacksRoom.store(true, ordering: .relaxed)
    flusher.wake()
  }
}
