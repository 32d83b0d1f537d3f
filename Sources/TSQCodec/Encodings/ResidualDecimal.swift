internal import CTSQKernels

/// Doubles that are nearly decimals: an integer over 10^digits, and how many doubles lie between.
///
/// What a program computed from decimals, a mean or 100 minus the idle share, is a decimal but for
/// rounding errors of a few units in the last place. The residual counts those units in `OrderedBits`,
/// where it wraps modulo 2^64, so that every bit pattern comes back.
enum ResidualDecimal {
  /// The number of digits that makes integers and residuals smallest, and bits a value takes then in
  /// sixteenths, by a sample; `nil` where the values are too large or not numbers.
  static func digits(for values: Span<Double>) -> (digits: Int, sixteenthBits: Int)? {
    // Some values, each behind the one before it, whatever the digits.
    let pairCount = SortedSample.places(of: values.count - 1)
    var pairs = InlineArray<64, Double>(repeating: 0)
    var target = pairs.mutableSpan
    for position in 0..<pairCount {
      let index = 1 + SortedSample.place(position, of: values.count - 1)
      target[2 * position] = values[index - 1]
      target[2 * position + 1] = values[index]
    }
    var best: (digits: Int, sixteenthBits: Int)?
    for digits in 0...15 {
      guard let (steps, residuals) = sampledBits(pairs.span.extracting(..<(2 * pairCount)), digits)
      else { break }
      // With each digit more the steps take three bits more: no later one can be smaller.
      if steps >= best?.sixteenthBits ?? .max { break }
      if steps + residuals < best?.sixteenthBits ?? .max { best = (digits, steps + residuals) }
    }
    return best
  }

  private static func sampledBits(
    _ pairs: Span<Double>, _ digits: Int
  ) -> (steps: Int, residuals: Int)? {
    var wholes = InlineArray<64, Int64>(repeating: 0)
    var rests = InlineArray<64, Int64>(repeating: 0)
    var first = wholes.mutableSpan
    var second = rests.mutableSpan
    guard splitAll(pairs, Decimal.powers[digits], into: &first, &second) else { return nil }
    var (steps, residuals) = (SampledRange(), SampledRange())
    for index in stride(from: 1, to: pairs.count, by: 2) {
      steps.insert(first[index] &- first[index - 1])
      residuals.insert(second[index])
    }
    return (steps.sixteenthBits, residuals.sixteenthBits)
  }

  /// Whether a sample of the residuals repeats, as that of whole numbers over 7 does.
  ///
  /// Not where all are equal: those of plain decimals are 0, and their range says what they take.
  static func repeats(_ values: Span<Double>, digits: Int) -> Bool {
    let power = Decimal.powers[digits]
    let sample = SortedSample(columnCount: values.count) { index in
      let nearest = rounded(values[index] * power) / power
      return OrderedBits.integer(values[index]) &- OrderedBits.integer(nearest)
    }
    let distinct = sample.distinctCount()
    return distinct > 1 && distinct * 4 <= sample.count * 3
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
    if splitAll(values, power, into: &integers, &residuals) { return }
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

  /// The same at once, where every integer rounds exactly; else `false`.
  private static func splitAll(
    _ values: Span<Double>, _ power: Double, into integers: inout MutableSpan<Int64>,
    _ residuals: inout MutableSpan<Int64>
  ) -> Bool {
    precondition(
      integers.count >= values.count && residuals.count >= values.count, "two integers a value")
    return unsafe values.withUnsafeBufferPointer { source in
      unsafe integers.withUnsafeMutableBufferPointer { first in
        unsafe residuals.withUnsafeMutableBufferPointer { second in
          guard let input = source.baseAddress, let whole = first.baseAddress,
            let rest = second.baseAddress
          else { return true }
          return unsafe tsq_split_decimals(input, source.count, power, whole, rest) != 0
        }
      }
    }
  }

  /// Turns integers and residuals back into doubles.
  static func restore(
    _ integers: Span<Int64>, _ residuals: Span<Int64>, digits: Int,
    into values: inout MutableSpan<Double>
  ) {
    precondition(
      integers.count == values.count && residuals.count == values.count, "two integers a value")
    unsafe integers.withUnsafeBufferPointer { first in
      unsafe residuals.withUnsafeBufferPointer { second in
        unsafe values.withUnsafeMutableBufferPointer { target in
          guard let whole = first.baseAddress, let rest = second.baseAddress,
            let output = target.baseAddress
          else { return }
          unsafe tsq_join_decimals(whole, rest, first.count, Decimal.powers[digits], output)
        }
      }
    }
  }
}
