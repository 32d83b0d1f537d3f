internal import Foundation
internal import Synchronization
import TSQCore

/// The one background thread of a store: looks from time to time whether something is due.
///
/// A thread and not a task: flushing and merging block on files, and must not hold up the pool that
/// serves requests.
final class UpkeepThread: Sendable {
  private let condition = NSCondition()
  private let state = Mutex(State())

  private struct State {
    var isStopping = false
    var isRunning = false
    var isWanted = false
  }

  /// Starts calling `work` every `interval` until `stop()`.
  func start(every interval: Duration, _ work: @escaping @Sendable () -> Void) {
    state.withLock { $0.isRunning = true }
    let thread = Thread { [self] in
      while wait(interval) { work() }
      condition.lock()
      state.withLock { $0.isRunning = false }
      condition.broadcast()
      condition.unlock()
    }
    thread.name = "tsq-upkeep"
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
  /// Starts the background thread, where the options ask for it.
  func startUpkeep() {
    guard options.backgroundUpkeep, writer != nil else { return }
    // Weak: a store that nobody holds any more must be able to go.
    upkeep.start(every: options.upkeepInterval) { [weak self] in self?.runUpkeep() }
  }

  /// Does what is due; every failure is counted and told, and tried again next time.
  func runUpkeep() {
    do throws(StoreError) {
      if isFlushDue { try flush() }
      let report = try compactInBackground()
      for damage in report.damage { tellOnce("compaction left a partition: \(damage)") }
      core.lastUpkeepError.withLock { $0 = nil }
    } catch {
      core.upkeepErrors.add(1, ordering: .relaxed)
      core.lastUpkeepError.withLock { $0 = error }
      tellOnce("background work failed and will be tried again: \(error)")
    }
  }

  private var isFlushDue: Bool {
    core.view.withLock { view in
      if view.activeBytes >= options.flushBytes { return true }
      if view.flushing != nil { return true }
      guard let since = view.activeSince else { return false }
      return since.duration(to: .now) >= options.flushAge
    }
  }

  /// Logs a message unless it was the last one: a full disk is not told every second.
  private func tellOnce(_ message: String) {
    let isNew = core.lastMessage.withLock { last in
      defer { last = message }
      return last != message
    }
    if isNew { options.log(message) }
  }
}
