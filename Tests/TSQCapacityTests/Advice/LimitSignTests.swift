import Foundation
import TSQCapacity
import TSQCore
import TSQForecast
import Testing

/// Limits that are no measure for a share: zero and below.
@Suite struct LimitSignTests {
  static func resource(limit: String) throws -> Resource {
    let file = try RuleFile(
      yaml: "resources:\n  - {name: T, selector: m, unit: number, limit: \(limit)}")
    return try #require(file.resources.first)
  }

  static func judge(_ resource: Resource, _ columns: SampleColumns) async throws -> ReviewedResource
  {
    var source = MemorySource()
    try source.set("m", host: "a", columns)
    var judged: [ReviewedResource] = []
    await CapacityReview(source: source, at: Made.end, lookbackNanoseconds: 90 * Made.day)
      .review([resource]) { judged.append($0) }
    return try #require(judged.first)
  }

  @Test(
    "a target that no one wrote is four fifths of the limit, or a limit that is not positive itself",
    arguments: [("10", 8.0), ("0", 0), ("-10", -10), ("-0.5", -0.5)])
  func target(limit: String, target: Double) throws {
    #expect(try Self.resource(limit: limit).target == target)
  }

  @Test(
    "no percentage is told of such a limit, in either direction",
    arguments: [("0", 5.0), ("-10", 5), ("-10", -40), ("0", -40), ("0", 0)])
  func noShare(limit: String, level: Double) async throws {
    let resource = try Self.resource(limit: limit)
    let history = Made.history(days: 35, level: level, swing: level == 0 ? 0 : 0.2)
    let judged = try await Self.judge(resource, history)
    let advice = judged.advice
    #expect(advice.quantity == nil && advice.p99After == nil, "\(advice)")
    #expect(advice.action != .scaleDown)
    if level > 0 { #expect(advice.action == .scaleUp, "\(advice.reason)") }
    var builder = ReportBuilder(title: "T", at: Made.end, horizonNanoseconds: 7 * Made.day)
    builder.add(judged)
    let report = builder.finish()
    _ = try report.json()
    #expect(!report.html.contains("inf %"))
  }

  @Test("a target of zero below a limit above it is no measure either")
  func zeroTarget() async throws {
    var resource = try Self.resource(limit: "10")
    resource.target = 0
    let advice = try await Self.judge(resource, Made.history(days: 35, level: 20)).advice
    #expect(advice.action == .scaleUp && advice.quantity == nil, "\(advice)")
  }

  @Test("below a limit the low that decides is told, not the peak")
  func below() async throws {
    var resource = try Self.resource(limit: "5")
    resource.direction = .below
    let judged = try await Self.judge(resource, Made.history(days: 35, level: 20, swing: 10))
    #expect(judged.advice.action == .hold, "\(judged.advice.reason)")
    #expect(judged.advice.evidence.contains { $0.contains("p1 of hourly lows ") })
    var builder = ReportBuilder(title: "T", at: Made.end, horizonNanoseconds: 7 * Made.day)
    builder.add(judged)
    let report = builder.finish()
    #expect(report.html.contains("<td class=\"num\">p1 "))
    #expect(report.markdown.contains("| p1 "))
  }

  @Test("a fleet that cannot spare a whole member is held with a reason for that")
  func fleetHold() throws {
    var resource = try Self.resource(limit: "0.9")
    resource.scope = .fleet
    resource.target = 0.45
    // 0.85 of two members is two members.
    let load = FleetLoad(
      [1, 2].map { Made.history(days: 35, level: 0.26, swing: 0.1, seed: $0) }, at: Made.end)
    let use = try #require(UseEvidence(load.perMember, of: resource, at: Made.end))
    let advice = Advisor(resource: resource, at: Made.end).advise(fleet: load, evidence: use)
    #expect(advice.action == .hold, "\(advice)")
    #expect(advice.rejected.contains { $0.contains("not a whole member") })
    #expect(advice.reason.contains("fits a limit"), "\(advice.reason)")
  }
}
