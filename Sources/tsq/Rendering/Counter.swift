internal import Synchronization

/// A number that goes up, from any thread.
final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  /// Adds one and gives the new number.
  func next() -> Int { count.add(1, ordering: .relaxed).newValue }

  /// The last number given.
  var value: Int { count.load(ordering: .relaxed) }
}
