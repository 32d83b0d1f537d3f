/// A column of doubles as integers and the way back.
///
/// Layout: one code byte (bits 0-3 the transform, bit 7 "has exceptions", the others zero), what the
/// transform needs, one or two integer columns, then the exceptions: their number (varint) and for
/// each the gap since the one before (varint) and the bit pattern (8 bytes). A column of no values is
/// no bytes.
enum ValueColumn {
  /// How integers become doubles.
  enum Transform: UInt8, CaseIterable, Sendable {
    /// The double of the integer.
    case integers = 0
    /// The integer divided by 10^digits: the division rounds correctly, so that the result is the
    /// very double a parser makes of the decimal text.
    case decimals = 1
    /// The bit pattern, in the order of the doubles; see `OrderedBits`.
    case bits = 2
    /// A decimal and a residual in units of last place; see `ResidualDecimal`.
    case residualDecimals = 3
    /// A decimal of single precision, widened; see `FloatDecimal`.
    case floatDecimals = 4
    /// The ordered bit pattern cut in two; see `SplitBits`.
    case splitBits = 5
  }

  static let exceptionsFlag: UInt8 = 0x80

  /// Reads a column.
  ///
  /// - Parameters:
  ///   - reader: at the column's code byte; left after its last byte.
  ///   - values: receives as many doubles as it has room for.
  ///   - scratch: its `integers` are used, and what `IntegerColumn` uses.
  /// - Throws: `ByteReadError` where the bytes follow no layout.
  static func decode(
    from reader: inout ByteReader, into values: inout MutableSpan<Double>,
    scratch: inout ColumnScratch
  ) throws(ByteReadError) {
    if values.isEmpty { return }
    let (transform, hasExceptions) = try readCode(&reader)
    var integers = taken(&scratch.integers)
    defer { scratch.integers = integers }
    integers.resizeScratch(values.count)
    var target = integers.mutableSpan
    switch transform {
    case .integers:
      try IntegerColumn.decode(from: &reader, into: &target, scratch: &scratch)
      Decimal.restore(integers.span, digits: 0, into: &values)
    case .decimals:
      let digits = try Decimal.readDigits(from: &reader)
      try IntegerColumn.decode(from: &reader, into: &target, scratch: &scratch)
      Decimal.restore(integers.span, digits: digits, into: &values)
    case .bits:
      try IntegerColumn.decode(from: &reader, into: &target, scratch: &scratch)
      OrderedBits.restore(integers.span, into: &values)
    case .floatDecimals:
      let digits = try FloatDecimal.readDigits(from: &reader)
      try IntegerColumn.decode(from: &reader, into: &target, scratch: &scratch)
      FloatDecimal.restore(integers.span, digits: digits, into: &values)
    case .residualDecimals, .splitBits:
      try decodePair(transform, from: &reader, into: &values, first: &target, scratch: &scratch)
    }
    if hasExceptions { try Exceptions.decode(from: &reader, into: &values) }
  }

  /// Reads the transforms that need two integers a value.
  private static func decodePair(
    _ transform: Transform, from reader: inout ByteReader, into values: inout MutableSpan<Double>,
    first: inout MutableSpan<Int64>, scratch: inout ColumnScratch
  ) throws(ByteReadError) {
    let isSplit = transform == .splitBits
    let parameter =
      isSplit
      ? try SplitBits.readLowBits(from: &reader) : try Decimal.readDigits(from: &reader)
    try IntegerColumn.decode(from: &reader, into: &first, scratch: &scratch)
    var memory = taken(&scratch.seconds)
    defer { scratch.seconds = memory }
    memory.resizeScratch(values.count)
    var second = memory.mutableSpan
    try IntegerColumn.decode(from: &reader, into: &second, scratch: &scratch)
    if isSplit {
      SplitBits.restore(first.span, second.span, lowBits: parameter, into: &values)
    } else {
      ResidualDecimal.restore(first.span, second.span, digits: parameter, into: &values)
    }
  }

  private static func readCode(
    _ reader: inout ByteReader
  ) throws(ByteReadError) -> (Transform, hasExceptions: Bool) {
    let offset = reader.position
    let code = try reader.readByte()
    guard code & 0x70 == 0, let transform = Transform(rawValue: code & 15) else {
      throw .unknownCode(offset: offset, code: code)
    }
    return (transform, code & exceptionsFlag != 0)
  }

  /// How a column is written, in a few words; reads its head only.
  static func describe(_ reader: inout ByteReader, count: Int) throws(ByteReadError) -> String {
    if count == 0 { return "empty" }
    let (transform, hasExceptions) = try readCode(&reader)
    let name =
      switch transform {
      case .integers: "integers"
      case .decimals: "decimals \(try Decimal.readDigits(from: &reader))"
      case .bits: "bits"
      case .residualDecimals: "decimals \(try Decimal.readDigits(from: &reader)) + residuals"
      case .floatDecimals: "float decimals \(try FloatDecimal.readDigits(from: &reader))"
      case .splitBits: "bits split at \(try SplitBits.readLowBits(from: &reader))"
      }
    let column = try IntegerColumn.describe(&reader, count: count)
    return name + (hasExceptions ? " with exceptions" : "") + " > " + column
  }
}
