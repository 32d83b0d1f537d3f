package import TSQCore
package import TSQStorage

/// Where parsed samples go: the store, or a stand-in that a test can fill or break.
package protocol SampleSink: Sendable {
  /// The number of a series, which is made where it is new and the limit allows it.
  func resolve(_ labels: Labels) throws(StoreError) -> SeriesID

  /// Takes samples; they are visible when it returns, and on disk where `.synced` was asked for.
  ///
  /// Takes effect in the order of the calls: it does not wait before the batch is in the store's queue.
  func append(
    _ batch: SampleBatch, durability: Durability
  ) async throws(StoreError) -> SinkReceipt

  /// Waits while the store is behind.
  func waitForRoom() async

  /// Keeps descriptions of metrics, each metric at most once among them; durable when it returns.
  func record(_ descriptions: [MetricMetadata]) async throws(StoreError)

  /// Returns once everything taken before it is on disk.
  func sync() async throws(StoreError) -> UInt64
}

/// What became of one batch.
package struct SinkReceipt: Hashable, Sendable {
  /// The batch's place in the order of the store.
  package var sequence: UInt64
  /// Samples the store did not have.
  package var stored: Int
  /// Samples that took the place of an earlier one of the same series and time.
  package var replaced: Int

  package init(sequence: UInt64, stored: Int, replaced: Int) {
    self.sequence = sequence
    self.stored = stored
    self.replaced = replaced
  }
}
