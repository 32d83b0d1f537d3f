import TSQTestSupport
import Testing

@testable import TSQCodec

@Suite("Byte writer")
struct ByteWriterTests {
  @Test("deltas written at once are those written one by one", arguments: propertySeeds(8))
  func deltas(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for count in [0, 1, 2, 50, 511, 512, 513, 2_000] {
      let width = Int.random(in: 1...64, using: &generator)
      let numbers = (0..<count).map { _ in
        Int64(bitPattern: UInt64.random(in: 0...UInt64.max, using: &generator)) >> (64 - width)
      }
      var (whole, single) = (ByteWriter(), ByteWriter())
      whole.append(deltasOf: numbers.span)
      var previous: Int64 = 0
      for number in numbers {
        single.append(zigzag: number &- previous)
        previous = number
      }
      #expect(whole.bytes == single.bytes, "seed \(seed), \(count) numbers of \(width) bits")
    }
  }
}
