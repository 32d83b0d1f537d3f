internal import Foundation
internal import Synchronization
import TSQCore

/// A background thread of a store: looks from time to time whether something is due.
///
/// A store has two, one to flush and one to merge, so that a long merge never keeps memory from
/// being written. Threads and not tasks: flushing and merging block on files, and must not hold up
/// the pool that serves requests.
final class UpkeepThread: Sendable {
  private let condition = NSCondition()
  private let state = Mutex(State())

  private struct State {
    var isStopping = false
    var isRunning = false
    var isWanted = false
  }

  /// Starts calling `work` every `interval` until `stop()`.
  func start(
    _ name: String, every interval: Duration, _ work: @escaping @Sendable () -> Void
  ) {
    state.withLock { $0.isRunning = true }
    let thread = Thread { [self] in
      while wait(interval) { work() }
      condition.lock()
      state.withLock { $0.isRunning = false }
      condition.broadcast()
      condition.unlock()
    }
    thread.name = name
    thread.start()
  }

  /// Waits for the interval or a wake-up; `false` when it is time to stop.
  private func wait(_ interval: Duration) -> Bool {
    let end = Date(timeIntervalSinceNow: interval / .seconds(1))
    condition.lock()
    defer { condition.unlock() }
    while true {
      let (isStopping, isWanted) = state.withLock { state in
        defer { state.isWanted = false }
        return (state.isStopping, state.isWanted)
      }
      if isStopping { return false }
      if isWanted || !condition.wait(until: end) { return !state.withLock { $0.isStopping } }
    }
  }

  /// Makes the thread look now instead of at the end of its interval.
  func wake() {
    condition.lock()
    defer { condition.unlock() }
    state.withLock { $0.isWanted = true }
    condition.broadcast()
  }

  /// Ends the thread when its current piece of work is done; does not wait for that.
  func cancel() {
    condition.lock()
    defer { condition.unlock() }
    state.withLock { $0.isStopping = true }
    condition.broadcast()
  }

  /// Ends the thread, and returns when its current piece of work is done.
  func stop() {
    condition.lock()
    defer { condition.unlock() }
    state.withLock { $0.isStopping = true }
    condition.broadcast()
    while state.withLock({ $0.isRunning }) { condition.wait() }
  }
}

extension Store {
  /// Starts the background threads, where the options ask for them.
  func startUpkeep() {
    guard options.backgroundUpkeep, writer != nil else { return }
    // Weak: a store that nobody holds any more must be able to go.
    flusher.start("tsq-flush", every: options.upkeepInterval) { [weak self] in
      self?.flushIfDue()
    }
    merger.start("tsq-merge", every: options.upkeepInterval) { [weak self] in
      self?.mergeIfDue()
    }
  }

  /// Flushes where it is due; a failure is counted and told, and tried again next time.
  func flushIfDue() {
    do throws(StoreError) {
      if isFlushDue { try flush() }
      core.flushError.withLock { $0 = nil }
    } catch {
      core.upkeepErrors.add(1, ordering: .relaxed)
      core.flushError.withLock { $0 = error }
      tellOnce("a flush failed and will be tried again", error)
    }
  }

  /// Merges where it is due; a failure is counted and told, and tried again next time.
  func mergeIfDue() {
    defer { settleCatalog() }
    do throws(StoreError) {
      try expireIfDue()
      let report = try compactInBackground()
      for damage in report.damage {
        tellOnce(.error, "a merge left a partition as it is: \(damage)")
      }
      core.mergeError.withLock { $0 = nil }
    } catch {
      core.upkeepErrors.add(1, ordering: .relaxed)
      core.mergeError.withLock { $0 = error }
      tellOnce("a merge failed and will be tried again", error)
    }
  }

  /// Applies the retention rules kept in the store, once every `retentionInterval`.
  private func expireIfDue() throws(StoreError) {
    guard hasDatabases, SQLiteFiles.exists(folder.state) else { return }
    let last = core.lastRetention.withLock { $0 }
    if let last, last.duration(to: .now) < options.retentionInterval { return }
    let rules = RetentionPolicy.policies(of: try state().retentionRules()).map(\.policy)
    // Looking at the days costs a walk over the samples in memory: without rules nobody asks.
    let clock = rules.isEmpty ? nil : retentionClock()
    let report = try expire(rules, now: clock?.now ?? options.clock())
    if let doubt = clock?.doubt { tellOnce(.warning, "retention waits: \(doubt)") }
    core.lastRetention.withLock { $0 = .now }
    let done = report.words
    if !done.isEmpty { options.log(.note, "retention dropped \(done)") }
    for warning in report.rollup.warnings { options.log(.warning, warning) }
    for damage in report.rollup.damage { tellOnce(.error, "samples were not rolled up: \(damage)") }
  }

  private var isFlushDue: Bool {
    core.view.withLock { view in
      if core.activeBytes.load(ordering: .relaxed) >= options.flushBytes { return true }
      if view.flushing != nil { return true }
      if core.lacksRoom.exchange(false, ordering: .relaxed) { return view.active.sequences != nil }
      guard let since = view.activeSince else { return false }
      return since.duration(to: .now) >= options.flushAge
    }
  }

  /// Logs a failure unless the last one was of the same kind: a full disk is not told every second
  /// because a few more bytes are missing.
  private func tellOnce(_ words: String, _ error: StoreError) {
    if case .diskFull = error {
      tellOnce(.error, "\(words): the disk is full", "\(words): \(error)")
    } else {
      tellOnce(.error, "\(words): \(error)")
    }
  }

  /// Logs a message unless it was the last one, by its key where the message has figures.
  private func tellOnce(
    _ level: StoreMessageLevel, _ key: String, _ message: String? = nil
  ) {
    let isNew = core.lastMessage.withLock { last in
      defer { last = key }
      return last != key
    }
    if isNew { options.log(level, message ?? key) }
  }
}
