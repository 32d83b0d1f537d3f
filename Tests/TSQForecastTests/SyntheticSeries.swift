import TSQCore
import TSQTestSupport

/// Histories with known truth.
enum Synthetic {
  static let hour: Int64 = 3_600_000_000_000
  static let day: Int64 = 24 * hour
  /// 2026-01-05T00:00:00Z, a Monday.
  static let start: Int64 = 1_767_571_200_000_000_000

  /// A standard normal number by the polar method.
  static func normal(_ generator: inout SeededGenerator) -> Double {
    while true {
      let u = Double.random(in: -1...1, using: &generator)
      let v = Double.random(in: -1...1, using: &generator)
      let s = u * u + v * v
      if s > 0, s < 1 {
        // ln s by its integral: the tests need no second source of logarithms to be exact.
        return u * (-2 * naturalLog(s) / s).squareRoot()
      }
    }
  }

  private static func naturalLog(_ x: Double) -> Double {
    // x = m * 2^e with m in [0.5, 1); then the series of atanh.
    let exponent = Double(x.exponent)
    let mantissa = x.significand
    let y = (mantissa - 1) / (mantissa + 1)
    var (term, sum, k) = (y, 0.0, 1.0)
    while abs(term) > 1e-18 {
      sum += term / k
      term *= y * y
      k += 2
    }
    return 2 * sum + exponent * 0.693_147_180_559_945_3
  }

  /// Independent normal noise.
  static func white(_ count: Int, sigma: Double = 1, seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in sigma * normal(&generator) }
  }

  /// First-order autoregressive noise of unit innovations, past its start.
  static func autoregressive(_ count: Int, rho: Double, seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    var value = 0.0
    for _ in 0..<200 { value = rho * value + normal(&generator) }
    return (0..<count).map { _ in
      value = rho * value + normal(&generator)
      return value
    }
  }

  /// A daily wave of hours: 10 at night, 14 at noon.
  static func wave(_ hour: Int) -> Double {
    let shape: [Double] = [0, 1, 3, 4, 3, 1]
    return 10 + shape[hour % 24 / 4]
  }

  /// Samples at a fixed pace from `start`.
  static func samples(_ values: [Double], step: Int64 = hour) -> SampleColumns {
    SampleColumns(times: values.indices.map { start + Int64($0) * step }, values: values)
  }
}
