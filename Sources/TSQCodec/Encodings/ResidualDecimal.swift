/// Doubles that are nearly decimals: an integer over 10^digits, and how many doubles lie between.
///
/// What a program computed from decimals, a mean or 100 minus the idle share, is a decimal but for
/// rounding errors of a few units in the last place. The residual counts those units in `OrderedBits`,
/// where it wraps modulo 2^64, so that every bit pattern comes back.
enum ResidualDecimal {
  /// The number of digits that makes integers and residuals smallest, and bits a value takes then in
  /// sixteenths, by a sample; `nil` where the values are too large or not numbers.
  static func digits(for values: Span<Double>) -> (digits: Int, sixteenthBits: Int)? {
    var best: (digits: Int, sixteenthBits: Int)?
    for digits in 0...15 {
      guard let bits = sampledBits(values, digits) else { break }
      if bits < best?.sixteenthBits ?? .max { best = (digits, bits) }
    }
    return best
  }

  private static func sampledBits(_ values: Span<Double>, _ digits: Int) -> Int? {
    var (steps, residuals) = (SortedSample(), SortedSample())
    let power = Decimal.powers[digits]
    let sampleCount = min(SortedSample.countMax, values.count - 1)
    for position in 0..<max(0, sampleCount) {
      let index = 1 + position * (values.count - 1) / sampleCount
      let (last, this) = (values[index - 1] * power, values[index] * power)
      guard last.magnitude < Decimal.integerMax, this.magnitude < Decimal.integerMax else {
        return nil
      }
      steps.insert(Int64(rounded(this)) - Int64(rounded(last)))
      residuals.insert(
        OrderedBits.integer(values[index]) &- OrderedBits.integer(rounded(this) / power))
    }
    return steps.sixteenthBits + residuals.sixteenthBits
  }

  @inline(__always)
  private static func rounded(_ value: Double) -> Double {
    (value + Decimal.roundingShift) - Decimal.roundingShift
  }

  /// Writes integers and residuals; a value too large for an integer is all residual.
  static func split(
    _ values: Span<Double>, digits: Int, into integers: inout MutableSpan<Int64>,
    _ residuals: inout MutableSpan<Int64>
  ) {
    let power = Decimal.powers[digits]
    var last: Int64 = 0
    for index in values.indices {
      let scaled = values[index] * power
      // Where the integer is past what rounds exactly, or no number, the one before serves.
      if scaled.magnitude < Decimal.integerMax { last = Int64(rounded(scaled)) }
      integers[index] = last
      residuals[index] =
        OrderedBits.integer(values[index]) &- OrderedBits.integer(Double(last) / power)
    }
  }

  /// Turns integers and residuals back into doubles.
  static func restore(
    _ integers: Span<Int64>, _ residuals: Span<Int64>, digits: Int,
    into values: inout MutableSpan<Double>
  ) {
    let power = Decimal.powers[digits]
    for index in integers.indices {
      let nearest = OrderedBits.integer(Double(integers[index]) / power)
      values[index] = OrderedBits.double(nearest &+ residuals[index])
    }
  }
}
