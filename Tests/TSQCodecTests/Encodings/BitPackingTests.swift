import TSQTestSupport
import Testing

@testable import TSQCodec

@Suite("Bit packing")
struct BitPackingTests {
  @Test("every width at counts around every boundary comes back", arguments: 0...64)
  func roundTrip(_ width: Int) {
    var random = SeededGenerator(seed: UInt64(width) + 9)
    var words: [UInt64] = []
    for count in [0, 1, 15, 16, 127, 128, 129, 500, 1_023, 1_024, 1_025, 1_279, 2_048] {
      let values = (0..<count).map { _ in Self.random(width, &random) }
      var writer = ByteWriter()
      BitPacking.pack(values.span, width: width, into: &writer, words: &words)
      #expect(writer.count == (count * width + 7) / 8, "\(count) values")
      var unpacked = [Int64](repeating: -7, count: count)
      var target = unpacked.mutableSpan
      BitPacking.unpack(writer.rawSpan, width: width, into: &target)
      #expect(unpacked == values, "\(count) values of \(width) bits")
    }
  }

  @Test("the layout is the one the format page gives", arguments: [1, 3, 7, 8, 13, 31, 63, 64])
  func layout(_ width: Int) {
    var random = SeededGenerator(seed: UInt64(width))
    var words: [UInt64] = []
    for count in [20, 128, 300, 1_024, 1_500] {
      let values = (0..<count).map { _ in Self.random(width, &random) }
      var writer = ByteWriter()
      BitPacking.pack(values.span, width: width, into: &writer, words: &words)
      #expect(Self.read(writer.bytes, count: count, width: width) == values)
    }
  }

  private static func random(_ width: Int, _ random: inout SeededGenerator) -> Int64 {
    width == 0 ? 0 : Int64(bitPattern: random.next() >> UInt64(64 - width))
  }

  /// A reader of the layout bit by bit, which shares nothing with the packing but the description.
  private static func read(_ bytes: [UInt8], count: Int, width: Int) -> [Int64] {
    func bit(_ position: Int) -> UInt64 { UInt64(bytes[position / 8] >> (position % 8) & 1) }
    return (0..<count).map { index in
      let group = index / 1_024
      let groupCount = min(1_024, count - group * 1_024)
      let groupBit = group * 1_024 * width
      let place = index % 1_024
      let interleaved = groupCount / 128 * 128
      var value: UInt64 = 0
      for low in 0..<width {
        if place >= interleaved {
          value |=
            bit(groupBit + interleaved * width + (place - interleaved) * width + low)
            << UInt64(low)
          continue
        }
        let (lane, row) = (place % 16, place / 16)
        let laneBits = interleaved / 16 * width
        let position = row * width + low
        let wholeWords = laneBits / 64
        let tailBits = laneBits % 64
        let stored =
          position / 64 < wholeWords
          ? (position / 64 * 16 + lane) * 64 + position % 64
          : wholeWords * 16 * 64 + lane * tailBits + position % 64
        value |= bit(groupBit + stored) << UInt64(low)
      }
      return Int64(bitPattern: value)
    }
  }
}
