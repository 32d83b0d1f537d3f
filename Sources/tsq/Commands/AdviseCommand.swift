internal import ArgumentParser
internal import Foundation
internal import TSQCapacity
internal import TSQCore

/// `tsq advise`: scale up, scale down, hold or unknown, one verdict a resource.
struct AdviseCommand: AsyncParsableCommand, VerdictCommand {
  static let configuration = CommandConfiguration(
    commandName: "advise",
    abstract: "Say which resources to scale up or down, by how much and why.",
    discussion: """
      Down is advised only from the p99 of hourly peaks over at least two whole weeks; a forecast \
      may forbid it and never asks for it. With --exit-code: 0 nothing to add, 2 scale up, 3 \
      unknown.

      Examples:
        tsq advise --rules rules.yaml
        tsq advise --rules rules.yaml -o json
      """)

  @OptionGroup var rules: RulesOptions
  @OptionGroup var source: SourceOptions

  @Option(help: "The instant that `now` means, by default now.")
  var at: TimeArgument?

  @Option(help: "How much history to use.")
  var since = DurationArgument(nanoseconds: ForecastLookback.defaultNanoseconds)

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  @Flag(help: "Show the evidence and what was rejected.")
  var explain = false

  @Flag(help: "Let the exit code be the verdict.")
  var exitCode = false

  var givesVerdict: Bool { exitCode }

  /// One verdict with what is shown beside it.
  private struct Judged: Sendable {
    let advice: Advice
    let use: UseEvidence?
    let warnings: [String]
  }

  private struct Row: Encodable {
    let resource: String
    let series: String
    let action: Advice.Action
    let quantity: String?
    let capacityFactor: Double?
    let membersNow: Int?
    let membersAfter: Int?
    let p99: Double?
    let p01: Double?
    let p99After: Double?
    let orderBy: String?
    let reason: String
    let evidence: [String]
    let rejected: [String]
    let warnings: [String]
  }

  func run() async throws {
    let file = try rules.load()
    guard !file.resources.isEmpty else {
      throw CommandFailure("the rules file holds no resources: there is nothing to size")
    }
    let now = Clock.wholeSecond()
    let opened = try await source.open()
    let advice = try await opened.whileOpen { source in
      var gathered: [Judged] = []
      let review = CapacityReview(
        source: source, at: at?.resolve(now: now) ?? now, lookbackNanoseconds: since.nanoseconds)
      await review.review(file.resources) {
        gathered.append(Judged(advice: $0.advice, use: $0.use, warnings: $0.warnings))
      }
      return gathered
    }
    Diagnostic.warnOnce(advice.flatMap(\.warnings))
    let out = StandardOutput()
    try write(advice, to: out)
    try out.flush()
    let verdict = advice.map { Self.verdict($0.advice) }.max() ?? .unknown
    if exitCode, verdict != .ok { throw VerdictExit(code: verdict) }
  }

  private static func verdict(_ advice: Advice) -> Verdict {
    switch advice.action {
    case .hold, .scaleDown: .ok
    case .scaleUp: .critical
    case .unknown: .unknown
    }
  }

  private func write(_ advice: [Judged], to out: StandardOutput) throws {
    switch output {
    case .json: try out.writeLine(JSONText.line(advice.map(Self.row)))
    case .csv: try out.write(Self.table(advice).csv)
    case .md: try out.write(Self.table(advice).markdown)
    case .table:
      try out.write(Self.table(advice).text)
      guard explain else { return }
      for entry in advice.map(\.advice) {
        try out.writeLine("\n\(entry.resource.name) \(Self.name(entry)): \(entry.action.rawValue)")
        for line in entry.evidence { try out.writeLine("  \(line)") }
        for line in entry.rejected { try out.writeLine("  not chosen: \(line)") }
      }
    }
  }

  private static func name(_ advice: Advice) -> String {
    advice.series?.description ?? advice.resource.selector
  }

  private static func row(_ entry: Judged) -> Row {
    let (advice, use) = (entry.advice, entry.use)
    var factor: Double?
    var members: (Int, Int)?
    switch advice.quantity {
    case .factor(let value): factor = value
    case .members(let now, let after): members = (now, after)
    case nil: break
    }
    return Row(
      resource: advice.resource.name, series: name(advice), action: advice.action,
      quantity: advice.quantityText, capacityFactor: factor, membersNow: members?.0,
      membersAfter: members?.1, p99: use.flatMap { $0.p99.isFinite ? $0.p99 : nil },
      p01: use.flatMap { $0.p01.isFinite ? $0.p01 : nil }, p99After: advice.p99After,
      orderBy: advice.orderBy?.description, reason: advice.reason,
      evidence: advice.evidence, rejected: advice.rejected, warnings: entry.warnings)
  }

  private static func table(_ advice: [Judged]) -> Table {
    var table = Table([
      "resource", "series", "advice", "quantity", "#p99", "#limit", "order by", "reason",
    ])
    for judged in advice {
      let (entry, use) = (judged.advice, judged.use)
      let unit = entry.resource.unit
      table.add([
        entry.resource.name, name(entry), entry.action.rawValue, entry.quantityText ?? "",
        use.map { $0.text(of: entry.resource) } ?? "unknown", unit.text(entry.resource.limit),
        entry.orderBy?.description ?? "", entry.reason,
      ])
    }
    return table
  }
}
