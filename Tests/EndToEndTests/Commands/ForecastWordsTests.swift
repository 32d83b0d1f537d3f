import Foundation
import Testing

/// The figures and reasons that `predict` and `backtest` print.
@Suite struct ForecastWordsTests {
  /// Sixty days of hours that rise to a level and swing by a half.
  private static func history(level: Double) -> String {
    var text = "timestamp,value\n"
    for hour in 0..<60 * 24 {
      let noise = Double((hour &* 2_654_435_761) % 1000) / 1000 - 0.5
      text += "\(1_760_000_400 + hour * 3600),\(String(format: "%.3f", level + noise))\n"
    }
    return text
  }

  @Test(
    "numbers have the digits that tell mean, interval and threshold apart",
    arguments: [1_000_005.5, 1_000_000_005.5])
  func digits(level: Double) throws {
    let limit = String(format: "%.1f", level - 3)
    let outcome = try Program.run(
      ["predict", "--input", "-", "--days", "1", "--threshold", limit],
      input: Self.history(level: level))
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("already above \(limit): "), "\(outcome.output)")
    let rows = outcome.lines.filter { $0.hasPrefix("2025-") }
    try #require(!rows.isEmpty, "\(outcome.output)")
    for row in rows {
      let numbers = row.split(separator: " ").dropFirst().compactMap { Double($0) }
      #expect(numbers.count == 5 && Set(numbers).count == 5, "\(row)")
      for number in numbers { #expect(abs(number - level) < 2, "\(row)") }
    }
  }

  @Test("a backtest without folds says why in each format", arguments: ["table", "csv", "json"])
  func noFolds(format: String) throws {
    let outcome = try Program.run(
      ["backtest", "--input", "-", "--days", "7", "-o", format],
      input: "1760000000,1\n1760003600,2\n1760007200,3\n")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let words = format == "csv" ? outcome.errors : outcome.output
    #expect(words.contains("too little history: 3 buckets of 1h"), "\(words)")
  }

  @Test("a horizon shorter than a step is called that")
  func shortHorizon() throws {
    let outcome = try Program.run(
      ["predict", "--input", "-", "--horizon", "1ns"], input: Self.history(level: 5))
    #expect(outcome.output.contains("UNKNOWN: horizon too short: 1ns is less than a step of"))
  }
}
