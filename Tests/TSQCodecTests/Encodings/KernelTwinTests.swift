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
    unsafe tsq_running_sum(&fast, count, base, origin)
    unsafe tsq_running_sum_portable(&portable, count, base, origin)
    #expect(fast == portable, "seed \(seed)")
    var sum = origin
    #expect(
      fast
        == values.map {
          sum &+= $0 &+ base; return sum
        }, "seed \(seed)")
  }
}
