/// Takes the first integer and the greatest common divisor out of a column.
///
/// Memory sizes are multiples of 4,096 and timestamps of whole seconds are multiples of a billion:
/// dividing takes those bits out of every later step.
enum CommonDivisor {
  /// Writes `(value - first) / divisor` for every value and returns the divisor, at least 1.
  static func reduce(_ values: Span<Int64>, into quotients: inout [Int64]) -> Int64 {
    quotients.resizeScratch(values.count)
    if values.isEmpty { return 1 }
    let origin = values[0]
    var target = quotients.mutableSpan
    var divisor: UInt64 = 0
    var asked = 0
    while asked < values.count, divisor != 1 {
      let difference = values[asked] &- origin
      target[asked] = difference
      divisor = greatestCommonDivisor(divisor, difference.magnitude)
      asked += 1
    }
    for index in asked..<values.count { target[index] = values[index] &- origin }
    // A divisor of 2^63 is no Int64; what it could save, one column of two values, is nothing.
    guard divisor > 1, divisor <= UInt64(Int64.max) else { return 1 }
    if divisor & (divisor - 1) == 0 {
      let shift = Int64(divisor.trailingZeroBitCount)
      for index in target.indices { target[index] >>= shift }
    } else {
      let signed = Int64(divisor)
      for index in target.indices { target[index] /= signed }
    }
    return Int64(divisor)
  }

  /// Euclid's algorithm; a number that the divisor divides already costs one division, and none where
  /// that is a power of two.
  private static func greatestCommonDivisor(_ divisor: UInt64, _ number: UInt64) -> UInt64 {
    if divisor == 0 { return number }
    if divisor & (divisor - 1) == 0 {
      let lowest = number & (0 &- number)
      return lowest == 0 ? divisor : min(divisor, lowest)
    }
    var (rest, last) = (number % divisor, divisor)
    while rest != 0 { (rest, last) = (last % rest, rest) }
    return last
  }
}
