/// A column of 64-bit integers: first integer, common divisor, predictor, packed residuals.
///
/// Layout: one code byte (bits 0-1 predictor, bits 2-4 packing, bit 5 "has a divisor", the others
/// zero), the first integer (zigzag varint), the divisor (varint, where it is not 1), the step
/// (zigzag varint, for the predictors `line` and `grid`), then the residuals as the packing has it.
/// Run length and dictionary hold two columns instead, which hold no further ones. A column of no
/// integers is no bytes.
enum IntegerColumn {
  /// How residuals are written.
  enum Packing: UInt8, Sendable {
    /// All residuals are equal: the base is all there is.
    case constant = 0
    /// Frame of reference, bit-packed.
    case packed = 1
    /// The same with patches.
    case patched = 2
    /// Run length: a column of values and a column of lengths.
    case runs = 3
    /// A column of distinct values, ascending, and a column of indices into it.
    case dictionary = 4
    /// Entropy-coded bins.
    case bins = 5
  }

  /// The head of a column.
  struct Head: Equatable {
    var predictor = Predictor.none
    var packing = Packing.constant
    var origin: Int64 = 0
    var divisor: Int64 = 1
    var step: Int64 = 0

    /// Bytes it takes, the code included.
    var byteCount: Int {
      1 + varintCount(ZigZag.encode(origin))
        + (divisor == 1 ? 0 : varintCount(UInt64(bitPattern: divisor)))
        + (hasStep ? varintCount(ZigZag.encode(step)) : 0)
    }

    var hasStep: Bool { predictor == .line || predictor == .grid }

    func encode(into writer: inout ByteWriter) {
      writer.append(predictor.rawValue | packing.rawValue << 2 | (divisor == 1 ? 0 : 1 << 5))
      writer.append(zigzag: origin)
      if divisor != 1 { writer.append(varint: UInt64(bitPattern: divisor)) }
      if hasStep { writer.append(zigzag: step) }
    }

    init(
      predictor: Predictor = .none, packing: Packing = .constant, origin: Int64 = 0,
      divisor: Int64 = 1, step: Int64 = 0
    ) {
      self.predictor = predictor
      self.packing = packing
      self.origin = origin
      self.divisor = divisor
      self.step = step
    }

    /// Reads what follows a code byte.
    init(code: UInt8, from reader: inout ByteReader) throws(ByteReadError) {
      guard let packing = Packing(rawValue: code >> 2 & 7),
        let predictor = Predictor(rawValue: code & 3), code >> 6 == 0
      else { throw .unknownCode(offset: reader.position - 1, code: code) }
      self.packing = packing
      self.predictor = predictor
      origin = try reader.readZigzag()
      if code & 1 << 5 != 0 { divisor = Int64(bitPattern: try reader.readVarint()) }
      if hasStep { step = try reader.readZigzag() }
    }
  }

  /// The code byte of a packing that holds other columns.
  static func nestingCode(_ packing: Packing) -> UInt8 { packing.rawValue << 2 }

  // MARK: - Reading

  /// Reads a column.
  ///
  /// - Parameters:
  ///   - reader: at the column's code byte; left after its last byte.
  ///   - values: receives as many integers as it has room for.
  ///   - scratch: memory for run length and dictionary.
  /// - Throws: `ByteReadError` where the bytes follow no layout.
  static func decode(
    from reader: inout ByteReader, into values: inout MutableSpan<Int64>,
    scratch: inout ColumnScratch
  ) throws(ByteReadError) {
    if values.isEmpty { return }
    let code = try reader.readByte()
    switch code {
    case nestingCode(.runs):
      try RunLength.decode(from: &reader, into: &values, scratch: &scratch)
    case nestingCode(.dictionary):
      try DistinctValues.decode(from: &reader, into: &values, scratch: &scratch)
    default:
      try decodePlain(code: code, from: &reader, into: &values, scratch: &scratch.entropy)
    }
  }

  /// Reads a column that may hold no others: how nesting ends after one level.
  static func decodeLeaf(
    from reader: inout ByteReader, into values: inout MutableSpan<Int64>,
    scratch: inout ColumnScratch
  ) throws(ByteReadError) {
    if values.isEmpty { return }
    try decodePlain(
      code: try reader.readByte(), from: &reader, into: &values, scratch: &scratch.entropy)
  }

  private static func decodePlain(
    code: UInt8, from reader: inout ByteReader, into values: inout MutableSpan<Int64>,
    scratch: inout EntropyCoding.Scratch
  ) throws(ByteReadError) {
    let offset = reader.position - 1
    let head = try Head(code: code, from: &reader)
    var base: Int64 = 0
    switch head.packing {
    case .constant:
      base = try reader.readZigzag()
      for index in values.indices { values[index] = 0 }
    case .packed, .patched:
      base = try PatchedFrame.decode(
        from: &reader, patched: head.packing == .patched, into: &values)
    case .bins:
      try EntropyCoding.decode(from: &reader, into: &values, scratch: &scratch)
    case .runs, .dictionary:
      throw .unknownCode(offset: offset, code: code)
    }
    head.predictor.restore(
      &values, base: base, step: head.step, divisor: head.divisor, origin: head.origin)
  }
}
