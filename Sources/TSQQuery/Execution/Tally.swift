internal import Synchronization
internal import TSQStorage

/// What one query found before it read any sample.
final class Tally: Sendable {
  private struct State {
    var series = 0
    var damage: [DamageReport] = []
  }

  private let state = Mutex(State())

  /// Series matched so far.
  var series: Int { state.withLock { $0.series } }
  /// Parts of the store that could not be opened, each once.
  var damage: [DamageReport] { state.withLock { $0.damage } }

  func add(series count: Int) { state.withLock { $0.series += count } }

  func note(_ reports: [DamageReport]) {
    if reports.isEmpty { return }
    state.withLock { state in
      for report in reports where !state.damage.contains(report) { state.damage.append(report) }
    }
  }
}
