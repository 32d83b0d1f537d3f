internal import Synchronization

extension Store {
  /// Waits until everything that was appended before is synced and visible.
  ///
  /// What a sender that streams batches without waiting for each asks for at its end.
  ///
  /// - Returns: the last sequence number that is visible then.
  /// - Throws: `StoreError.poisoned` where the sync failed; `.readOnly`, `.closed`.
  public func sync() async throws(StoreError) -> UInt64 {
    try await requireWriter().queue.barrier()
    return core.view.withLock { $0.lastSequence }
  }
}
