import Foundation
import TSQCapacity
import TSQCore
import TSQForecast
import Testing

@Suite struct CapacityReportTests {
  static func report() async throws -> CapacityReport {
    var source = MemorySource()
    try source.set(
      "cpu_usage", host: "<b>\"x\"&", Made.history(days: 35, level: 0.1, swing: 0.15))
    try source.set(
      "cpu_usage", host: "grows", Made.history(days: 60, level: 0.4, growthPerDay: 0.008))
    try source.set("cpu_usage", host: "young", Made.history(days: 2, level: 0.4))
    let rules = try RuleFile(
      yaml: """
        resources:
          - {name: CPU, selector: cpu_usage, unit: fraction, limit: 0.9, target: 0.7}
          - {name: Gone, selector: nothing, unit: fraction, limit: 0.9}
        alerts:
          - {name: High, selector: cpu_usage, unit: fraction, limit: 0.9, max_age: 1h}
        """)
    var builder = ReportBuilder(
      title: "Fleet & more", at: Made.end, horizonNanoseconds: 7 * Made.day)
    await CapacityReview(source: source, at: Made.end, lookbackNanoseconds: 90 * Made.day)
      .review(rules.resources) { builder.add($0) }
    let alerts = await AlertEvaluator(
      source: source, at: Made.end, lookbackNanoseconds: 90 * Made.day
    ).evaluate(rules.alerts)
    for alert in alerts { builder.add(alert) }
    return builder.finish()
  }

  @Test("the most urgent stands first, and what is unknown is not hidden")
  func order() async throws {
    let report = try await Self.report()
    #expect(report.resources.map(\.advice.action).first == .scaleUp)
    #expect(report.resources.count { $0.advice.action == .unknown } == 2)
    #expect(report.resources.last?.advice.action == .scaleDown)
    #expect(report.alerts.count == 3)
  }

  @Test("JSON reads back to the same report, its keys in snake case")
  func json() async throws {
    let report = try await Self.report()
    let data = try report.json()
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains("\"schema_version\" : 1"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    #expect(try decoder.decode(CapacityReport.self, from: data) == report)
  }

  @Test("the same data gives the same bytes")
  func deterministic() async throws {
    let (first, second) = try await (Self.report(), Self.report())
    #expect(first.html == second.html)
    #expect(try first.json() == second.json())
    #expect(first.markdown == second.markdown)
  }

  @Test("the page is one file: no scripts, nothing fetched, labels escaped")
  func html() async throws {
    let html = try await Self.report().html
    #expect(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"))
    #expect(!html.contains("<b>\""))
    #expect(html.contains("&lt;b&gt;"))
    #expect(html.contains("Fleet &amp; more"))
    #expect(html.components(separatedBy: "<svg").count - 1 == 3)
    #expect(!html.contains("nan") && !html.contains("inf,"))
  }

  @Test("CSV has a row per resource and as many cells as its header")
  func csv() async throws {
    let report = try await Self.report()
    let lines = report.csv.split(separator: "\n")
    #expect(lines.count == report.resources.count + 1)
    let header = try #require(lines.first)
    #expect(header.split(separator: ",").count == 23)
    #expect(report.csv.contains("\"cpu_usage{host=\"\"<b>\\\"\"x\\\"\"&\"\"}\""))
  }

  @Test("Markdown cells cannot break the table")
  func markdown() async throws {
    var report = try await Self.report()
    report.resources[0].series = "a|b\nc"
    #expect(report.markdown.contains("`a\\|b c`"))
  }

  @Test("values are shown in their unit")
  func units() {
    #expect(MetricUnit.fraction.text(0.912) == "91.2 %")
    #expect(MetricUnit.percent.text(91.24) == "91.2 %")
    #expect(MetricUnit.bytes.text(1_610_612_736) == "1.50 GiB")
    #expect(MetricUnit.bytes.text(12) == "12 B")
    #expect(MetricUnit.perSecond.text(1234.4) == "1234/s")
    #expect(MetricUnit.number.text(.nan) == "NaN")
  }
}
