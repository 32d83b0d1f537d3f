/// How long to wait before the next attempt: doubling from a first wait to a longest one.
struct Backoff {
  let first: Duration
  let longest: Duration
  private(set) var failures = 0

  init(first: Duration = .milliseconds(100), longest: Duration = .seconds(15)) {
    self.first = first
    self.longest = longest
  }

  /// The wait after one more failure, spread by `jitter` in 0..1 over the upper half of its span.
  ///
  /// Without the spread all agents of a fleet would return in the same instant.
  mutating func next(jitter: Double) -> Duration {
    let doubled = first * (1 << min(failures, 20))
    failures += 1
    let whole = min(doubled, longest)
    return whole / 2 + whole / 2 * max(0, min(1, jitter))
  }

  /// An attempt succeeded.
  mutating func reset() { failures = 0 }
}
