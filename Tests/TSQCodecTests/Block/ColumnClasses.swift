import TSQTestSupport

/// Every kind of double a column may have to hold.
enum ValueClass: String, CaseIterable, Sendable {
  case constant, counter, integerWalk, decimalWalk, wildIntegers, memorySizes, steps, fewLevels
  case decimalsWithNaN, staleMarkers, negativeZeros, float32, walkOfDoubles, meansOfDecimals
  case randomBits, subnormals, infinities, around2To53, nanPayloads, outliers, tinyDecimals
  case unitFractions, hugeDecimals

  func values(count: Int, seed: UInt64) -> [Double] {
    var random = SeededGenerator(seed: seed)
    var walk = 5_000
    return (0..<count).map { index in
      walk += Int.random(in: -30...30, using: &random)
      let bits = random.next()
      switch self {
      case .constant: return 42.25
      case .counter: return Double(index * 1_500 + Int(bits % 70))
      case .integerWalk: return Double(walk)
      case .decimalWalk: return Double(walk) / 100
      case .wildIntegers: return Double(Int64(bitPattern: bits) >> 12)
      case .memorySizes: return Double((1 << 20) + Int(bits % 9_000)) * 4_096
      case .steps: return Double(index / 50 * 37 % 91)
      case .fewLevels: return [0.25, 1e9, -3.125, 7][Int(bits % 4)]
      case .decimalsWithNaN: return index % 97 == 50 ? .nan : Double(walk) / 10
      case .staleMarkers:
        return index % 60 == 59 ? Double(bitPattern: 0x7ff0_0000_0000_0002) : Double(walk)
      case .negativeZeros: return bits % 8 == 0 ? -0.0 : 0
      case .float32: return Double(Float(Double(walk) / 1_000))
      case .walkOfDoubles: return Double(walk) * 1.000_000_123 + Double(bits % 97) * 1e-9
      case .meansOfDecimals: return (Double(walk) / 100 + Double(walk + 1) / 100) / 2
      case .randomBits: return Double(bitPattern: bits)
      case .subnormals: return Double(bitPattern: bits >> 13)
      case .infinities: return bits % 5 == 0 ? (bits % 2 == 0 ? .infinity : -.infinity) : 1.5
      case .around2To53: return 0x1p53 + Double(Int(bits % 9)) - 4
      case .nanPayloads: return Double(bitPattern: 0x7ff0_0000_0000_0001 | bits >> 12 | bits << 63)
      case .outliers: return bits % 100 == 0 ? 1e15 : bits % 101 == 0 ? -1e12 : Double(walk)
      case .tinyDecimals: return Double(walk) * 1e-9
      case .unitFractions: return Double(walk % 400) / 400
      case .hugeDecimals: return Double(walk) * 1e18
      }
    }
  }
}

/// Every kind of timestamps a column may have to hold.
enum TimeClass: String, CaseIterable, Sendable {
  case grid, jittered, gaps, drifting, milliseconds, extremes, random, descending, equal, duplicates

  func times(count: Int, seed: UInt64) -> [Int64] {
    var random = SeededGenerator(seed: seed)
    let start: Int64 = 1_767_225_600_000_000_000
    var time = start
    return (0..<count).map { index in
      let bits = random.next()
      let step = Int64(index) * 10_000_000_000
      switch self {
      case .grid: return start + step
      case .jittered: return start + step + Int64(bits % 1_000_000)
      case .gaps:
        time += bits % 50 == 0 ? 3_600_000_000_000 : 15_000_000_000
        return time
      case .drifting:
        time += 10_000_000_000 + Int64(bits % 2_000_000)
        return time
      case .milliseconds: return start + step + Int64(bits % 100) * 1_000_000
      case .extremes: return bits % 2 == 0 ? .min : .max
      case .random: return Int64(bitPattern: bits)
      case .descending: return start - step
      case .equal: return start
      case .duplicates: return start + step / 3 * 3
      }
    }
  }
}
