internal import Dispatch
internal import Foundation
internal import Synchronization

/// Group commit: the only writer of the log, on a thread of its own.
///
/// Whoever submits waits until its entry is as durable as asked **and** visible; that wait is the
/// back-pressure, and the queue holds no copy of the entries. While one group is being synced the
/// next gathers, so the number of syncs does not grow with the number of senders.
package final class CommitQueue: Sendable {
  /// Makes committed entries visible, in sequence order; one count an entry.
  package typealias Apply = @Sendable ([(sequence: UInt64, entry: WALEntry)]) -> [ApplyCount]

  /// What submitters and the writer's thread share.
  struct State: Sendable {
    var requests: [CommitRequest] = []
    var byteCount = 0
    /// When the oldest waiting request came.
    var oldest: ContinuousClock.Instant?
    /// The thread sleeps until so many bytes wait; `nil` while it works.
    var wakeAtByteCount: Int?
    var isClosing = false
    var failure: StoreError?
    var statistics = CommitStatistics()
  }

  let state = Mutex(State())
  let wake = DispatchSemaphore(value: 0)
  let options: CommitOptions
  let apply: Apply
  private let threadEnded = DispatchGroup()

  /// Starts the thread, which only `shutdown` ends.
  ///
  /// - Parameters:
  ///   - writer: the log; nobody else may touch it from now on.
  ///   - options: policy and limits.
  ///   - apply: makes entries visible; called on the thread, after the sync where a waiter or the
  ///     policy wants one, else after the write.
  package init(
    writer: sending WALWriter, options: CommitOptions = CommitOptions(), apply: @escaping Apply
  ) {
    self.options = options
    self.apply = apply
    let handover = Mutex<WALWriter?>(writer)
    threadEnded.enter()
    let thread = Thread { [self] in
      let own = handover.withLock { slot -> sending WALWriter? in
        let writer = slot
        slot = nil
        return writer
      }
      if let own { run(own) }
      threadEnded.leave()
    }
    thread.name = "tsq-wal"
    thread.start()
  }

  /// What the log failed with; everything is refused since then.
  package var failure: StoreError? { state.withLock { $0.failure } }

  /// What was done so far.
  package var statistics: CommitStatistics { state.withLock { $0.statistics } }

  /// Commits an entry and waits until it is visible, and synced where asked.
  ///
  /// - Throws: `diskFull` (try again later), `entryTooLarge` (send less at once), `poisoned`,
  ///   `closed`. After any but `poisoned` the entry is certainly not stored.
  package func submit(
    _ entry: WALEntry, durability: Durability
  ) async throws(StoreError) -> CommitReceipt {
    try WALWriter.requireFrameSize(entry)
    let result = await withCheckedContinuation { continuation in
      enqueue(.entry(entry, durability), entry.approximateByteCount, .continuation(continuation))
    }
    return try result.get()
  }

  /// Commits an entry from a thread that may block.
  ///
  /// - Throws: as `submit`.
  package func submitBlocking(
    _ entry: WALEntry, durability: Durability
  ) throws(StoreError) -> CommitReceipt {
    try WALWriter.requireFrameSize(entry)
    let thread = BlockedThread()
    enqueue(.entry(entry, durability), entry.approximateByteCount, .thread(thread))
    return try thread.wait()
  }

  /// Commits an entry, synced, from a thread that may block, if a condition holds when its turn
  /// comes: everything before it is visible then, and nothing comes between.
  ///
  /// - Parameters:
  ///   - entry: what to commit.
  ///   - condition: runs on the writer's thread, where everybody waits for it.
  /// - Returns: `nil` where the condition did not hold, and nothing was written.
  /// - Throws: as `submit`.
  package func submitBlocking(
    _ entry: WALEntry, if condition: @escaping @Sendable () -> Bool
  ) throws(StoreError) -> CommitReceipt? {
    try WALWriter.requireFrameSize(entry)
    let thread = BlockedThread()
    enqueue(.checkedEntry(entry, condition), entry.approximateByteCount, .thread(thread))
    let receipt = try thread.wait()
    return receipt.sequence == 0 ? nil : receipt
  }

  /// Waits until everything submitted before is synced and visible.
  ///
  /// - Throws: `poisoned` or `closed`.
  package func barrier() async throws(StoreError) {
    let result = await withCheckedContinuation { continuation in
      enqueue(.barrier, 0, .continuation(continuation))
    }
    _ = try result.get()
  }

  /// Waits, blocking, until everything submitted before is synced and visible.
  ///
  /// - Throws: `poisoned` or `closed`.
  package func barrierBlocking() throws(StoreError) {
    let thread = BlockedThread()
    enqueue(.barrier, 0, .thread(thread))
    _ = try thread.wait()
  }

  /// Runs a piece of work on the writer's thread, after everything submitted before and alone.
  ///
  /// Blocks the caller. Must not be called on the writer's thread, that is, from `apply`.
  ///
  /// - Throws: what the work throws; `poisoned` or `closed` where it did not run.
  package func perform<Value: Sendable>(
    _ work: @escaping @Sendable (WALWriter) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    let outcome = SharedOutcome<Value>()
    let thread = BlockedThread()
    enqueue(.work { writer in outcome.run(work, writer) }, 0, .thread(thread))
    _ = try thread.wait()
    return try outcome.get()
  }

  /// Commits what waits, syncs, ends the thread and closes the log.
  ///
  /// - Throws: `poisoned` where the last sync failed or an earlier one had.
  package func shutdown() throws(StoreError) {
    let mustWake = state.withLock { state in
      state.isClosing = true
      return state.takeWake(force: true)
    }
    if mustWake { wake.signal() }
    threadEnded.wait()
    if case .poisoned(let reason) = state.withLock({ $0.failure }) {
      throw .poisoned(reason: reason)
    }
  }

  private func enqueue(
    _ content: CommitRequest.Content, _ byteCount: Int, _ completion: CommitCompletion
  ) {
    let request = CommitRequest(content: content, byteCount: byteCount, completion: completion)
    let (refusal, mustWake) = state.withLock { state -> (StoreError?, Bool) in
      if let failure = state.failure { return (failure, false) }
      if state.isClosing { return (.closed, false) }
      state.requests.append(request)
      state.byteCount += byteCount
      if state.oldest == nil { state.oldest = .now }
      // Work and barriers do not gather company: somebody stands waiting for the queue itself.
      if case .entry = content { return (nil, state.takeWake(force: false)) }
      return (nil, state.takeWake(force: true))
    }
    // Outside the lock, so that whoever wakes does not run into it.
    if mustWake { wake.signal() }
    if let refusal { completion.complete(.failure(refusal)) }
  }
}

extension CommitQueue.State {
  /// Whether the thread must be woken now; at most one caller is told so.
  mutating func takeWake(force: Bool) -> Bool {
    guard let wakeAtByteCount, force || byteCount >= wakeAtByteCount else { return false }
    self.wakeAtByteCount = nil
    return true
  }
}

/// The result of work done on another thread.
private final class SharedOutcome<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, StoreError>>(.failure(.closed))

  func run(
    _ work: (WALWriter) throws(StoreError) -> Value, _ writer: WALWriter
  ) {
    let outcome: Result<Value, StoreError>
    do {
      outcome = .success(try work(writer))
    } catch {
      outcome = .failure(error)
    }
    result.withLock { $0 = outcome }
  }

  func get() throws(StoreError) -> Value { try result.withLock { $0 }.get() }
}
