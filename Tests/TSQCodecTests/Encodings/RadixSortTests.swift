import TSQTestSupport
import Testing

@testable import TSQCodec

@Suite("Sorting integers by their bytes")
struct RadixSortTests {
  @Test("any integers come out as the library sorts them", arguments: 0..<60)
  func sorts(round: Int) {
    var random = SeededGenerator(seed: UInt64(round))
    let widths: [ClosedRange<Int64>] = [
      0...0, -3...3, -40_000...40_000, .min ... .max, .min ... .min + 5, .max - 300 ... .max,
    ]
    let range = widths[round % widths.count]
    let count = [0, 1, 2, 300, 8_192][round % 5]
    var values = (0..<count).map { _ in Int64.random(in: range, using: &random) }
    let expected = values.sorted()
    var buffer = [Int64](repeating: 7, count: round)
    RadixSort.sort(&values, buffer: &buffer)
    #expect(values == expected)
  }
}
