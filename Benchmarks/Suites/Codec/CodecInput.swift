import TSQCodec

/// Columns of the data classes of docs/formats/block.md, made the same way at every run.
enum CodecInput: String, CaseIterable {
  case integerWalk = "integers"
  case decimalWalk = "decimals"
  case nearlyDecimals = "nearly decimals"
  case trueDoubles = "true doubles"
  case memorySizes = "memory sizes"
  case constant

  /// Blocks in one measured pass: 256 of 1,024 samples.
  static let blockCount = 256

  /// A clamped random walk of normal steps, as the peer benchmark has it.
  func values() -> [Double] {
    var random = Generator(state: 42)
    var level = 50.0
    return (0..<CodecInput.blockCount * 1_024).map { _ in
      // The sum of twelve uniform numbers less 6 is as good as normal here.
      let step = (0..<12).reduce(-6.0) { sum, _ in sum + random.uniform() }
      level = min(100, max(0, level + step))
      switch self {
      case .integerWalk: return level.rounded(.down)
      case .decimalWalk: return (level * 100).rounded() / 100
      case .nearlyDecimals: return 100 - (level * 100).rounded() / 100 - 0.1 - 0.2
      case .trueDoubles: return level * 1.000_000_321
      case .memorySizes: return ((level * 1e5).rounded() + 1e6) * 4_096
      case .constant: return 16
      }
    }
  }

  /// Timestamps every 10 s that jitter by up to a millisecond.
  static func jitteredTimes() -> [Int64] {
    var random = Generator(state: 43)
    return (0..<blockCount * 1_024).map { index in
      1_767_225_600_000_000_000 + Int64(index) * 10_000_000_000 + Int64(random.uniform() * 1e6)
    }
  }
}

/// A linear congruential generator: quick, and good enough for noise.
struct Generator {
  var state: UInt64

  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }
}
