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

  @Test("how many are wide, and where the next one is", arguments: propertySeeds())
  func wide(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 0...70, using: &random)
    let width = Int.random(in: 0...63, using: &random)
    let base = Int64(bitPattern: random.next())
    let values = (0..<count).map { _ in
      // A few are a little wider than the rest, or below the base.
      let narrow = width == 0 ? 0 : random.next() >> UInt64(64 - width)
      let isWide = UInt64.random(in: 0..<8, using: &random) == 0
      return base &+ Int64(bitPattern: isWide ? random.next() : narrow)
    }
    let offsets = values.map { UInt64(bitPattern: $0 &- base) }
    let (first, second) = (UInt64(1) << UInt64(width), random.next())
    let expected = [first, second, 1 << 63].map { limit in offsets.count { $0 >= limit } }
    var (fast, portable) = ([7, 7, 7], [7, 7, 7])
    unsafe tsq_counts_from(values, count, base, first, second, &fast)
    unsafe tsq_counts_from_portable(values, count, base, first, second, &portable)
    #expect(fast == expected && portable == expected, "seed \(seed)")
    let places = offsets.indices.filter { offsets[$0] >> UInt64(width) != 0 }
    var quick = [UInt16](repeating: 0, count: count + 1)
    var plain = quick
    let found = unsafe tsq_wide_places(values, count, base, UInt32(width), &quick)
    let plainly = unsafe tsq_wide_places_portable(values, count, base, UInt32(width), &plain)
    #expect(quick.prefix(found).map(Int.init) == places, "seed \(seed)")
    #expect(plain.prefix(plainly).map(Int.init) == places, "seed \(seed)")
  }

  @Test("differences, and differences of differences", arguments: propertySeeds())
  func differences(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let values = (0..<Int.random(in: 0...70, using: &random)).map { _ in
      Int64(bitPattern: random.next())
    }
    let untouched = [Int64](repeating: 7, count: values.count)
    var (steps, bends) = (untouched, untouched)
    for index in values.indices.dropFirst() { steps[index] = values[index] &- values[index - 1] }
    for index in values.indices.dropFirst(2) { bends[index] = steps[index] &- steps[index - 1] }
    var (fast, portable) = (untouched, untouched)
    unsafe tsq_differences(values, values.count, &fast)
    unsafe tsq_differences_portable(values, values.count, &portable)
    #expect(fast == steps && portable == steps, "seed \(seed)")
    (fast, portable) = (untouched, untouched)
    unsafe tsq_bends(values, values.count, &fast)
    unsafe tsq_bends_portable(values, values.count, &portable)
    #expect(fast == bends && portable == bends, "seed \(seed)")
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
