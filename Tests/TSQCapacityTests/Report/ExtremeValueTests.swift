import Foundation
import TSQCapacity
import TSQCore
import TSQForecast
import Testing

/// Charts and data of values at the ends of what a double can be.
@Suite struct ExtremeValueTests {
  static func report(_ value: (Int) -> Double, limit: Double) async throws -> CapacityReport {
    var columns = Made.history(days: 20, level: 0)
    for index in 0..<columns.count { columns.values[index] = value(index) }
    var source = MemorySource()
    try source.set("m", host: "a", columns)
    let resource = Resource(
      name: "R", selector: "m", unit: .number, limit: limit, direction: .above, target: limit,
      leadTimeNanoseconds: 7 * Made.day, scope: .series)
    var builder = ReportBuilder(title: "T", at: Made.end, horizonNanoseconds: 7 * Made.day)
    await CapacityReview(source: source, at: Made.end, lookbackNanoseconds: 90 * Made.day)
      .review([resource]) { builder.add($0) }
    return builder.finish()
  }

  private static let tiny = Double.leastNonzeroMagnitude
  private static let subnormal = Double.leastNormalMagnitude / 128

  /// Each entry: an even sample, an odd one, the limit.
  static let cases: [(Double, Double, Double)] = [
    (-1.7e308, -1.7e308, 1), (1.7e308, -1.7e308, 1e308), (6e307, -6e307, 0), (1.7e308, 1.7e308, 0),
    (tiny, 0, tiny), (tiny, tiny, 0), (subnormal, 0, subnormal), (1e18, 1e18 + 128, 1e18),
  ]

  @Test("the page is drawn and the data written", arguments: cases.indices)
  func drawn(index: Int) async throws {
    let (even, odd, limit) = Self.cases[index]
    let report = try await Self.report({ $0 % 2 == 0 ? even : odd }, limit: limit)
    let html = report.html
    #expect(html.contains("<svg") && html.contains("class=\"history\""))
    let coordinates = html.split(separator: "\"").filter { $0.contains(",") && !$0.contains("=") }
    for word in ["nan", "inf"] {
      #expect(!coordinates.contains { $0.hasPrefix(word) || $0.contains(",\(word)") })
    }
    _ = try report.json()
  }
}
