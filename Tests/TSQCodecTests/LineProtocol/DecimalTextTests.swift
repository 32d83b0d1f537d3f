import TSQTestSupport
import Testing

@testable import TSQCodec

/// Every way a number can be read gives the double nearest to the text.
@Suite struct DecimalTextTests {
  /// The parser's value of a float text, by the quick way if it takes the text and the complete one.
  private func parse(_ text: String) -> (quick: Double?, complete: Double?) {
    let bytes = Array(text.utf8)
    let padded = bytes + Array(" 0000000000000000000000000000000000000000".utf8)
    let quick = unsafe QuickNumber.fieldValue(padded.span.bytes, at: 0)
    let complete = unsafe DecimalText.double(bytes.span.bytes, from: 0, to: bytes.count)
    return (quick.next == bytes.count ? quick.value : nil, complete)
  }

  private func check(_ text: String, _ note: String = "") throws {
    let expected = try #require(Double(text), "\(text)")
    let found = parse(text)
    #expect(found.complete?.bitPattern == expected.bitPattern, "\(text) \(note)")
    if let quick = found.quick {
      #expect(quick.bitPattern == expected.bitPattern, "quick \(text) \(note)")
    }
  }

  @Test(
    "the cases that catch wrong rounding",
    arguments: [
      "0", "-0", "0.0", "00", "1", "0.1", "0.3", "123456789012345", "9007199254740993",
      "9007199254740993.0000000000000000001", "9007199254740992.9999999999999999999",
      "18446744073709551615", "18446744073709551616", "1e22", "1e23", "8.5e22", "1e-22", "1e-23",
      "2.2250738585072011e-308", "2.2250738585072014e-308", "4.9e-324", "2.4703282292062327e-324",
      "2.4703282292062328e-324", "1.7976931348623157e308", "1.7976931348623159e308", "1e309",
      "1e-400", "0e999999999999999999999", "7.2057594037927933e16", "5e-324", "3.0e-324",
      "1090544144181609348671888949248", "0.000000000000000000000000000000000000000000000000001",
      "1.00000000000000011102230246251565404236316680908203125",
      "1.00000000000000011102230246251565404236316680908203124",
      "1.00000000000000011102230246251565404236316680908203126",
      "123456789.123456789", "1234567890123456.5", "99999999999999999999", "1.e5", ".5", "-.5e-3",
      "6.9294956446009195e15", "3.0456852791877944", "8.98846567431158e307", "1e+5", "1E5",
    ])
  func hardCases(text: String) throws { try check(text) }

  @Test("random shortest decimals read back", arguments: propertySeeds(20))
  func shortest(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let anything = Double(bitPattern: random.next())
      if anything.isFinite { try check("\(anything)", "seed \(seed)") }
      try check("\(Double.random(in: -1000...1000, using: &random))", "seed \(seed)")
    }
  }

  @Test("random digits around a random point and exponent", arguments: propertySeeds(20))
  func randomDigits(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<1_000 {
      var digits = ""
      for _ in 0..<Int.random(in: 1...25, using: &random) {
        digits += "\(Int.random(in: 0...9, using: &random))"
      }
      let point = Int.random(in: 0...digits.count, using: &random)
      var text = digits.prefix(point) + "." + digits.dropFirst(point)
      if random.next() % 2 == 0 { text += "e\(Int.random(in: -90...90, using: &random))" }
      try check((random.next() % 2 == 0 ? "-" : "") + text, "seed \(seed)")
    }
  }

  @Test("halfway between two doubles goes to the even one", arguments: propertySeeds(10))
  func halfway(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      // An odd 54-bit integer times a power of two lies exactly between two doubles.
      let odd = (random.next() >> 10) | 1 << 53 | 1
      let shift = Int.random(in: 0...9, using: &random)
      try check("\(odd << UInt64(shift))", "seed \(seed)")
      try check("\(odd << UInt64(shift)).0000000000000000000000001", "seed \(seed)")
    }
  }

  @Test(
    "malformed decimals are refused",
    arguments: [
      "", "-", ".", "-.", "+1", "1e", "1e+", "e5", "1..2", "1.2.3", "--1", "1e5.0", "0x10", "inf",
      "nan", "1_000", " 1", "1 ", "1,", "١",
    ])
  func malformed(text: String) { #expect(parse(text).complete == nil) }

  @Test(
    "integers to their last value",
    arguments: [
      ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min), ("-0", 0),
      ("007", 7), ("9223372036854775808", nil), ("-9223372036854775809", nil), ("", nil),
      ("-", nil), ("+1", nil), ("1.0", nil), ("99999999999999999999999", nil),
    ])
  func integers(text: String, expected: Int64?) {
    let bytes = Array(text.utf8)
    let found = unsafe DecimalText.int64(bytes.span.bytes, from: 0, to: bytes.count)
    #expect(found == expected)
  }

  @Test("timestamps of every length, by the quick way")
  func timestamps() {
    var text = ""
    for digit in "9223372036854775807" {
      text.append(digit)
      let padded = Array((text + "\n" + String(repeating: "9", count: 40)).utf8)
      let found = unsafe QuickNumber.timestamp(padded.span.bytes, at: 0)
      #expect(found.count == Int64(text))
      #expect(found.next == text.count)
    }
    for bad in [
      "9223372036854775808", "99999999999999999999", "-1", "x", "123456789012345678901234",
    ] {
      let padded = Array((bad + "\n" + String(repeating: " ", count: 40)).utf8)
      #expect(unsafe QuickNumber.timestamp(padded.span.bytes, at: 0).next == -1, "\(bad)")
    }
  }
}
