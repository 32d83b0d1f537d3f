public import TSQCore
internal import Synchronization

/// What a deletion did.
public struct DeleteReceipt: Hashable, Sendable {
  /// Series that had a sample in the range.
  public let series: Int
  /// The deletion's place in the order of all entries: what was accepted before it is gone.
  public let sequence: UInt64
}

extension Store {
  /// Deletes the samples of matching series in a range: at once for every reader, on disk with the
  /// next compaction.
  ///
  /// Samples that arrive later are not touched, in the same range neither. Where only hourly values
  /// are left, every hour that the range touches goes.
  ///
  /// - Parameters:
  ///   - matchers: a series is meant when all match; at least one.
  ///   - range: both ends included.
  /// - Returns: when the deletion is durable and visible.
  /// - Throws: `StoreError.invalidArgument` without matchers; `.readOnly`, `.closed`, `.poisoned`.
  public func delete(
    _ matchers: [LabelMatcher], range: TimeRange = .all
  ) async throws(StoreError) -> DeleteReceipt {
    guard !matchers.isEmpty else {
      throw .invalidArgument("a deletion needs at least one matcher")
    }
    let writer = try requireWriter()
    let series = snapshot().series(matching: matchers, in: range).count
    // Every hourly value that the range touches goes whole: its last hour may end behind the range.
    let hours = HourBucket.ends(in: range)
    if core.registry.hasRollups, let rest = TimeRange(after: range.end, through: hours.end) {
      _ = try await writer.queue.submit(
        .tombstone(
          Tombstone(
            matchers: matchers + [GovernedSeries.Part.buckets.matcher], range: rest)),
        durability: .buffered)
    }
    let receipt = try await writer.queue.submit(
      .tombstone(Tombstone(matchers: matchers, range: range)), durability: .synced)
    return DeleteReceipt(series: series, sequence: receipt.sequence)
  }
}
