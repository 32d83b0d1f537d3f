import TSQTestSupport
import Testing

@testable import TSQForecast

@Suite("Order statistics")
struct SelectionTests {
  @Test("selecting a rank agrees with sorting", arguments: propertySeeds(20))
  func ranks(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...60, using: &generator)
    // Few distinct values: ties are what breaks a partition.
    let values = (0..<count).map { _ in Double(Int.random(in: 0...9, using: &generator)) }
    let sorted = values.sorted()
    for rank in 0..<count {
      var copy = values
      #expect(Selection.select(&copy, rank: rank) == sorted[rank], "seed \(seed)")
      #expect(copy.sorted() == sorted, "seed \(seed)")
    }
  }

  @Test("several quantiles at once are those asked for one by one", arguments: propertySeeds(20))
  func several(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...60, using: &generator)
    let values = (0..<count).map { _ in Double(Int.random(in: 0...9, using: &generator)) / 4 }
    let probabilities = [0.1, 0.9, 0.025, 0.975, 0.5, 0, 1]
    var copy = values
    let together = Selection.quantiles(&copy, probabilities)
    for (probability, quantile) in zip(probabilities, together) {
      var single = values
      #expect(Selection.quantile(&single, probability) == quantile, "seed \(seed)")
    }
    #expect(copy.sorted() == values.sorted())
  }

  @Test("quantiles interpolate as Hyndman and Fan's type 7")
  func quantiles() {
    var values: [Double] = [15, 20, 35, 40, 50]
    #expect(abs(Selection.quantile(&values, 0.4) - 29) < 1e-12)
    #expect(Selection.quantile(&values, 0) == 15)
    #expect(Selection.quantile(&values, 1) == 50)
    #expect(Selection.median([4, 1, 3, 2]) == 2.5)
    #expect(Selection.median([]).isNaN)
  }

  @Test(
    "normal quantiles agree with published tables",
    arguments: [
      (0.5, 0.0), (0.8413447460685429, 1.0), (0.9, 1.2815515655446004),
      (0.975, 1.959963984540054), (0.999, 3.090232306167813), (1e-10, -6.361340902404056),
    ])
  func normal(probability: Double, expected: Double) {
    #expect(abs(Quantile.normal(probability) - expected) < 1e-8)
    #expect(abs(Quantile.normal(1 - probability) + expected) < 1e-6)
  }

  @Test(
    "Student's t quantiles agree with published tables",
    arguments: [
      (0.95, 1.0, 6.313751515), (0.95, 5.0, 2.015048373), (0.975, 10.0, 2.228138852),
      (0.95, 30.0, 1.697260887), (0.995, 3.0, 5.840909310), (0.95, 1e9, 1.644853627),
    ])
  func student(probability: Double, degrees: Double, expected: Double) {
    #expect(abs(Quantile.studentT(probability, degrees: degrees) - expected) < 1e-6)
    #expect(abs(Quantile.studentT(1 - probability, degrees: degrees) + expected) < 1e-6)
  }
}
