import CTSQKernels
import TSQTestSupport
import Testing

/// The encoder's kernels, against plain Swift and their portable twins.
@Suite("Kernels of the choice of a packing")
struct ChoiceKernelTests {
  @Test("packed rows unpack to the integers less the base", arguments: 1...64)
  func packing(_ width: Int) {
    var random = SeededGenerator(seed: UInt64(width))
    let mask = UInt64.max >> UInt64(64 - width)
    for rows in [0, 1, 8, 63, 64] {
      let base = Int64(bitPattern: random.next())
      let values = (0..<rows * 16).map { _ in Int64(bitPattern: random.next()) }
      var fast = [UInt64](repeating: 0, count: (rows * width / 64 + 2) * 16)
      var portable = fast
      unsafe tsq_pack_rows(values, rows, UInt32(width), base, &fast)
      unsafe tsq_pack_rows_portable(values, rows, UInt32(width), base, &portable)
      #expect(fast == portable, "\(rows) rows of \(width) bits")
      var unpacked = [Int64](repeating: -1, count: values.count)
      unsafe fast.withUnsafeBytes {
        guard let bytes = unsafe $0.bindMemory(to: UInt8.self).baseAddress else { return }
        unsafe tsq_unpack_rows(bytes, rows, UInt32(width), &unpacked)
      }
      let expected = values.map { Int64(bitPattern: UInt64(bitPattern: $0 &- base) & mask) }
      #expect(unpacked == expected, "\(rows) rows of \(width) bits")
    }
  }

  @Test("ranges, changes and bit lengths", arguments: propertySeeds())
  func counting(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...70, using: &random)
    let shift = Int64.random(in: 0...63, using: &random)
    let values = (0..<count).map { _ in Int64(bitPattern: random.next()) >> shift }
    let base = values[count / 2]
    var lengths = [UInt32](repeating: 0, count: 130)
    for value in values {
      let offset = value &- base
      let length = 64 - (offset < 0 ? ~offset : offset).leadingZeroBitCount
      lengths[length + (offset < 0 ? 65 : 0)] += 1
    }
    let changes = zip(values, values.dropFirst()).count { $0 != $1 }
    var (least, greatest): (Int64, Int64) = (0, 0)
    var counts = [UInt32](repeating: 7, count: 130)
    unsafe tsq_range(values, count, &least, &greatest)
    unsafe tsq_bit_lengths(values, count, base, &counts)
    #expect(least == values.min() && greatest == values.max(), "seed \(seed)")
    #expect(counts == lengths, "seed \(seed)")
    #expect(unsafe tsq_changes(values, count) == changes, "seed \(seed)")
    (least, greatest) = (0, 0)
    counts = [UInt32](repeating: 7, count: 130)
    unsafe tsq_range_portable(values, count, &least, &greatest)
    unsafe tsq_bit_lengths_portable(values, count, base, &counts)
    #expect(least == values.min() && greatest == values.max(), "seed \(seed)")
    #expect(counts == lengths, "seed \(seed)")
    #expect(unsafe tsq_changes_portable(values, count) == changes, "seed \(seed)")
  }

  @Test("how far from a grid, the least from a floor, a few in order", arguments: propertySeeds())
  func samples(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 0...70, using: &random)
    let shift = Int64.random(in: 0...63, using: &random)
    let values = (0..<count).map { _ in Int64(bitPattern: random.next()) >> shift }
    let step = Int64(bitPattern: random.next()) >> shift
    let jitter = values.enumerated().reduce(Int64(0)) { farthest, next in
      let distance = next.element &- Int64(next.offset) &* step
      return max(farthest, Int64(clamping: distance.magnitude))
    }
    #expect(unsafe tsq_grid_jitter(values, count, step) == jitter, "seed \(seed)")
    #expect(unsafe tsq_grid_jitter_portable(values, count, step) == jitter, "seed \(seed)")
    let least = values.filter { $0 >= step }.min() ?? .max
    #expect(unsafe tsq_least_from(values, count, step, .max) == least, "seed \(seed)")
    #expect(unsafe tsq_least_from_portable(values, count, step, .max) == least, "seed \(seed)")
    let few = Array(values.prefix(Int(TSQ_FEW)))
    var (fast, portable) = (few, few)
    unsafe tsq_sort_few(&fast, few.count)
    unsafe tsq_sort_few_portable(&portable, few.count)
    #expect(fast == few.sorted() && portable == fast, "seed \(seed)")
  }

  @Test("the farthest distance from a grid is no larger than an integer holds")
  func farthest() {
    #expect(unsafe tsq_grid_jitter([0, .min], 2, 0) == .max)
    #expect(unsafe tsq_grid_jitter_portable([0, .min], 2, 0) == .max)
  }
}
