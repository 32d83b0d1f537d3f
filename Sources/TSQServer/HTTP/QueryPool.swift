internal import NIOPosix
internal import Synchronization

/// Threads for work that blocks: queries, flushes, compactions.
///
/// Off the event loops and off the cooperative threads, so that a heavy query never delays a write.
final class QueryPool: Sendable {
  /// Why work was not begun.
  struct Busy: Error {
    /// Work that waits already.
    let waiting: Int
  }

  private let pool: NIOThreadPool
  private let running: Int
  private let waitingLimit: Int
  private let taken = Atomic<Int>(0)

  /// A pool that is ready at once.
  init(limits: HTTPLimits) {
    running = limits.concurrentQueries
    waitingLimit = limits.waitingQueries
    pool = NIOThreadPool(numberOfThreads: limits.concurrentQueries)
    pool.start()
  }

  /// Work begun or waiting.
  var load: Int { taken.load(ordering: .relaxed) }

  /// Runs work on a thread of the pool.
  ///
  /// - Throws: `Busy` when too much waits; what the work throws.
  func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    let before = taken.add(1, ordering: .relaxed).oldValue
    defer { taken.subtract(1, ordering: .relaxed) }
    guard before < running + waitingLimit else { throw Busy(waiting: before - running) }
    return try await pool.runIfActive(work)
  }

  /// Ends the threads once their work is done.
  func shutdown() async { try? await pool.shutdownGracefully() }
}
