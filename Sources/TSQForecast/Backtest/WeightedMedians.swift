/// The weighted medians of a few members at four steps at once.
///
/// A member is the median where the weight of the smaller members is at most half of all and its own
/// takes it past the half. Each pair is compared once and gives its weight to one side, without a
/// branch: sorting the members instead would guess wrong at every second comparison, and this is
/// the hottest loop of a forecast.
///
/// - Complexity: O(members²) a call.
struct WeightedMedians {
  /// Steps worked on at once.
  static let width = 4

  private let weights: [Double]
  private let half: Double
  private var values: [SIMD4<Double>]
  private var below: [SIMD4<Double>]

  /// Medians under given weights, one per member.
  ///
  /// Weights are rounded to multiples of 2^-36, so that every order of adding them gives the same
  /// sum and an even split is seen as one.
  init(_ weights: [Double]) {
    let grain = 0x1p-36
    self.weights = weights.map { ($0 / grain).rounded() * grain }
    half = self.weights.reduce(0, +) / 2
    values = [SIMD4<Double>](repeating: .zero, count: weights.count)
    below = values
  }

  /// Sets a member's values.
  mutating func set(_ member: Int, _ four: SIMD4<Double>) { values[member] = four }

  /// The medians; where the weight splits evenly, the middle of the two on either side.
  mutating func medians() -> SIMD4<Double> {
    WeightedMedians.medians(values, weights, half, &below)
  }

  private static func medians(
    _ values: [SIMD4<Double>], _ weights: [Double], _ half: Double,
    _ below: inout [SIMD4<Double>]
  ) -> SIMD4<Double> {
    let (all, shares) = (values.span, weights.span)
    var under = below.mutableSpan
    for member in 0..<under.count { under[member] = .zero }
    for member in 1..<max(all.count, 1) {
      let (value, weight) = (all[member], SIMD4(repeating: shares[member]))
      var sum = under[member]
      for other in 0..<member {
        // Of equal values the earlier member counts as smaller.
        let isAbove = all[other] .> value
        let theirs = SIMD4(repeating: shares[other])
        sum += theirs.replacing(with: 0, where: isAbove)
        under[other] += weight.replacing(with: 0, where: .!isAbove)
      }
      under[member] = sum
    }
    var (lower, upper) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    for member in 0..<all.count {
      let (value, before) = (all[member], under[member])
      let after = before + SIMD4(repeating: shares[member])
      lower.replace(with: value, where: (before .< half) .& (after .>= half))
      upper.replace(with: value, where: (before .<= half) .& (after .> half))
    }
    return (lower + upper) / 2
  }
}
