internal import Foundation
internal import Synchronization
internal import UnixSignals

/// Whether this program was asked to stop: by Ctrl-C or by its supervisor.
///
/// The first signal is taken as a wish to end in order, a second one as an order to end at once.
final class StopSignal: Sendable {
  private let number = Atomic<Int32>(0)

  private init() {}

  /// Whether a signal has come.
  var isAsked: Bool { number.load(ordering: .relaxed) != 0 }

  /// What a shell expects of a program that a signal stopped; `nil` where none came.
  var exitCode: Int32? {
    let number = number.load(ordering: .relaxed)
    return number == 0 ? nil : 128 + number
  }

  /// Begins to take SIGINT and SIGTERM, until the program ends.
  static func watch() async -> StopSignal {
    let stop = StopSignal()
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    Task.detached {
      for await signal in signals {
        let number = signal == .sigint ? SIGINT : SIGTERM
        if stop.isAsked { exit(128 + number) }
        stop.number.store(number, ordering: .relaxed)
      }
    }
    return stop
  }
}
