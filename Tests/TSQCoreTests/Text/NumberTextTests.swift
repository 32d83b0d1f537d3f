import TSQCore
import TSQTestSupport
import Testing

@Suite("Numbers as text")
struct NumberTextTests {
  @Test(
    "Prometheus' spelling",
    arguments: [
      (0, "0"), (-0.0, "-0"), (1, "1"), (-17, "-17"), (0.1, "0.1"), (1234.5, "1234.5"),
      (100, "100"), (1e20, "100000000000000000000"), (1e21, "1e+21"), (1.5e300, "1.5e+300"),
      (1e-6, "0.000001"), (1e-7, "1e-07"), (1.25e-10, "1.25e-10"),
      (0.1 + 0.2, "0.30000000000000004"),
      (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
      (9_007_199_254_740_992, "9007199254740992"),
      (1.7976931348623157e308, "1.7976931348623157e+308"), (.leastNonzeroMagnitude, "5e-324"),
    ] as [(Double, String)])
  func spelling(_ value: Double, _ text: String) {
    #expect(NumberText.shortest(value) == text)
  }

  @Test("every double comes back from its text", arguments: propertySeeds())
  func roundTrip(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let value = Double(bitPattern: random.next())
      let read = try #require(NumberText.value(NumberText.shortest(value)))
      #expect(value.isNaN ? read.isNaN : read.bitPattern == value.bitPattern, "seed \(seed)")
    }
  }

  @Test("special values in any case; neither hexadecimal nor words")
  func reading() {
    for text in ["Inf", "+inf", "INF"] { #expect(NumberText.value(text) == .infinity) }
    #expect(NumberText.value("-Inf") == -.infinity)
    #expect(NumberText.value("nan")?.isNaN == true)
    #expect(NumberText.value("1e3") == 1_000)
    for text in [
      "", " 1", "1 ", "0x10", "infinity", "1,5", "--1", "1e", "e1", ".", "+-1", "nan(1)",
    ] {
      #expect(NumberText.value(text) == nil, "\(text)")
    }
  }
}
