internal import Synchronization
package import TSQCore
package import TSQStorage

/// The store as the services see it: not there yet, there, or gone again.
///
/// HTTP answers while the store recovers; senders wait here until it is ready.
package final class StoreGate: Sendable {
  private enum State {
    case opening([CheckedContinuation<Store?, Never>])
    case ready(Store)
    case closed
  }

  private let state = Mutex(State.opening([]))

  package init() {}

  /// The store if it is ready.
  package var store: Store? {
    state.withLock { state in
      if case .ready(let store) = state { return store }
      return nil
    }
  }

  /// Waits for the store; `nil` when it will not come.
  package func wait() async -> Store? {
    await withCheckedContinuation { continuation in
      let answer: Store?? = state.withLock { state in
        switch state {
        case .opening(let waiting):
          state = .opening(waiting + [continuation])
          return nil
        case .ready(let store): return store
        case .closed: return .some(nil)
        }
      }
      if let answer { continuation.resume(returning: answer) }
    }
  }

  /// The store is ready.
  package func open(_ store: Store) { become(.ready(store), answer: store) }

  /// The store is closing, or could not be opened.
  package func close() { become(.closed, answer: nil) }

  private func become(_ next: State, answer: Store?) {
    let waiting = state.withLock { state -> [CheckedContinuation<Store?, Never>] in
      defer { state = next }
      if case .opening(let waiting) = state { return waiting }
      return []
    }
    for continuation in waiting { continuation.resume(returning: answer) }
  }
}

/// Gives samples to the store behind a gate.
package struct StoreSink: SampleSink {
  let gate: StoreGate
  private let watch: SeriesWatch?

  package init(gate: StoreGate) {
    self.gate = gate
    watch = nil
  }

  init(gate: StoreGate, watch: SeriesWatch) {
    self.gate = gate
    self.watch = watch
  }

  private func store() throws(StoreError) -> Store {
    guard let store = gate.store else { throw .closed }
    return store
  }

  package func resolve(_ labels: Labels) throws(StoreError) -> SeriesID {
    let store = try store()
    let id = try store.resolve(labels)
    watch?.saw(store.seriesCount)
    return id
  }

  package func append(
    _ batch: SampleBatch, durability: Durability
  ) async throws(StoreError) -> SinkReceipt {
    let receipt = try await store().appendAtOnce(batch, durability: durability)
    return SinkReceipt(
      sequence: receipt.sequence, stored: receipt.stored, replaced: receipt.replaced)
  }

  package func waitForRoom() async { await gate.store?.waitForRoom() }

  package func record(_ descriptions: [MetricMetadata]) async throws(StoreError) {
    try await store().record(descriptions)
  }

  package func sync() async throws(StoreError) -> UInt64 { try await store().sync() }
}
