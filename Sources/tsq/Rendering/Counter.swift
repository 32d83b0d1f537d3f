internal import Synchronization

/// A number that goes up, from any thread.
final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  /// Adds one and gives the new number.
  func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
