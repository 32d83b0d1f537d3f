import Foundation
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

  @Test("values by rank agree with sorting", arguments: propertySeeds(40))
  func valuesByRank(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...900, using: &generator)
    // Heavy tails put nearly all values into one cell, few distinct ones many into one.
    let values = Synthetic.white(count, seed: seed).map { value in
      switch seed % 3 {
      case 0: value.rounded()
      case 1: value * value * value * value * value * 1e9
      default: value
      }
    }
    let sorted = values.sorted()
    let ranks = Set((0..<7).map { _ in Int.random(in: 0..<count, using: &generator) }).sorted()
    #expect(RankSearch.values(values, atRanks: ranks) == ranks.map { sorted[$0] }, "seed \(seed)")
  }

  @Test("ranks are found among values near the largest double, and among equal ones")
  func extremeValues() {
    let wide = (0..<200).map { $0 % 2 == 0 ? 1.7e308 : -1.7e308 }
    let middle = RankSearch.values(wide, atRanks: [0, 99, 100, 199])
    #expect(middle == [-1.7e308, -1.7e308, 1.7e308, 1.7e308])
    let same = [Double](repeating: 5, count: 200)
    #expect(RankSearch.values(same, atRanks: [0, 199]) == [5, 5])
    let tiny = (0..<200).map { $0 < 150 ? 0.0 : Double.leastNonzeroMagnitude }
    #expect(RankSearch.values(tiny, atRanks: [149, 150]) == [0, Double.leastNonzeroMagnitude])
  }

  @Test("quantiles interpolate as Hyndman and Fan's type 7")
  func quantiles() {
    let values: [Double] = [15, 20, 35, 40, 50]
    let found = Selection.quantiles(values, [0.4, 0, 1])
    #expect(abs(found[0] - 29) < 1e-12)
    #expect(found[1...] == [15, 50])
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

  @Test(
    "Student's t quantiles of one and two degrees are the closed forms, far out too",
    arguments: [0.51, 0.6, 0.9, 0.975, 0.9999, 1 - 1e-9])
  func studentClosed(probability: Double) {
    let one = tan(Double.pi * (probability - 0.5))
    let two = (2 * probability - 1) / (2 * probability * (1 - probability)).squareRoot()
    // The probability itself has only so many digits, next to 1 and next to one half.
    let tolerance = 1e-12 + 1e-14 / (1 - probability) + 1e-14 / (probability - 0.5)
    #expect(abs(Quantile.studentT(probability, degrees: 1) / one - 1) < tolerance)
    #expect(abs(Quantile.studentT(probability, degrees: 2) / two - 1) < tolerance)
  }
}
