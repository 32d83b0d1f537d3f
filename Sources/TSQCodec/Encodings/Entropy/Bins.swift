/// A range of integers that share one symbol: `lower ..< lower + 2^offsetBits`.
struct Bin: Equatable, Sendable {
  /// The smallest integer of the range.
  var lower: Int64
  /// Bits that tell the integers of the range apart, `0...64`.
  var offsetBits: Int
  /// The share of the table's 2^tableBits states: at least 1, all bins together exactly the table.
  var weight: Int
}

/// The bins of one column: ascending, at most 256, with weights that add up to a power of two.
///
/// Layout, as one bit stream: tableBits (4 bits), number of bins less 1 (8 bits), the first bin's
/// lower bound (zigzag: how many bits, 7 bits, then those), then for each bin: its lower bound less the bin before's and less `reach`
/// of that bin, plus 1 (gamma; not for the first), the change of offsetBits against the bin before (zigzag plus 1, gamma; the first
/// against 0), and the weight less 1 (in as many bits as the largest possible weight less 1 has; not
/// for the last, whose weight is what is left).
///
/// Source: Martin Loncaric's pcodec, "Pco: Better Compression for Numerical Sequences", 2025, for bins
/// with offsets; Duda, "Asymmetric numeral systems", arXiv:1311.2540, for the coding of the symbols.
enum Bins {
  static let countMax = 256
  /// A table of 4,096 states is 64 KiB when decoding: larger ones fall out of the nearest cache.
  static let tableBitsMax = 12

  // MARK: - Writing

  /// Writes the bins.
  static func encode(
    _ bins: [Bin], tableBits: Int, bits: inout BitWriter, into writer: inout ByteWriter
  ) {
    bits.append(UInt64(tableBits), width: 4, to: &writer)
    bits.append(UInt64(bins.count - 1), width: 8, to: &writer)
    let first = ZigZag.encode(bins[0].lower)
    let firstWidth = 64 - first.leadingZeroBitCount
    bits.append(UInt64(firstWidth), width: 7, to: &writer)
    bits.append(first, width: firstWidth, to: &writer)
    var next = bins[0].lower
    var offsetBits = 0
    var left = 1 << tableBits
    for (index, bin) in bins.enumerated() {
      if index > 0 {
        bits.appendGamma(UInt64(bitPattern: bin.lower &- next) &+ 1, to: &writer)
      }
      bits.appendGamma(ZigZag.encode(Int64(bin.offsetBits - offsetBits)) + 1, to: &writer)
      let later = bins.count - index - 1
      if later > 0 {
        let width = bitWidth(left - later - 1)
        bits.append(UInt64(bin.weight - 1), width: width, to: &writer)
      }
      next = bin.lower &+ reach(bin.offsetBits)
      offsetBits = bin.offsetBits
      left -= bin.weight
    }
  }

  /// Bits that the table of these bins takes, nearly: what choosing them reckons with.
  static func tableCost(binCount: Int, tableBits: Int) -> Int { binCount * (tableBits + 2) + 40 }

  /// How far the next bin's lower bound lies above a bin's, at least.
  ///
  /// Integers of a bin need all its offset bits, so the next bin begins past the half of its range.
  static func reach(_ offsetBits: Int) -> Int64 {
    offsetBits == 0 ? 1 : 1 &+ (1 << Int64(offsetBits - 1))
  }

  /// Bits of a number that is not negative.
  static func bitWidth(_ value: Int) -> Int { Int.bitWidth - value.leadingZeroBitCount }

  // MARK: - Reading

  /// Reads bins; whatever the bits, the result is a valid table or an error.
  static func decode(
    from bits: inout BitReader, into bins: inout [Bin], offset: Int
  ) throws(ByteReadError) -> Int {
    let tableBits = Int(bits.read(4))
    let count = Int(bits.read(8)) + 1
    guard tableBits <= tableBitsMax, count <= 1 << tableBits else {
      throw .countOutOfRange(offset: offset, count: UInt64(count), maximum: 1 << tableBitsMax)
    }
    bins.removeAll(keepingCapacity: true)
    let firstWidth = Int(bits.read(7))
    guard firstWidth <= 64 else { throw .malformedVarint(offset: offset) }
    var bin = Bin(lower: ZigZag.decode(bits.read(firstWidth)), offsetBits: 0, weight: 0)
    var next = bin.lower
    var left = 1 << tableBits
    for index in 0..<count {
      if index > 0 {
        guard let gap = bits.readGamma() else { throw .malformedVarint(offset: offset) }
        bin.lower = next &+ Int64(bitPattern: gap &- 1)
      }
      guard let change = bits.readGamma() else { throw .malformedVarint(offset: offset) }
      let (offsetBits, overflow) = Int64(bin.offsetBits).addingReportingOverflow(
        ZigZag.decode(change - 1))
      guard !overflow, (0...64).contains(offsetBits) else {
        throw .malformedVarint(offset: offset)
      }
      bin.offsetBits = Int(offsetBits)
      let later = count - index - 1
      bin.weight = later == 0 ? left : Int(bits.read(bitWidth(left - later - 1))) + 1
      left -= bin.weight
      guard left >= later else {
        throw .countOutOfRange(offset: offset, count: UInt64(bin.weight), maximum: left)
      }
      bins.append(bin)
      next = bin.lower &+ reach(bin.offsetBits)
    }
    if bits.isPastEnd { throw .truncated(offset: offset, missingBytes: 1) }
    return tableBits
  }
}
