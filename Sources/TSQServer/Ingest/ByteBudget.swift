internal import Synchronization

/// A number of bytes that all senders share; who finds none left waits its turn.
package final class ByteBudget: Sendable {
  private struct Waiter {
    let id: UInt64
    let bytes: Int
    let continuation: CheckedContinuation<Bool, Never>
  }

  private struct State {
    var used = 0
    var waiters: [Waiter] = []
    var nextID: UInt64 = 0
    /// Waits cancelled before they were queued.
    var cancelled: Set<UInt64> = []
  }

  /// All there is.
  package let limit: Int
  private let state = Mutex(State())

  package init(limit: Int) {
    precondition(limit > 0, "a budget of nothing serves nobody")
    self.limit = limit
  }

  /// Bytes taken and not given back.
  package var used: Int { state.withLock { $0.used } }

  /// Takes bytes if they are there now; a request larger than the limit counts as the limit.
  package func take(_ bytes: Int) -> Bool {
    state.withLock { state in
      let wanted = min(bytes, limit)
      guard state.waiters.isEmpty, state.used + wanted <= limit else { return false }
      state.used += wanted
      return true
    }
  }

  /// Takes bytes, waiting in the order of arrival; `false` when the task was cancelled meanwhile.
  package func wait(_ bytes: Int) async -> Bool {
    if take(bytes) { return true }
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer: Bool? = state.withLock { state in
          if state.cancelled.remove(id) != nil { return false }
          let wanted = min(bytes, limit)
          if state.waiters.isEmpty, state.used + wanted <= limit {
            state.used += wanted
            return true
          }
          state.waiters.append(Waiter(id: id, bytes: wanted, continuation: continuation))
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter: Waiter? = state.withLock { state in
        guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil
        }
        return state.waiters.remove(at: index)
      }
      waiter?.continuation.resume(returning: false)
    }
  }

  /// Gives bytes back.
  package func give(_ bytes: Int) {
    let served = state.withLock { state in
      state.used -= min(bytes, limit)
      var served: [Waiter] = []
      while let first = state.waiters.first, state.used + first.bytes <= limit {
        state.used += first.bytes
        served.append(state.waiters.removeFirst())
      }
      return served
    }
    for waiter in served { waiter.continuation.resume(returning: true) }
  }
}
