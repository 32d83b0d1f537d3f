/// Chooses the bins that make a column smallest.
///
/// The sorted integers are cut into atoms, single values where there are few distinct ones and about 128
/// equal shares of the column where there are many; then the cheapest way to join neighbouring
/// atoms into bins is found by dynamic programming, exactly, for a cost that counts symbol bits, offset
/// bits and the table. All arithmetic is in whole 1/4,096 bits, so that the choice is the same on every
/// processor.
struct BinChooser: Sendable {
  static let atomCountMax = 128
  /// Bits are counted in units of this part.
  static let costUnit = 4_096

  private var sorted: [Int64] = []
  private var buffer: [Int64] = []
  private var atoms: [Atom] = []
  private var costs: [Int] = []
  private var origins: [Int] = []
  /// The bins of the last choice.
  private(set) var bins: [Bin] = []
  private(set) var tableBits = 0
  /// How many integers fall in each bin.
  private var counts: [Int] = []

  /// A run of the sorted column: its bounds, and how many integers come before its end.
  private struct Atom {
    var lower: Int64
    var upper: Int64
    var countThrough: Int
  }

  /// Chooses bins for some integers and returns the bytes that the column will take, nearly.
  mutating func choose(_ values: Span<Int64>) -> Int {
    sorted.resizeScratch(values.count)
    for index in values.indices { sorted[index] = values[index] }
    RadixSort.sort(&sorted, buffer: &buffer)
    collectAtoms()
    join()
    return quantize(total: values.count)
  }

  /// Cuts the sorted integers into atoms; equal integers stay together.
  private mutating func collectAtoms() {
    var distinct = 1
    for index in 1..<max(1, sorted.count) where sorted[index] != sorted[index - 1] {
      distinct += 1
      if distinct > BinChooser.atomCountMax { break }
    }
    let share = distinct <= BinChooser.atomCountMax ? 1 : sorted.count / BinChooser.atomCountMax + 1
    atoms.removeAll(keepingCapacity: true)
    var start = 0
    while start < sorted.count {
      let end = atomEnd(from: start, share: share)
      atoms.append(Atom(lower: sorted[start], upper: sorted[end - 1], countThrough: end))
      start = end
    }
  }

  /// Where the atom that begins at a position ends.
  private func atomEnd(from start: Int, share: Int) -> Int {
    let count = sorted.count
    // Finer towards both ends, where a few outliers would widen an atom of many.
    let size = min(share, max(1, min(start, count - start) / 4))
    var end = min(count, start + size)
    let last = sorted[end - 1]
    var runStart = end - 1
    while end < count, sorted[end] == last { end += 1 }
    while runStart > start, sorted[runStart - 1] == last { runStart -= 1 }
    // A value that many share is an atom of its own.
    return runStart > start && end - runStart > share / 2 ? runStart : end
  }

  /// Finds the cheapest partition of the atoms into bins.
  private mutating func join() {
    let total = sorted.count
    let totalLog = BinaryLogarithm.of(total)
    // What one more bin adds to the table.
    let binCost = (Bins.bitWidth(total) / 2 + 5) * BinChooser.costUnit
    costs.resizeScratch(atoms.count + 1)
    origins.resizeScratch(atoms.count + 1)
    costs[0] = 0
    for end in 1...atoms.count {
      var (best, origin) = (Int.max, 0)
      for start in stride(from: end - 1, through: 0, by: -1) {
        let before = start == 0 ? 0 : atoms[start - 1].countThrough
        let count = atoms[end - 1].countThrough - before
        let range = UInt64(bitPattern: atoms[end - 1].upper &- atoms[start].lower)
        let offsetCost = (64 - range.leadingZeroBitCount) * BinChooser.costUnit
        let cost =
          costs[start] + binCost + count * (offsetCost + totalLog - BinaryLogarithm.of(count))
        if cost < best { (best, origin) = (cost, start) }
      }
      costs[end] = best
      origins[end] = origin
    }
    bins.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
    var end = atoms.count
    while end > 0 {
      let start = origins[end]
      let before = start == 0 ? 0 : atoms[start - 1].countThrough
      let range = UInt64(bitPattern: atoms[end - 1].upper &- atoms[start].lower)
      bins.append(
        Bin(lower: atoms[start].lower, offsetBits: 64 - range.leadingZeroBitCount, weight: 1))
      counts.append(atoms[end - 1].countThrough - before)
      end = start
    }
    bins.reverse()
    counts.reverse()
  }

  /// Sets the weights for the cheapest table size and returns the bytes of the whole column.
  private mutating func quantize(total: Int) -> Int {
    var (bestCost, bestBits) = (Int.max, 0)
    let least = Bins.bitWidth(bins.count - 1)
    for tableBits in least...max(least, min(10, least + 6)) {
      setWeights(total: total, tableBits: tableBits)
      var cost = Bins.tableCost(binCount: bins.count, tableBits: tableBits) * BinChooser.costUnit
      for (bin, count) in zip(bins, counts) {
        cost +=
          count
          * ((tableBits + bin.offsetBits) * BinChooser.costUnit - BinaryLogarithm.of(bin.weight))
      }
      if cost < bestCost { (bestCost, bestBits) = (cost, tableBits) }
    }
    tableBits = bestBits
    setWeights(total: total, tableBits: tableBits)
    return bestCost / BinChooser.costUnit / 8 + 8
  }

  /// Shares the table's states among the bins in proportion to their counts, at least one each.
  private mutating func setWeights(total: Int, tableBits: Int) {
    let size = 1 << tableBits
    var left = size
    for index in bins.indices {
      bins[index].weight = max(1, (counts[index] * size + total / 2) / total)
      left -= bins[index].weight
    }
    while left != 0 {
      // Where one state more or less changes the cost least: the bin with the most states.
      var place = 0
      for index in bins.indices where bins[index].weight > bins[place].weight { place = index }
      let change = left > 0 ? left : max(left, -max(1, bins[place].weight / 8))
      bins[place].weight += change
      left -= change
    }
  }
}

/// Logarithms to base 2 in whole 1/4,096, by integer arithmetic.
enum BinaryLogarithm {
  /// One for every count a frame may have, and for every weight.
  private static let table: [Int32] = {
    [0] + (1...ColumnFrame.samplesPerFrameMax).map { compute($0) }
  }()

  /// The logarithm of `1 ... ColumnFrame.samplesPerFrameMax`.
  static func of(_ number: Int) -> Int { Int(table[number]) }

  /// Bit by bit: squaring a number in 1..<2 doubles its logarithm.
  private static func compute(_ number: Int) -> Int32 {
    let whole = Int.bitWidth - 1 - number.leadingZeroBitCount
    var mantissa = UInt64(number) << UInt64(31 - whole)
    var fraction: Int32 = 0
    for _ in 0..<12 {
      mantissa = (mantissa * mantissa) >> 31
      fraction <<= 1
      if mantissa >= 1 << 32 {
        mantissa >>= 1
        fraction |= 1
      }
    }
    return Int32(whole) << 12 | fraction
  }
}
