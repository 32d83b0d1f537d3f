internal import Foundation

/// A thread of its own for work that blocks for long: recovery, merges, backups.
///
/// Not the query pool: a merge of an hour would hold one of its few threads that long.
enum BlockingThread {
  /// Runs work on a new thread and waits for it without blocking the caller's.
  static func run<Value: Sendable>(
    _ name: String, _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let thread = Thread { continuation.resume(with: Result { try work() }) }
      thread.name = name
      thread.start()
    }
  }
}
