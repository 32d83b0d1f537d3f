/// A small deterministic random generator (SplitMix64), so that a failing property test can be replayed.
///
/// Source: Steele, Lea & Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  /// The seed it started from; print it in the comment of every expectation.
  public let seed: UInt64
  private var state: UInt64

  /// A generator that always gives the same numbers for the same seed.
  public init(seed: UInt64) {
    self.seed = seed
    self.state = seed
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// The seeds a property test runs: a fixed few, or the one in `TSQ_TEST_SEED` to replay a failure.
public func propertySeeds(_ count: Int = 20) -> [UInt64] {
  if let text = environment("TSQ_TEST_SEED"), let seed = UInt64(text) { return [seed] }
  return (1...UInt64(count)).map { $0 &* 0x2545_f491_4f6c_dd1d }
}
