import TSQCapacity
import TSQCore
import TSQForecast
import Testing

/// What advice and reports make of a forecast whose gate has fired.
@Suite struct UnknownForecastTests {
  /// 35 % at the end and 2 % more each day: full in 27 days, of a lead time of 30.
  ///
  /// Two weeks do not carry a forecast of a month.
  static let growing = Made.history(days: 15, level: 0.05, growthPerDay: 0.02)

  static func resource(target: Double = 0.7, scope: Resource.Scope = .series) -> Resource {
    Resource(
      name: "Disk", selector: "disk_usage", unit: .fraction, limit: 0.9, direction: .above,
      target: target, leadTimeNanoseconds: 30 * Made.day, scope: scope)
  }

  static func judge(
    _ resource: Resource, _ columns: SampleColumns, hosts: [String] = ["a"]
  ) async throws -> ReviewedResource {
    var source = MemorySource()
    for host in hosts { try source.set("disk_usage", host: host, columns) }
    var judged: [ReviewedResource] = []
    await CapacityReview(source: source, at: Made.end, lookbackNanoseconds: 90 * Made.day)
      .review([resource]) { judged.append($0) }
    return try #require(judged.first)
  }

  @Test(
    "where the forecast is UNKNOWN nothing is taken away and no one says that it fits",
    arguments: [(0.7, Resource.Scope.series), (0.4, .series), (0.7, .fleet), (0.4, .fleet)])
  func neverDown(target: Double, scope: Resource.Scope) async throws {
    let resource = Self.resource(target: target, scope: scope)
    let advice = try await Self.judge(resource, Self.growing, hosts: ["a", "b", "c"]).advice
    #expect(advice.action == .unknown, "\(advice.reason)")
    #expect(advice.quantity == nil)
    #expect(
      advice.reason.contains("the forecast is UNKNOWN: too little history"), "\(advice.reason)")
    #expect(!advice.reason.contains("no run-out"))
    #expect(!advice.evidence.contains { $0.contains("probability") }, "\(advice.evidence)")
    #expect(advice.evidence.contains { $0.contains("UNKNOWN: too little history") })
    if target == 0.7 {
      #expect(
        advice.rejected.contains { $0.hasPrefix("scale_down: the forecast is UNKNOWN") },
        "\(advice.rejected)")
    }
  }

  @Test("a limit that is crossed already needs no forecast")
  func alreadyCrossed() async throws {
    let full = Made.history(days: 15, level: 0.80, growthPerDay: 0.01)
    let advice = try await Self.judge(Self.resource(), full).advice
    #expect(advice.action == .scaleUp, "\(advice.reason)")
    #expect(advice.reason.contains("crossed already"), "\(advice.reason)")
  }

  @Test("a report shows UNKNOWN where the lead time's forecast is, whatever the chart's says")
  func report() async throws {
    var builder = ReportBuilder(
      title: "T", at: Made.end, horizonNanoseconds: 3 * Made.day)
    builder.add(try await Self.judge(Self.resource(), Self.growing))
    var idle = Self.resource()
    idle.leadTimeNanoseconds = 2 * Made.day
    builder.add(try await Self.judge(idle, Made.history(days: 35, level: 0.45, swing: 0.2)))
    let report = builder.finish()
    let rows = report.html.split(separator: "\n").filter { $0.hasPrefix("<tr><td>") }
    try #require(rows.count == 2)
    #expect(report.html.contains("<th class=\"num\">Crossing</th>") == false)
    #expect(report.html.contains("Crossing in lead time"))
    #expect(rows[0].contains("<td class=\"num\">UNKNOWN in 30d</td>"), "\(rows[0])")
    #expect(rows[1].contains("&lt; 1 % in 2d</td>"), "\(rows[1])")
    let evidence = report.markdown.split(separator: "\n").filter { $0.hasPrefix("- forecast") }
    #expect(evidence.first?.contains("over 30d: UNKNOWN: too little history") == true)
  }

  @Test("a chance that is not known is absent from the data of a report")
  func data() async throws {
    var builder = ReportBuilder(
      title: "T", at: Made.end, horizonNanoseconds: 30 * Made.day)
    builder.add(try await Self.judge(Self.resource(), Self.growing))
    let entry = try #require(builder.finish().resources.first)
    let forecast = try #require(entry.forecast)
    #expect(forecast.verdict == "unknown")
    #expect(forecast.crossingProbability == nil && forecast.crossingP50 == nil)
  }
}
