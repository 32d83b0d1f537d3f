import TSQTestSupport
import Testing

@Suite("The exact arithmetic of these tests")
struct ExactNumberTests {
  @Test("doubles go in and come out", arguments: propertySeeds(5))
  func doubles(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      #expect(ExactNumber(value).asDouble() == value, "seed \(seed): \(value)")
    }
    for value in [0, 1, -1, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0x1p-1060] {
      #expect(ExactNumber(value).asDouble() == value)
    }
  }

  @Test("sums and products of whole numbers", arguments: propertySeeds(5))
  func wholeNumbers(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let a = Int64.random(in: -1_000_000...1_000_000, using: &random)
      let b = Int64.random(in: -1_000_000...1_000_000, using: &random)
      #expect((ExactNumber(a) + ExactNumber(b)).asDouble() == Double(a + b))
      #expect((ExactNumber(a) - ExactNumber(b)).asDouble() == Double(a - b))
      #expect((ExactNumber(a) * ExactNumber(b)).asDouble() == Double(a * b))
      #expect(ExactNumber(a * 7).asDouble(dividedBy: 7) == Double(a))
    }
  }

  @Test("nothing is lost between the largest and the smallest")
  func range() {
    let large = ExactNumber(1e300)
    let small = ExactNumber(1e-300)
    #expect((large + small - large).asDouble() == 1e-300)
    #expect((large * small).asDouble() == 1e300 * 1e-300)
  }
}
