import Foundation
import TSQCodec
import TSQTestSupport
import Testing

/// The parser against the slow one, on inputs nobody would write by hand.
@Suite struct LineProtocolPropertyTests {
  /// Limits so small that random lines pass them.
  static let tight = LineProtocolLimits(
    lineBytes: 70, fieldsPerLine: 3, labelsPerSeries: 2, labelNameBytes: 3, labelValueBytes: 12)

  @Test("equal to the reference, known and unknown keys", arguments: propertySeeds(24))
  func equalsReference(seed: UInt64) {
    var generator = InputGenerator(seed: seed)
    for kind in InputGenerator.Kind.allCases {
      for limits in [LineProtocolLimits(), Self.tight] {
        for end in [LineProtocolParser.InputEnd.complete, .cut] {
          let input = generator.input(kind, lines: 12)
          let precision = LinePrecision.allCases.randomElement(using: &generator.random) ?? .seconds
          check(input, limits, precision, end, seed)
        }
      }
    }
  }

  /// Runs an input through both parsers; the second pass takes the quick way wherever there is one.
  private func check(
    _ input: [UInt8], _ limits: LineProtocolLimits, _ precision: LinePrecision,
    _ end: LineProtocolParser.InputEnd, _ seed: UInt64
  ) {
    let expected = ReferenceParser(limits: limits, precision: precision, end: end).run(input)
    var driver = ParseDriver(limits: limits, precision: precision, end: end)
    var keys = SeriesKeyTable()
    for pass in ["new keys", "known keys"] {
      let found = driver.run(input, keys: &keys)
      #expect(found == expected, "seed \(seed), \(pass), \(end), input \(quoted(input))")
    }
    // Padding behind the last line lets the quick way read as far as it likes.
    let padded = input + Array("\n\(String(repeating: "#", count: 60))\n".utf8)
    if end == .complete {
      let paddedExpected = ReferenceParser(limits: limits, precision: precision).run(padded)
      #expect(
        driver.run(padded, keys: &keys) == paddedExpected, "seed \(seed), input \(quoted(padded))")
    }
  }

  @Test("the same however the input is cut", arguments: propertySeeds(5))
  func cutsDoNotMatter(seed: UInt64) {
    var generator = InputGenerator(seed: seed)
    for kind in InputGenerator.Kind.allCases {
      for limits in [LineProtocolLimits(), Self.tight] {
        let input = generator.input(kind, lines: 4)
        var driver = ParseDriver(limits: limits, end: .cut)
        let whole = driver.run(input)
        for cut in input.indices {
          #expect(
            driver.run(input, cuts: [cut]) == whole,
            "seed \(seed), cut at \(cut) of \(quoted(input))")
        }
        let bytewise = driver.run(input, cuts: Array(input.indices))
        #expect(bytewise == whole, "seed \(seed), byte by byte, \(quoted(input))")
      }
    }
  }

  @Test("small batches and key tables change nothing", arguments: propertySeeds(10))
  func smallCapacities(seed: UInt64) {
    var generator = InputGenerator(seed: seed)
    let limits = LineProtocolLimits(fieldsPerLine: 6)
    let input = generator.input(.mutated, lines: 40)
    var wide = ParseDriver(limits: limits)
    var narrow = ParseDriver(limits: limits, batchCapacity: 6, keyCapacity: 6)
    #expect(narrow.run(input) == wide.run(input), "seed \(seed)")
  }

  @Test("random input for as long as TSQ_FUZZ_SECONDS says")
  func fuzz() {
    let seconds = environment("TSQ_FUZZ_SECONDS").flatMap { Double($0) } ?? 1
    let start = Date()
    var seed = UInt64(start.timeIntervalSince1970 * 1000)
    if let fixed = environment("TSQ_TEST_SEED").flatMap({ UInt64($0) }) { seed = fixed }
    var rounds = 0
    while Date().timeIntervalSince(start) < seconds {
      var generator = InputGenerator(seed: seed)
      let kind = InputGenerator.Kind.allCases[Int(seed % 3)]
      let input = generator.input(kind, lines: 30)
      let limits = seed % 2 == 0 ? LineProtocolLimits() : Self.tight
      let cuts = (0..<3).map { _ in Int.random(in: 0...input.count, using: &generator.random) }
      check(input, limits, .milliseconds, seed % 5 == 0 ? .cut : .complete, seed)
      var driver = ParseDriver(limits: limits)
      let whole = driver.run(input)
      #expect(driver.run(input, cuts: cuts.sorted()) == whole, "seed \(seed), cuts \(cuts)")
      seed &+= 1
      rounds += 1
    }
    print("fuzzed \(rounds) inputs up to seed \(seed)")
    #expect(rounds > 0)
  }

  private func quoted(_ input: [UInt8]) -> String {
    String(decoding: input, as: UTF8.self).debugDescription
  }
}
