internal import CTSQKernels

/// Doubles as integers in the same order: neighbouring doubles are neighbouring integers.
///
/// Positive doubles are ordered like their bit patterns; for negative ones all bits but the sign are
/// flipped. NaNs are the integers beyond the infinities. Its own inverse, on every bit pattern.
enum OrderedBits {
  @inline(__always)
  static func integer(_ value: Double) -> Int64 {
    let bits = Int64(bitPattern: value.bitPattern)
    return bits ^ ((bits >> 63) & Int64.max)
  }

  @inline(__always)
  static func double(_ integer: Int64) -> Double {
    Double(bitPattern: UInt64(bitPattern: integer ^ ((integer >> 63) & Int64.max)))
  }

  /// Turns a column of integers back into doubles.
  static func restore(_ integers: Span<Int64>, into values: inout MutableSpan<Double>) {
    precondition(integers.count == values.count, "one integer a value")
    unsafe integers.withUnsafeBufferPointer { source in
      unsafe values.withUnsafeMutableBufferPointer { target in
        guard let input = source.baseAddress, let output = target.baseAddress else { return }
        unsafe tsq_order(input, source.count, output)
      }
    }
  }

  /// Bits a value takes as an integer, in sixteenths of a bit, by a sample.
  ///
  /// - Parameters:
  ///   - values: a column of doubles.
  ///   - sample: a sample of their integers.
  /// - Returns: 0 where equal values may make runs or a dictionary pay: how much, no sample says.
  static func sixteenthBits(_ values: Span<Double>, _ sample: SortedSample) -> Int {
    if sample.distinctCount() * 4 <= sample.count * 3 { return 0 }
    var (steps, turns, equal) = (SampledRange(), SampledRange(), 0)
    let most = SortedSample.places(of: values.count - 2)
    for position in 0..<most {
      let index = 2 + SortedSample.place(position, of: values.count - 2)
      let step = integer(values[index]) &- integer(values[index - 1])
      let last = integer(values[index - 1]) &- integer(values[index - 2])
      steps.insert(step)
      turns.insert(step &- last)
      if step == 0 { equal += 1 }
    }
    if equal * 4 > most { return 0 }
    if steps.count == 0 { return sample.sixteenthBits() }
    return min(sample.sixteenthBits(), steps.sixteenthBits, turns.sixteenthBits)
  }
}
