internal import Dispatch
internal import Synchronization

/// One entry on its way through the commit queue, or work to be done between groups.
struct CommitRequest: Sendable {
  enum Content: Sendable {
    /// An entry to commit.
    case entry(WALEntry, Durability)
    /// An entry to commit, synced, if this still holds when its turn comes.
    case checkedEntry(WALEntry, @Sendable () -> Bool)
    /// Nothing to write: tells when everything before is synced and visible.
    case barrier
    /// Runs alone on the writer's thread.
    case work(@Sendable (WALWriter) -> Void)
  }

  var content: Content
  var byteCount: Int
  var completion: CommitCompletion
}

/// Who waits for a request, and how it is told.
enum CommitCompletion: Sendable {
  case continuation(CheckedContinuation<Result<CommitReceipt, StoreError>, Never>)
  case thread(BlockedThread)
  case none

  func complete(_ result: Result<CommitReceipt, StoreError>) {
    switch self {
    case .continuation(let continuation): continuation.resume(returning: result)
    case .thread(let thread): thread.complete(result)
    case .none: break
    }
  }
}

/// A thread that waits for its request.
final class BlockedThread: Sendable {
  private let result = Mutex<Result<CommitReceipt, StoreError>?>(nil)
  private let semaphore = DispatchSemaphore(value: 0)

  func complete(_ outcome: Result<CommitReceipt, StoreError>) {
    result.withLock { $0 = outcome }
    semaphore.signal()
  }

  func wait() throws(StoreError) -> CommitReceipt {
    semaphore.wait()
    guard let outcome = result.withLock({ $0 }) else { throw .closed }
    return try outcome.get()
  }
}
