/// Doubles that are widened decimals of single precision: `Double(Float(integer) / Float(10^digits))`.
///
/// Sensors and exporters that keep a measurement in 32 bits send 0.30000001192092896 for 0.3. Such a
/// value has no few decimal digits as a double, and one as a float. Division of floats rounds
/// correctly, for the same reason as in `Decimal`.
enum FloatDecimal {
  /// 10^10 is the largest power of ten that is exact as a float.
  static let digitsMax = 10

  /// Integers up to this magnitude are exact as floats.
  static let integerMax = 0x1p24

  private static let powers: [Float] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10]

  /// The number of digits that express a column, from a sample; `nil` where its values are none such.
  static func digits(for values: Span<Double>) -> Int? {
    var (most, known) = (0, 0)
    let sampleCount = min(32, values.count)
    for position in 0..<sampleCount {
      let value = values[position * values.count / sampleCount]
      while most <= digitsMax, integer(value, most) == nil { most += 1 }
      if most > digitsMax { return nil }
      known += 1
    }
    return known > 0 ? most : nil
  }

  @inline(__always)
  static func integer(_ value: Double, _ digits: Int) -> Int64? {
    let scaled = value * Decimal.powers[digits]
    guard scaled.magnitude <= integerMax else { return nil }
    let rounded = (scaled + Decimal.roundingShift) - Decimal.roundingShift
    guard Double(Float(rounded) / powers[digits]).bitPattern == value.bitPattern else { return nil }
    return Int64(rounded)
  }

  /// Writes the integers of a column and the positions of values that have none.
  ///
  /// - Returns: `false` as soon as exceptions would take more than the rest is likely to save.
  static func split(
    _ values: Span<Double>, digits: Int, into integers: inout MutableSpan<Int64>,
    exceptions: inout [Int]
  ) -> Bool {
    let exceptionsMax = values.count / 8 + 1
    var last: Int64 = 0
    for index in values.indices {
      if let integer = integer(values[index], digits) {
        last = integer
      } else {
        if exceptions.count == exceptionsMax { return false }
        exceptions.append(index)
      }
      integers[index] = last
    }
    return true
  }

  /// Turns integers back into doubles.
  static func restore(
    _ integers: Span<Int64>, digits: Int, into values: inout MutableSpan<Double>
  ) {
    let power = powers[digits]
    for index in integers.indices { values[index] = Double(Float(integers[index]) / power) }
  }

  /// Reads the number of digits.
  static func readDigits(from reader: inout ByteReader) throws(ByteReadError) -> Int {
    let offset = reader.position
    let digits = try reader.readByte()
    guard digits <= digitsMax else { throw .unknownCode(offset: offset, code: digits) }
    return Int(digits)
  }
}
