import TSQCore

/// The writing half of an open store: the lock that keeps others out, and the log's queue.
final class StoreWriter: Sendable {
  let lock: any FileLock
  let queue: CommitQueue

  init(lock: any FileLock, queue: CommitQueue) {
    self.lock = lock
    self.queue = queue
  }

  /// Runs a piece of work on the log's thread, when no group of entries is under way.
  func betweenGroups<Value: Sendable>(
    _ work: @escaping @Sendable (WALWriter) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    try queue.perform(work)
  }
}
