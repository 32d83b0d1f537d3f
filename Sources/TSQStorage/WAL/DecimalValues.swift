/// Doubles that are short decimals, as integers: 12.5 with one place is 125.
///
/// The way back is a division, which rounds correctly: the double nearest to 12.5 comes out bit for
/// bit, and every value is checked for that before it is written.
enum DecimalValues {
  /// Ten to the number of places; sensors rarely have more, and powers up to 10^22 are exact
  /// anyway.
  private static let powers: [Double] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]
  /// Integers beyond take more bytes than they save, and below 2^51 the rounding trick holds.
  private static let magnitudeMax = Double(1 << 40)
  /// Adding and taking away 1.5 * 2^52 rounds to the nearest integer without a call.
  private static let roundingConstant = 6_755_399_441_055_744.0

  /// Turns values into integers of as few places as all of them need.
  ///
  /// - Parameters:
  ///   - values: any doubles.
  ///   - integers: receives one for each value.
  /// - Returns: the number of places, or `nil` where a value is no short decimal.
  /// - Complexity: O(n); data of other kinds is given up at the first value that does not fit.
  static func places(_ values: Span<Double>, into integers: inout [Int64]) -> Int? {
    integers.removeAll(keepingCapacity: true)
    integers.reserveCapacity(values.count)
    var places = 0
    var isAtFinalPlaces = true
    for index in values.indices {
      while true {
        if let integer = integer(values[index], powers[places]) {
          integers.append(integer)
          break
        }
        places += 1
        isAtFinalPlaces = integers.isEmpty
        if places == powers.count { return nil }
      }
    }
    if isAtFinalPlaces { return places }
    integers.removeAll(keepingCapacity: true)
    for index in values.indices {
      guard let integer = integer(values[index], powers[places]) else { return nil }
      integers.append(integer)
    }
    return places
  }

  @inline(__always)
  private static func integer(_ value: Double, _ power: Double) -> Int64? {
    let scaled = value * power
    // A NaN fails this comparison too.
    guard abs(scaled) < magnitudeMax else { return nil }
    let rounded = (scaled + roundingConstant) - roundingConstant
    // The bits, since -0 equals 0 and must not become it.
    guard (rounded / power).bitPattern == value.bitPattern else { return nil }
    // -0 by division of a rounded -0 has the right bits and no integer.
    if rounded == 0, value.sign == .minus { return nil }
    return Int64(rounded)
  }

  /// Turns integers back into values.
  ///
  /// - Throws: `WALBodyError` for a number of places that nobody writes.
  static func append(
    _ integers: Span<Int64>, places: Int, to values: inout [Double]
  ) throws(WALBodyError) {
    guard places < powers.count else { throw .malformed("\(places) decimal places") }
    let power = powers[places]
    values.reserveCapacity(values.count + integers.count)
    for index in integers.indices { values.append(Double(integers[index]) / power) }
  }
}
