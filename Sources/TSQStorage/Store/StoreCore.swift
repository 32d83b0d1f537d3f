internal import Synchronization
import TSQCore

/// The part of a store that the log's writer thread and the readers share.
final class StoreCore: Sendable {
  let registry = SeriesRegistry()
  /// The order in which segments hold series.
  let order = SeriesOrder()
  /// What readers see.
  ///
  /// Held for moments only, never across I/O.
  let view = Mutex(StoreView())
  /// What long trends are read from; shared by all snapshots.
  let outlines = SharedOutlines()
  /// What shorter ones are read from.
  let parts = SharedParts()

  /// Bytes the active head's entries take in memory and log, about: 20 a sample.
  ///
  /// Beside the view, since every append asks: waiting for a group that is just being applied would
  /// make each sender wait for all.
  let activeBytes = Atomic<Int>(0)
  /// The same of the head being flushed.
  let flushingBytes = Atomic<Int>(0)
  /// Whether an append was refused for want of room that a flush would make.
  let lacksRoom = Atomic<Bool>(false)

  /// Failures of the background threads since the store was opened.
  let upkeepErrors = Atomic<Int>(0)
  /// The last failure to flush; `nil` when the last round went well.
  let flushError = Mutex<StoreError?>(nil)
  /// The last failure to merge; `nil` when the last round went well.
  let mergeError = Mutex<StoreError?>(nil)
  /// Merges that met a damaged block: the background job leaves them alone until the store is
  /// opened anew.
  let leftMerges = Mutex<Set<String>>([])
  /// The last deletion and the number of segments when nothing was found to be expired as a whole.
  let unexpired = Mutex<[UInt64]>([])
  /// When the retention rules were last applied; `nil` when they are due.
  let lastRetention = Mutex<ContinuousClock.Instant?>(nil)
  /// What they said last.
  let lastMessage = Mutex<String?>(nil)

  /// Makes entries visible, in the order of their sequence numbers.
  ///
  /// Called on the writer thread, and by replay. The entries of one call become visible together.
  ///
  /// - Returns: for each entry how many of its samples are new, and how many replaced one in a
  ///   head.
  func apply(_ entries: [(sequence: UInt64, entry: WALEntry)]) -> [ApplyCount] {
    view.withLock { view in entries.map { apply($0.sequence, $0.entry, to: &view) } }
  }

  private func apply(
    _ sequence: UInt64, _ entry: WALEntry, to view: inout StoreView
  ) -> ApplyCount {
    view.active.cover(sequence)
    activeBytes.add(entry.approximateByteCount, ordering: .relaxed)
    view.lastSequence = max(view.lastSequence, sequence)
    switch entry {
    case .samples(let batch):
      if view.activeSince == nil, !batch.isEmpty { view.activeSince = .now }
      let replaced = view.active.insert(batch, older: view.flushing)
      return ApplyCount(stored: batch.count - replaced, replaced: replaced)
    case .tombstone(let tombstone):
      view.apply(
        SequencedTombstone(sequence: sequence, tombstone: tombstone), registry: registry)
    case .metadata(let metadata):
      view.metadata[metadata.metric] = metadata
    }
    return ApplyCount()
  }

  /// Makes the head the one being flushed, and a new one take what comes.
  func rotateHead() {
    view.withLock { view in
      precondition(view.flushing == nil, "one head is flushed at a time")
      view.flushing = view.active
      view.active = Head()
      flushingBytes.store(activeBytes.exchange(0, ordering: .relaxed), ordering: .relaxed)
      view.activeSince = nil
    }
  }

  /// An unchanging view of what is visible now.
  func snapshot() -> StoreSnapshot {
    let current = view.withLock { $0 }
    // Counted after the view was taken: every series that has samples in it is below the count.
    return StoreSnapshot(
      view: current, registry: registry, seriesCount: registry.count, outlines: outlines,
      parts: parts)
  }
}
