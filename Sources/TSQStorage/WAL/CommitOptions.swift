/// Limits of group commit; `docs/decisions/wal-group-commit.md` has the figures.
package struct CommitOptions: Sendable {
  /// When appends that do not wait for a sync are synced.
  package var policy: WALSyncPolicy = .interval(.seconds(1))

  /// A group of so many bytes is committed without waiting for more.
  ///
  /// 1 MiB: at a hundred MB/s that is 10 ms of writing, about what the sync itself takes on a disk.
  package var groupByteCount = 1 << 20

  /// A group never grows beyond so many bytes, whatever waits: 16 MiB bound the memory of its
  /// frames.
  package var groupByteCountMax = 16 << 20

  /// How long the first of several waiters waits for others to share its sync.
  ///
  /// None: what comes while one group is being synced is the next group, which shares syncs as well
  /// and delays nobody. A wait pays only where a sync is nearly free and its number is what costs.
  package var gatherDelay: Duration = .zero

  /// Bytes that must stay free once so many more are accepted, where that is more than the floor.
  package var reserve: @Sendable (Int) -> Int64 = { _ in 0 }

  /// The usual limits.
  package init() {}
}

/// What became of one entry.
package struct CommitReceipt: Hashable, Sendable {
  /// The entry's sequence number.
  package let sequence: UInt64
  /// Samples that are new.
  package let stored: Int
  /// Samples that took the place of another of the same series and time.
  package let replaced: Int

  /// A receipt.
  package init(sequence: UInt64, stored: Int, replaced: Int) {
    self.sequence = sequence
    self.stored = stored
    self.replaced = replaced
  }
}

/// What applying one entry did, told by the one who applies.
package struct ApplyCount: Hashable, Sendable {
  /// Samples that are new.
  package var stored: Int
  /// Samples that took the place of another of the same series and time.
  package var replaced: Int

  /// Counts of one entry.
  package init(stored: Int = 0, replaced: Int = 0) {
    self.stored = stored
    self.replaced = replaced
  }
}

/// What a commit queue has done so far.
package struct CommitStatistics: Hashable, Sendable {
  /// Entries committed.
  package var entryCount: UInt64 = 0
  /// Groups they came in.
  package var groupCount: UInt64 = 0
  /// Syncs of the log.
  package var syncCount: UInt64 = 0
  /// Entries refused because the disk was full.
  package var refusedCount: UInt64 = 0
}
