internal import CTSQKernels

/// Doubles cut in two: the few high bits, which repeat, and the low bits, which are noise.
///
/// For true doubles of mixed sign or size. The high bits (sign, exponent, first digits) make a column
/// with few distinct values, which a dictionary holds in two or three bits; the low ones are packed as
/// they are. Source: ALP-rd, in Afroozeh, Kuffo & Boncz, "ALP", SIGMOD 2023.
enum SplitBits {
  /// The cut that makes a sample of `OrderedBits` smallest, and bits a value takes then in sixteenths.
  static func cut(for sample: SortedSample) -> (lowBits: Int, sixteenthBits: Int) {
    var best = (lowBits: 52, sixteenthBits: Int.max)
    for lowBits in stride(from: 40, through: 56, by: 2) {
      // An index into a dictionary where the high bits repeat, else the range that they span.
      let distinct = sample.distinctCount(above: lowBits)
      let range = sample.sixteenthBits(above: lowBits)
      let index = (Int.bitWidth - (max(1, distinct) - 1).leadingZeroBitCount) * 16
      let bits = lowBits * 16 + (distinct * 2 <= sample.count ? min(index, range) : range)
      if bits <= best.sixteenthBits { best = (lowBits, bits) }
    }
    return best
  }

  /// Writes high and low bits.
  static func split(
    _ values: Span<Double>, lowBits: Int, into high: inout MutableSpan<Int64>,
    _ low: inout MutableSpan<Int64>
  ) {
    let mask = Int64.max >> Int64(63 - lowBits)
    for index in values.indices {
      let ordered = OrderedBits.integer(values[index])
      high[index] = ordered >> Int64(lowBits)
      low[index] = ordered & mask
    }
  }

  /// Puts high and low bits together.
  static func restore(
    _ high: Span<Int64>, _ low: Span<Int64>, lowBits: Int, into values: inout MutableSpan<Double>
  ) {
    precondition(high.count == values.count && low.count == values.count, "two integers a value")
    unsafe high.withUnsafeBufferPointer { highs in
      unsafe low.withUnsafeBufferPointer { lows in
        unsafe values.withUnsafeMutableBufferPointer { target in
          guard let first = highs.baseAddress, let second = lows.baseAddress,
            let output = target.baseAddress
          else { return }
          unsafe tsq_join_bits(first, second, highs.count, UInt32(lowBits), output)
        }
      }
    }
  }

  /// Reads where the cut is: `1...63` low bits.
  static func readLowBits(from reader: inout ByteReader) throws(ByteReadError) -> Int {
    let offset = reader.position
    let lowBits = try reader.readByte()
    guard (1...63).contains(lowBits) else { throw .unknownCode(offset: offset, code: lowBits) }
    return Int(lowBits)
  }
}
