internal import CTSQKernels

/// Doubles that are decimals of few digits, as integers: `value = integer / 10^digits`.
///
/// The double nearest to a decimal is the correctly rounded quotient of two integers that are exact
/// as doubles, so division gives back its very bits. Multiplying by 10^-digits would not.
/// Source: Afroozeh, Kuffo & Boncz, "ALP: Adaptive Lossless floating-Point Compression", SIGMOD 2023,
/// which multiplies twice and patches what that misses.
enum Decimal {
  /// Most digits after the point: 10^22 is the largest power of ten that is exact as a double, and no
  /// integer below 2^53 has more than 16 digits.
  static let digitsMax = 22

  /// The powers of ten that are exact as doubles.
  static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// Beyond this magnitude the rounding below is no longer exact; such decimals are exceptions.
  static let integerMax = 0x1p51

  /// Adding and subtracting it rounds to the nearest integer, ties to even, in two instructions that
  /// every processor has at SIMD width.
  static let roundingShift = 0x1.8p52

  // MARK: - Choosing

  /// The number of digits that express a column, from a sample; `nil` where its values are no decimals.
  static func digits(for values: Span<Double>) -> Int? {
    var (most, missed) = (0, 0)
    let sampleCount = min(32, values.count)
    for index in 0..<sampleCount {
      let value = values[index * values.count / sampleCount]
      // Nearly always the digits found so far do.
      if integer(value, most) != nil { continue }
      guard let digits = fewestDigits(value) else {
        missed += 1
        // A column with many values that are no decimals costs more in exceptions than in bits.
        if missed * 4 > sampleCount { return nil }
        continue
      }
      most = max(most, digits)
    }
    return most
  }

  /// The fewest digits that express a value, `nil` where none do.
  static func fewestDigits(_ value: Double) -> Int? {
    // Zero is any decimal, and minus zero and what is not finite is none.
    guard value.isFinite, value != 0 || value.sign == .plus else { return nil }
    for digits in 0...digitsMax where integer(value, digits) != nil { return digits }
    return nil
  }

  /// The integer that stands for a value, where there is one.
  static func integer(_ value: Double, _ digits: Int) -> Int64? {
    if digits == 0 { return wholeNumber(value) }
    let power = powers[digits]
    let scaled = value * power
    guard scaled.magnitude <= integerMax else { return nil }
    let rounded = (scaled + roundingShift) - roundingShift
    guard (rounded / power).bitPattern == value.bitPattern else { return nil }
    return Int64(rounded)
  }

  /// The integer that a value is: any whole number of `Int64`, since those come back as they were.
  @inline(__always)
  private static func wholeNumber(_ value: Double) -> Int64? {
    guard value.magnitude < 0x1p63 else { return nil }
    let integer = Int64(value)
    return Double(integer).bitPattern == value.bitPattern ? integer : nil
  }

  // MARK: - Both ways

  /// Writes the integers of a column and the positions of values that have none.
  ///
  /// An exception's integer is that of the value before, so that it costs the predictors least.
  ///
  /// - Returns: `false` as soon as exceptions would take more than the rest is likely to save.
  static func split(
    _ values: Span<Double>, digits: Int, into integers: inout MutableSpan<Int64>,
    exceptions: inout [Int]
  ) -> Bool {
    let exceptionsMax = values.count / 8 + 1
    var last: Int64 = 0
    if digits == 0 {
      for index in values.indices {
        if let integer = wholeNumber(values[index]) {
          last = integer
        } else {
          if exceptions.count == exceptionsMax { return false }
          exceptions.append(index)
        }
        integers[index] = last
      }
      return true
    }
    let power = powers[digits]
    for index in values.indices {
      let value = values[index]
      let scaled = value * power
      let rounded = (scaled + roundingShift) - roundingShift
      if scaled.magnitude <= integerMax, (rounded / power).bitPattern == value.bitPattern {
        last = Int64(rounded)
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
    precondition(integers.count == values.count, "one integer a value")
    unsafe integers.withUnsafeBufferPointer { source in
      unsafe values.withUnsafeMutableBufferPointer { target in
        guard let input = source.baseAddress, let output = target.baseAddress else { return }
        if digits == 0 {
          unsafe tsq_to_double(input, source.count, output)
        } else {
          unsafe tsq_divide(input, source.count, powers[digits], output)
        }
      }
    }
  }

  /// Reads the number of digits.
  static func readDigits(from reader: inout ByteReader) throws(ByteReadError) -> Int {
    let offset = reader.position
    let digits = try reader.readByte()
    guard digits <= digitsMax else { throw .unknownCode(offset: offset, code: digits) }
    return Int(digits)
  }
}
