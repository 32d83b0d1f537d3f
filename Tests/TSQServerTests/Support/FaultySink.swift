import Synchronization
import TSQCore
import TSQServer
import TSQStorage

/// A sink in memory that a test can fill, break and slow down.
final class FaultySink: SampleSink {
  private struct State {
    var series: [Labels: UInt32] = [:]
    var samples: [UInt32: [Int64: Double]] = [:]
    var sequence: UInt64 = 0
    var failure: StoreError?
    var delay = Duration.zero
    var syncs = 0
    var order: [Int64] = []
    var descriptions: [String: MetricMetadata] = [:]
  }

  private let state = Mutex(State())

  /// What every append and sync throws from now on; `nil` for none.
  func fail(_ error: StoreError?) { state.withLock { $0.failure = error } }
  /// How long every append takes from now on.
  func delay(_ duration: Duration) { state.withLock { $0.delay = duration } }
  /// Samples held.
  var count: Int { state.withLock { $0.samples.values.reduce(0) { $0 + $1.count } } }
  /// Syncs asked for.
  var syncs: Int { state.withLock { $0.syncs } }
  /// The time of the first sample of every batch, in the order the batches came.
  var order: [Int64] { state.withLock { $0.order } }

  func resolve(_ labels: Labels) throws(StoreError) -> SeriesID {
    state.withLock { state in
      let next = UInt32(state.series.count)
      let number = state.series[labels] ?? next
      state.series[labels] = number
      return SeriesID(rawValue: number)
    }
  }

  func append(
    _ batch: SampleBatch, durability: Durability
  ) async throws(StoreError) -> SinkReceipt {
    let result: Result<(SinkReceipt, Duration), StoreError> = state.withLock { state in
      if let failure = state.failure { return .failure(failure) }
      var replaced = 0
      for index in 0..<batch.count {
        let series = batch.series[index].rawValue
        if state.samples[series, default: [:]].updateValue(
          batch.values[index], forKey: batch.times[index]) != nil
        {
          replaced += 1
        }
      }
      state.sequence += 1
      if let first = batch.times.first { state.order.append(first) }
      let receipt = SinkReceipt(
        sequence: state.sequence, stored: batch.count - replaced, replaced: replaced)
      return .success((receipt, state.delay))
    }
    let (receipt, delay) = try result.get()
    if delay > .zero { try? await Task.sleep(for: delay) }
    return receipt
  }

  func waitForRoom() async {}

  func record(_ descriptions: [MetricMetadata]) async throws(StoreError) {
    try state.withLock { state -> Result<Void, StoreError> in
      if let failure = state.failure { return .failure(failure) }
      for item in descriptions { state.descriptions[item.metric] = item }
      return .success(())
    }.get()
  }

  /// The times of all samples held, ascending.
  var times: [Int64] { state.withLock { $0.samples.values.flatMap(\.keys).sorted() } }

  /// Descriptions held, by metric.
  var descriptions: [String: MetricMetadata] { state.withLock { $0.descriptions } }

  func sync() async throws(StoreError) -> UInt64 {
    let result: Result<UInt64, StoreError> = state.withLock { state in
      state.syncs += 1
      return state.failure.map { .failure($0) } ?? .success(state.sequence)
    }
    return try result.get()
  }
}
