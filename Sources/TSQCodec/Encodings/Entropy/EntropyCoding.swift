/// A column of integers as entropy-coded bins with offsets: the cold tier.
///
/// Layout: length in bytes of what follows (varint), then one bit stream: the bins (see `Bins`), the
/// first states of four interleaved coders (tableBits each), then for each integer the bits of its
/// coder's next state and the bits of its offset. Integer `i` belongs to coder `i % 4`; a coder's last
/// integer has no state bits.
enum EntropyCoding {
  static let coderCount = 4

  /// Memory kept from block to block.
  struct Scratch: Sendable {
    var chooser = BinChooser()
    var bins: [Bin] = []
    var owners: [UInt8] = []
    var ranks: [Int] = []
    var entries: [TabledANS.DecoderEntry] = []
    var states: [UInt16] = []
    /// For each integer: bin, then bits of the next state and how many.
    var symbols: [UInt8] = []
    var stateBits: [UInt16] = []
    var stateWidths: [UInt8] = []
    var writer = ByteWriter()
  }

  // MARK: - Writing

  /// Writes a column by the bins last chosen by `scratch.chooser` for these very integers.
  static func encode(
    _ values: Span<Int64>, into writer: inout ByteWriter, scratch: inout Scratch
  ) {
    let bins = scratch.chooser.bins
    let tableBits = scratch.chooser.tableBits
    TabledANS.spread(bins, tableBits: tableBits, into: &scratch.owners)
    TabledANS.buildEncoder(
      bins, tableBits: tableBits, owners: scratch.owners, starts: &scratch.ranks,
      states: &scratch.states)
    let first = codeStates(values, bins: bins, tableBits: tableBits, scratch: &scratch)
    scratch.writer.removeAllKeepingCapacity()
    var bits = BitWriter()
    Bins.encode(bins, tableBits: tableBits, bits: &bits, into: &scratch.writer)
    for coder in 0..<coderCount {
      bits.append(UInt64(first[coder]), width: tableBits, to: &scratch.writer)
    }
    for index in values.indices {
      let bin = bins[Int(scratch.symbols[index])]
      if index + coderCount < values.count {
        bits.append(
          UInt64(scratch.stateBits[index]), width: Int(scratch.stateWidths[index]),
          to: &scratch.writer)
      }
      let offset = UInt64(bitPattern: values[index] &- bin.lower)
      bits.append(offset, width: bin.offsetBits, to: &scratch.writer)
    }
    bits.finish(to: &scratch.writer)
    writer.append(varint: scratch.writer.count)
    writer.append(scratch.writer.rawSpan)
  }

  /// Runs the coders from the last integer to the first and returns their first states.
  private static func codeStates(
    _ values: Span<Int64>, bins: [Bin], tableBits: Int, scratch: inout Scratch
  ) -> InlineArray<4, Int> {
    let size = 1 << tableBits
    var states = InlineArray<4, Int>(repeating: 0)
    if scratch.symbols.count < values.count {
      let missing = values.count - scratch.symbols.count
      scratch.symbols.append(contentsOf: repeatElement(0, count: missing))
      scratch.stateBits.append(contentsOf: repeatElement(0, count: missing))
      scratch.stateWidths.append(contentsOf: repeatElement(0, count: missing))
    }
    for index in stride(from: values.count - 1, through: 0, by: -1) {
      let symbol = binIndex(of: values[index], in: bins)
      let weight = bins[symbol].weight
      scratch.symbols[index] = UInt8(symbol)
      let coder = index % coderCount
      if index + coderCount >= values.count {
        // Any state of the bin will do for a coder's last integer.
        states[coder] = Int(scratch.states[scratch.ranks[symbol]])
        continue
      }
      let state = states[coder] + size
      // As many bits as bring the state down to `weight ..< 2 * weight`.
      var width = tableBits - (Int.bitWidth - 1 - weight.leadingZeroBitCount)
      if state >> width < weight { width -= 1 }
      scratch.stateBits[index] = UInt16(state & ((1 << width) - 1))
      scratch.stateWidths[index] = UInt8(width)
      states[coder] = Int(scratch.states[scratch.ranks[symbol] + (state >> width) - weight])
    }
    return states
  }

  /// The last bin whose lower bound is not above a value.
  private static func binIndex(of value: Int64, in bins: [Bin]) -> Int {
    var (low, high) = (0, bins.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if bins[middle].lower <= value { low = middle } else { high = middle - 1 }
    }
    return low
  }

  // MARK: - Reading

  /// Reads a column.
  static func decode(
    from reader: inout ByteReader, into values: inout MutableSpan<Int64>, scratch: inout Scratch
  ) throws(ByteReadError) {
    let offset = reader.position
    let count = try reader.readCount(maximum: reader.remaining)
    let bytes = try reader.readBytes(count)
    var bits = BitReader(bytes)
    let tableBits = try Bins.decode(from: &bits, into: &scratch.bins, offset: offset)
    TabledANS.spread(scratch.bins, tableBits: tableBits, into: &scratch.owners)
    TabledANS.buildDecoder(
      scratch.bins, tableBits: tableBits, owners: scratch.owners, nextRanks: &scratch.ranks,
      into: &scratch.entries)
    var states = InlineArray<4, Int>(repeating: 0)
    for coder in 0..<coderCount { states[coder] = Int(bits.read(tableBits)) }
    let end = decodeIntegers(
      bytes, from: bits.position, states, scratch.entries.span, into: &values)
    guard end <= count * 8 else {
      throw .truncated(offset: reader.position, missingBytes: (end + 7) / 8 - count)
    }
    guard (end + 7) / 8 == count else { throw .excessBytes(count - (end + 7) / 8) }
  }

  /// Reads the integers and returns the position after the last bit, which may be past the end.
  private static func decodeIntegers(
    _ bytes: RawSpan, from start: Int, _ firstStates: InlineArray<4, Int>,
    _ entries: Span<TabledANS.DecoderEntry>, into values: inout MutableSpan<Int64>
  ) -> Int {
    var states = firstStates
    var position = start
    var widest = 0
    for index in entries.indices {
      widest = max(widest, Int(entries[index].offsetBits) + Int(entries[index].stateBits))
    }
    var index = 0
    let steady = values.count - coderCount
    // One load serves state and offset where both fit a word that starts within a byte.
    let safeBits = (bytes.byteCount - 8) * 8 - 4 * oneLoadBitsMax
    if widest <= oneLoadBitsMax {
      unsafe bytes.withUnsafeBytes { source in
        unsafe entries.withUnsafeBufferPointer { table in
          unsafe values.withUnsafeMutableBufferPointer { target in
            guard let input = source.baseAddress, let table = table.baseAddress else { return }
            var (first, second) = (states[0], states[1])
            var (third, fourth) = (states[2], states[3])
            while index &+ coderCount <= steady, position <= safeBits {
              unsafe target[index] = step(input, table, &first, &position)
              unsafe target[index &+ 1] = step(input, table, &second, &position)
              unsafe target[index &+ 2] = step(input, table, &third, &position)
              unsafe target[index &+ 3] = step(input, table, &fourth, &position)
              index &+= coderCount
            }
            states = [first, second, third, fourth]
          }
        }
      }
    }
    while index < values.count {
      let entry = entries[states[index % coderCount]]
      if index < steady {
        let width = Int(entry.stateBits)
        states[index % coderCount] =
          Int(entry.nextBase) + Int(BitReader.load(bytes, at: position, width: width))
        position += width
      }
      let width = Int(entry.offsetBits)
      let offset = BitReader.load(bytes, at: position, width: width)
      values[index] = entry.lower &+ Int64(bitPattern: offset)
      position += width
      index += 1
    }
    return position
  }

  /// A load at any bit position within a byte still holds so many bits.
  static let oneLoadBitsMax = 56

  /// Reads one integer and moves its coder on.
  ///
  /// The caller has made sure that a word can be loaded at the position; a state is an index into the
  /// table by the table's construction, whatever the bits.
  @inline(__always)
  private static func step(
    _ input: UnsafeRawPointer, _ table: UnsafePointer<TabledANS.DecoderEntry>,
    _ state: inout Int, _ position: inout Int
  ) -> Int64 {
    let entry = unsafe table[state]
    let word = unsafe UInt64(
      littleEndian: input.loadUnaligned(fromByteOffset: position &>> 3, as: UInt64.self))
    let bits = word &>> UInt64(position & 7)
    let (stateBits, offsetBits) = (UInt64(entry.stateBits), UInt64(entry.offsetBits))
    state = Int(entry.nextBase) &+ Int(truncatingIfNeeded: bits & ((1 &<< stateBits) &- 1))
    position &+= Int(truncatingIfNeeded: stateBits &+ offsetBits)
    let offset = (bits &>> stateBits) & ((1 &<< offsetBits) &- 1)
    return entry.lower &+ Int64(bitPattern: offset)
  }
}
