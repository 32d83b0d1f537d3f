import CTSQKernels
import TSQTestSupport
import Testing

/// What a kernel chosen for this processor computes, the portable one computes too, bit for bit.
@Suite("Kernels and their portable twins")
struct KernelTwinTests {
  @Test("unpacking rows", arguments: 1...64)
  func unpacking(_ width: Int) {
    var random = SeededGenerator(seed: UInt64(width))
    for rows in [0, 1, 8, 63, 64] {
      let bytes = (0..<(rows * width + 63) / 64 * 128).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      var fast = [Int64](repeating: -1, count: rows * 16)
      var portable = fast
      unsafe tsq_unpack_rows(bytes, rows, UInt32(width), &fast)
      unsafe tsq_unpack_rows_portable(bytes, rows, UInt32(width), &portable)
      #expect(fast == portable, "\(rows) rows of \(width) bits")
    }
  }

  @Test("dividing and converting", arguments: propertySeeds())
  func dividing(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 0...70, using: &random)
    let integers = (0..<count).map { _ in
      Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random)
    }
    var (fast, portable) = (
      [Double](repeating: 0, count: count), [Double](repeating: 1, count: count)
    )
    let power = [10.0, 1e3, 1e15, 1e22][Int(seed % 4)]
    unsafe tsq_divide(integers, count, power, &fast)
    unsafe tsq_divide_portable(integers, count, power, &portable)
    #expect(fast.map(\.bitPattern) == portable.map(\.bitPattern), "seed \(seed)")
    #expect(fast == integers.map { Double($0) / power }, "seed \(seed)")
    unsafe tsq_to_double(integers, count, &fast)
    unsafe tsq_to_double_portable(integers, count, &portable)
    #expect(fast == portable, "seed \(seed)")
    #expect(fast == integers.map { Double($0) }, "seed \(seed)")
  }

  @Test("running sums wrap alike", arguments: propertySeeds())
  func runningSums(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 0...70, using: &random)
    let (base, origin) = (Int64(bitPattern: random.next()), Int64(bitPattern: random.next()))
    let values = (0..<count).map { _ in Int64(bitPattern: random.next()) }
    var (fast, portable) = (values, values)
    let factor = [1, 4_096, 1_000_000_007, Int64(bitPattern: random.next())][Int(seed % 4)]
    unsafe tsq_running_sum(&fast, count, base, factor, origin)
    unsafe tsq_running_sum_portable(&portable, count, base, factor, origin)
    #expect(fast == portable, "seed \(seed)")
    var sum = origin
    #expect(
      fast
        == values.map {
          sum &+= ($0 &+ base) &* factor; return sum
        }, "seed \(seed)")
  }

  @Test("integers at the edges of what a double holds convert as the processor does")
  func convertingEdges() {
    var integers: [Int64] = [.min, .max, 0, -1, 1]
    for bit in Int64(1)..<63 {
      let power = Int64(1) << bit
      for near in [-3, -2, -1, 0, 1, 2, 3] as [Int64] {
        integers += [power &+ near, 0 &- power &+ near, power &+ power >> 53 &+ near]
      }
    }
    let count = integers.count
    var (fast, portable) = (
      [Double](repeating: 0, count: count), [Double](repeating: 1, count: count)
    )
    unsafe tsq_to_double(integers, count, &fast)
    unsafe tsq_to_double_portable(integers, count, &portable)
    #expect(fast.map(\.bitPattern) == integers.map { Double($0).bitPattern })
    #expect(portable.map(\.bitPattern) == integers.map { Double($0).bitPattern })
  }

  @Test("bits in order", arguments: propertySeeds())
  func ordering(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let integers = (0..<Int.random(in: 0...70, using: &random)).map { _ in
      Int64(bitPattern: random.next())
    }
    let count = integers.count
    var (fast, portable) = (
      [Double](repeating: 0, count: count), [Double](repeating: 1, count: count)
    )
    unsafe tsq_order(integers, count, &fast)
    unsafe tsq_order_portable(integers, count, &portable)
    let expected = integers.map { UInt64(bitPattern: $0 ^ (($0 >> 63) & Int64.max)) }
    #expect(fast.map(\.bitPattern) == expected, "seed \(seed)")
    #expect(portable.map(\.bitPattern) == expected, "seed \(seed)")
  }

  @Test("decimals with residuals, there and back", arguments: propertySeeds())
  func decimalsAndResiduals(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...70, using: &random)
    var values = (0..<count).map { _ in Double.random(in: -1000...1000, using: &random) }
    values[0] = -0.0
    let power = [1, 10, 1e3, 1e12][Int(seed % 4)]
    var fast = [Int64](repeating: 0, count: count)
    var portable = [Int64](repeating: 1, count: count)
    var (fastRest, portableRest) = (portable, fast)
    #expect(unsafe tsq_split_decimals(values, count, power, &fast, &fastRest) == 1)
    #expect(unsafe tsq_split_decimals_portable(values, count, power, &portable, &portableRest) == 1)
    #expect(fast == portable && fastRest == portableRest, "seed \(seed)")
    #expect(fast == values.map { Int64(($0 * power).rounded(.toNearestOrEven)) }, "seed \(seed)")
    var joined = [Double](repeating: 0, count: count)
    var twin = [Double](repeating: 1, count: count)
    unsafe tsq_join_decimals(fast, fastRest, count, power, &joined)
    unsafe tsq_join_decimals_portable(fast, fastRest, count, power, &twin)
    #expect(joined.map(\.bitPattern) == values.map(\.bitPattern), "seed \(seed)")
    #expect(joined.map(\.bitPattern) == twin.map(\.bitPattern), "seed \(seed)")
    for outside in [0x1p51 / power, -.infinity, .nan] {
      values[count / 2] = outside
      #expect(unsafe tsq_split_decimals(values, count, power, &fast, &fastRest) == 0)
      #expect(unsafe tsq_split_decimals_portable(values, count, power, &fast, &fastRest) == 0)
    }
  }

  @Test("joining high and low bits", arguments: propertySeeds())
  func joiningBits(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 0...70, using: &random)
    let (high, low) = (
      (0..<count).map { _ in Int64(bitPattern: random.next()) },
      (0..<count).map { _ in Int64(bitPattern: random.next()) }
    )
    let lowBits = Int64.random(in: 1...63, using: &random)
    var (fast, portable) = (
      [Double](repeating: 0, count: count), [Double](repeating: 1, count: count)
    )
    unsafe tsq_join_bits(high, low, count, UInt32(lowBits), &fast)
    unsafe tsq_join_bits_portable(high, low, count, UInt32(lowBits), &portable)
    #expect(fast.map(\.bitPattern) == portable.map(\.bitPattern), "seed \(seed)")
    let expected = zip(high, low).map { high, low in
      let bits = (high << lowBits) ^ low
      return UInt64(bitPattern: bits ^ ((bits >> 63) & Int64.max))
    }
    #expect(fast.map(\.bitPattern) == expected, "seed \(seed)")
  }
}
