internal import Foundation
public import TSQCore
internal import Synchronization

/// What became of a batch.
public struct AppendReceipt: Hashable, Sendable {
  /// The batch's place in the order of all entries; 0 for an empty batch, which takes none.
  public let sequence: UInt64
  /// Samples of the batch that are new.
  public let stored: Int
  /// Samples that took the place of one of the same series and time, in the batch or in memory.
  ///
  /// A sample that is already in a segment is replaced too, for every reader and for good, and
  /// counted as stored: looking it up would make each late sample cost a disk read.
  public let replaced: Int
}

extension Store {
  /// The number of a series, for `SampleBatch`.
  ///
  /// - Throws: `StoreError.seriesLimit` where the series is new and there are too many already.
  /// - Complexity: O(labels).
  public func resolve(_ labels: Labels) throws(StoreError) -> SeriesID {
    guard labels[Labels.rollupLabel] == nil else {
      throw .invalidArgument("the label `\(Labels.rollupLabel)` is the store's own")
    }
    let limit = options.seriesLimit == 0 ? Int(UInt32.max) : options.seriesLimit
    guard let id = core.registry.resolve(labels, limit: limit) else {
      throw .seriesLimit(limit: limit)
    }
    return id
  }

  /// Stores a batch: the whole of it or, on an error, nothing that was promised.
  ///
  /// - Parameters:
  ///   - batch: samples of series that `resolve` named, in any order of time.
  ///   - durability: when the call returns.
  /// - Returns: when the batch is visible to every new snapshot and, with `.synced`, durable.
  /// - Throws: `.diskFull` where nothing was written and a later try may work; `.entryTooLarge`;
  ///   `.poisoned` where the log cannot be trusted any more: nothing is promised then, and sending
  ///   the batch again after a restart is harmless. Waits while the queue is full.
  public func append(
    _ batch: SampleBatch, durability: Durability = .synced
  ) async throws(StoreError) -> AppendReceipt {
    // Cancelled: the batch is taken all the same, and the next one waits.
    await waitForRoom()
    return try await appendAtOnce(batch, durability: durability)
  }

  /// Waits while memory is so full of samples that an append would.
  ///
  /// For callers that send several batches at once and must keep their order: those that wait inside
  /// `append` may overtake each other, those of `appendAtOnce` do not.
  package func waitForRoom() async {
    // What keeps a flush from succeeding is told by the append itself.
    while (try? mustWaitForFlush()) == true {
      guard (try? await Task.sleep(for: Store.roomPollInterval)) != nil else { return }
    }
  }

  /// The same as `append` without waiting for room: it reaches the queue before it first suspends.
  package func appendAtOnce(
    _ batch: SampleBatch, durability: Durability
  ) async throws(StoreError) -> AppendReceipt {
    let writer = try requireWriter()
    try check(batch)
    if batch.isEmpty { return AppendReceipt(sequence: 0, stored: 0, replaced: 0) }
    _ = try mustWaitForFlush()
    do throws(StoreError) {
      return receipt(
        try await writer.queue.submit(.samples(batch), durability: durability), batch)
    } catch {
      if case .diskFull = error { makeRoom() }
      throw error
    }
  }

  /// The same for callers that are not asynchronous; blocks the thread.
  public func appendBlocking(
    _ batch: SampleBatch, durability: Durability = .synced
  ) throws(StoreError) -> AppendReceipt {
    let writer = try requireWriter()
    try check(batch)
    if batch.isEmpty { return AppendReceipt(sequence: 0, stored: 0, replaced: 0) }
    while try mustWaitForFlush() {
      Thread.sleep(forTimeInterval: Store.roomPollInterval / .seconds(1))
    }
    do throws(StoreError) {
      return receipt(
        try writer.queue.submitBlocking(.samples(batch), durability: durability), batch)
    } catch {
      if case .diskFull = error { makeRoom() }
      throw error
    }
  }

  /// Keeps what a metric measures; the last description of a metric wins.
  ///
  /// - Returns: when it is durable; at once where nothing changes.
  public func record(_ metadata: MetricMetadata) async throws(StoreError) {
    let writer = try requireWriter()
    if core.view.withLock({ $0.metadata[metadata.metric] }) == metadata { return }
    _ = try await writer.queue.submit(.metadata(metadata), durability: .synced)
  }

  /// Keeps what several metrics measure; all of them share a sync.
  ///
  /// - Throws: the first failure; the other descriptions may be kept all the same.
  public func record(_ descriptions: [MetricMetadata]) async throws(StoreError) {
    let failure = await withTaskGroup(of: StoreError?.self) { group in
      for description in descriptions {
        group.addTask {
          do throws(StoreError) {
            try await self.record(description)
            return nil
          } catch {
            return error
          }
        }
      }
      return await group.reduce(nil) { $0 ?? $1 }
    }
    if let failure { throw failure }
  }

  /// How often an append that waits for a flush looks again.
  private static let roomPollInterval = Duration.milliseconds(10)

  /// Whether memory is so full of samples that an append must wait for the flush under way.
  ///
  /// - Throws: what keeps the flush from succeeding.
  private func mustWaitForFlush() throws(StoreError) -> Bool {
    let held = core.activeBytes.load(ordering: .relaxed)
    guard held >= options.flushBytes, options.backgroundUpkeep else { return false }
    flusher.wake()
    guard held >= options.flushBytes * StoreOptions.headBytesFactorMax else { return false }
    if let error = core.flushError.withLock({ $0 }) { throw error }
    _ = try requireWriter()
    return true
  }

  private func check(_ batch: SampleBatch) throws(StoreError) {
    let count = core.registry.count
    guard batch.series.allSatisfy({ $0.rawValue < count }) else {
      throw .invalidArgument("a batch names a series that `resolve` did not give")
    }
  }

  private func receipt(_ commit: CommitReceipt, _ batch: SampleBatch) -> AppendReceipt {
    AppendReceipt(
      sequence: commit.sequence, stored: batch.count - commit.replaced, replaced: commit.replaced)
  }
}
