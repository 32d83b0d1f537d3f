/// The tables of a tabled asymmetric numeral system: entropy coding by table look-ups alone.
///
/// The states are `0 ..< 2^tableBits`. Each belongs to a bin; a bin of weight `f` owns `f` of them,
/// spread over the table: starting at state 0 and going on by `size / 2 + size / 8 + 3` modulo the
/// size (by 3 where the size is below 16, for which that sum may be even), the states are given to the
/// bins in their order. The `k`-th state of a bin, in rising order,
/// stands for `x = f + k`: it needs `tableBits - floor(log2 x)` more bits to reach the next state, which
/// is `(x << bits) - size + those bits`.
///
/// Source: Collet, "Finite State Entropy", 2013, whose spread and tables these are.
enum TabledANS {
  /// What a state tells the decoder.
  struct DecoderEntry: Sendable {
    /// The bin's lower bound.
    var lower: Int64 = 0
    /// The next state, less the bits to be read.
    var nextBase: UInt16 = 0
    /// Bits to be read for the next state.
    var stateBits: UInt8 = 0
    /// Bits to be read for the offset.
    var offsetBits: UInt8 = 0
  }

  /// Gives each state to a bin.
  static func spread(_ bins: [Bin], tableBits: Int, into owners: inout [UInt8]) {
    let size = 1 << tableBits
    owners.removeAll(keepingCapacity: true)
    owners.append(contentsOf: repeatElement(0, count: size))
    let step = size < 16 ? 3 : size / 2 + size / 8 + 3
    var state = 0
    for index in bins.indices {
      for _ in 0..<bins[index].weight {
        owners[state] = UInt8(index)
        state = (state + step) & (size - 1)
      }
    }
  }

  /// Builds the decoder's table; `nextRanks` is scratch.
  static func buildDecoder(
    _ bins: [Bin], tableBits: Int, owners: [UInt8], nextRanks: inout [Int],
    into entries: inout [DecoderEntry]
  ) {
    let size = 1 << tableBits
    nextRanks.removeAll(keepingCapacity: true)
    for bin in bins { nextRanks.append(bin.weight) }
    entries.removeAll(keepingCapacity: true)
    for state in 0..<size {
      let owner = Int(owners[state])
      let rank = nextRanks[owner]
      nextRanks[owner] = rank + 1
      let bits = tableBits - (Int.bitWidth - 1 - rank.leadingZeroBitCount)
      let bin = bins[owner]
      entries.append(
        DecoderEntry(
          lower: bin.lower, nextBase: UInt16((rank << bits) - size), stateBits: UInt8(bits),
          offsetBits: UInt8(bin.offsetBits)))
    }
  }

  /// Builds the encoder's table: the states of each bin in rising order, bin after bin.
  ///
  /// `starts` receives where each bin's states begin, `states` all states.
  static func buildEncoder(
    _ bins: [Bin], tableBits: Int, owners: [UInt8], starts: inout [Int], states: inout [UInt16]
  ) {
    starts.removeAll(keepingCapacity: true)
    var start = 0
    for bin in bins {
      starts.append(start)
      start += bin.weight
    }
    states.removeAll(keepingCapacity: true)
    states.append(contentsOf: repeatElement(0, count: 1 << tableBits))
    for state in owners.indices {
      let owner = Int(owners[state])
      states[starts[owner]] = UInt16(state)
      starts[owner] += 1
    }
    for index in bins.indices { starts[index] -= bins[index].weight }
  }
}
