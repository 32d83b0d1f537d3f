import TSQTestSupport
import Testing

@testable import TSQCodec

@Suite("Decimals by division")
struct DecimalTests {
  @Test("what a parser makes of a decimal text, division makes too", arguments: propertySeeds(10))
  func divisionIsParsing(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let digits = Int.random(in: 1...15, using: &random)
      let integer = Int64.random(in: -(1 << 50)...(1 << 50), using: &random) >> Int64(digits)
      let text = "\(integer)e-\(digits)"
      let parsed = try #require(Double(text))
      if integer == 0 { continue }
      #expect(Decimal.integer(parsed, digits) == integer, "\(text), seed \(seed)")
      var restored = [0.0]
      var target = restored.mutableSpan
      Decimal.restore([integer].span, digits: digits, into: &target)
      #expect(restored[0].bitPattern == parsed.bitPattern, "\(text), seed \(seed)")
    }
  }

  @Test("what is no decimal has no integer")
  func noDecimals() {
    for value in [-0.0, .nan, .infinity, -.infinity, 0x1p52, 1e300, .leastNonzeroMagnitude] {
      #expect(Decimal.integer(value, 2) == nil)
    }
    #expect(Decimal.fewestDigits(0) == 0)
    #expect(Decimal.fewestDigits(-0.0) == nil)
    #expect(Decimal.fewestDigits(12.5) == 1)
    #expect(Decimal.fewestDigits(0.1 + 0.2) == nil || Decimal.fewestDigits(0.1 + 0.2) ?? 0 >= 15)
  }

  @Test("ordered bits keep the order and come back", arguments: propertySeeds(5))
  func orderedBits(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<1_000 {
      let (a, b) = (Double(bitPattern: random.next()), Double(bitPattern: random.next()))
      #expect(OrderedBits.double(OrderedBits.integer(a)).bitPattern == a.bitPattern)
      if a.isNaN || b.isNaN { continue }
      #expect((a < b) == (OrderedBits.integer(a) < OrderedBits.integer(b)), "\(a), \(b)")
      #expect(OrderedBits.integer(1.0.nextUp) == OrderedBits.integer(1) + 1)
    }
  }
}
