import TSQCodec
import TSQTestSupport
import Testing

private func compress(_ bytes: [UInt8]) -> [UInt8]? { LZ4.compress(bytes.rawSpan) }

private func decompress(_ bytes: [UInt8], expectedCount: Int) throws(LZ4Error) -> [UInt8] {
  try LZ4.decompress(bytes.rawSpan, expectedCount: expectedCount)
}

@Suite("LZ4")
struct LZ4Tests {
  @Test("what is compressed comes back, and is smaller", arguments: [10, 100, 5_000, 300_000])
  func roundTrip(_ count: Int) throws {
    let bytes = (0..<count).map { UInt8($0 / 20 % 7) }
    let compressed = try #require(compress([UInt8](repeating: 7, count: 200)))
    #expect(compressed.count < 20)
    if let compressed = compress(bytes) {
      #expect(compressed.count < bytes.count)
      #expect(try decompress(compressed, expectedCount: count) == bytes)
    } else {
      #expect(count < 20, "\(count) repeating bytes must compress")
    }
  }

  @Test("noise and nothing are not compressed")
  func incompressible() {
    var random = SeededGenerator(seed: 1)
    let noise = (0..<1_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    #expect(compress(noise) == nil)
    #expect(compress([UInt8]()) == nil)
    #expect(compress([UInt8(1)]) == nil)
  }

  @Test("a wrong size is an error, and an absurd one takes no memory")
  func wrongSizes() throws {
    let bytes = [UInt8](repeating: 3, count: 1_000)
    let compressed = try #require(compress(bytes))
    for wrong in [0, 1, 999, 1_001] {
      #expect(throws: LZ4Error.corrupt(expectedCount: wrong)) {
        try decompress(compressed, expectedCount: wrong)
      }
    }
    #expect(throws: LZ4Error.sizeOutOfRange(expectedCount: -1)) {
      try decompress(compressed, expectedCount: -1)
    }
    #expect(throws: LZ4Error.sizeOutOfRange(expectedCount: .max)) {
      try decompress(compressed, expectedCount: .max)
    }
    // Within the limit, but more than so few bytes can stand for.
    #expect(throws: LZ4Error.corrupt(expectedCount: 50_000_000)) {
      try decompress(compressed, expectedCount: 50_000_000)
    }
  }

  @Test("damaged bytes are an error or other bytes, never a trap", arguments: propertySeeds())
  func damage(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let bytes = (0..<500).map { UInt8($0 / 9 % 5) }
    var compressed = try #require(compress(bytes))
    for _ in 0..<200 {
      compressed[Int.random(in: compressed.indices, using: &random)] ^=
        UInt8.random(in: 1...255, using: &random)
      let result = try? decompress(compressed, expectedCount: 500)
      #expect(result == nil || result?.count == 500, "seed \(seed)")
    }
  }
}
