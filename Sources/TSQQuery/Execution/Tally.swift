internal import Synchronization
internal import TSQCore
internal import TSQStorage

/// What one query found before it read any sample.
final class Tally: Sendable {
  private struct State {
    var series = 0
    var damage: [DamageReport] = []
    var hourly: Set<UInt32> = []
    var lastHour: Int64 = 0
  }

  private let state = Mutex(State())

  /// Series matched so far.
  var series: Int { state.withLock { $0.series } }
  /// Parts of the store that could not be opened, each once.
  var damage: [DamageReport] { state.withLock { $0.damage } }

  func add(series count: Int) { state.withLock { $0.series += count } }

  /// Notes that an hourly value answered where the samples would have said more.
  func note(_ hour: HourBucket, _ series: UInt32) {
    state.withLock { state in
      state.lastHour = state.hourly.isEmpty ? hour.end : max(state.lastHour, hour.end)
      state.hourly.insert(series)
    }
  }

  /// What must be said about hourly values; at most one sentence.
  var hourlyWarning: [String] {
    let (count, end) = state.withLock { ($0.hourly.count, $0.lastHour) }
    if count == 0 { return [] }
    return [
      "of \(count) series only hourly values remain up to \(Timestamp(nanoseconds: end)): "
        + "the answer is no finer than an hour there"
    ]
  }

  func note(_ reports: [DamageReport]) {
    if reports.isEmpty { return }
    state.withLock { state in
      for report in reports where !state.damage.contains(report) { state.damage.append(report) }
    }
  }
}
