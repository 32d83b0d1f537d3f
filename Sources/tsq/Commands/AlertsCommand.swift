internal import ArgumentParser
internal import Foundation
internal import TSQCapacity
internal import TSQCore
internal import TSQForecast

/// `tsq alerts`: checks a rules file against the data.
struct AlertsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts",
    abstract: "Check thresholds on the present and the forecast value.",
    subcommands: [AlertsCheckCommand.self, DefaultRulesCommand.self])
}

/// `tsq alerts default-rules`: the rules that hold without a file.
struct DefaultRulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "default-rules",
    abstract: "Print the built-in rules, to start a file of your own from.")

  func run() throws {
    let out = StandardOutput()
    try out.write(DefaultRules.yaml)
    try out.flush()
  }
}

/// `tsq alerts check`: evaluates every rule once.
struct AlertsCheckCommand: AsyncParsableCommand, VerdictCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Evaluate every alert rule once.",
    discussion: """
      The exit code is the worst state: 2 a critical alert fires, 1 a warning fires, 3 something \
      is UNKNOWN, 0 everything is known and nothing fires. Every failure is 3.

      Examples:
        tsq alerts check --rules rules.yaml
        tsq alerts check --rules rules.yaml -o json --at 2026-03-01T00:00:00Z
      """)

  @OptionGroup var rules: RulesOptions
  @OptionGroup var source: SourceOptions

  @Option(help: "The instant that `now` means, by default now.")
  var at: TimeArgument?

  @Option(help: "How much history a forecast may use.")
  var since = DurationArgument(nanoseconds: ForecastLookback.defaultNanoseconds)

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  @Flag(help: "Show inactive alerts in the table too; json, csv and md always list all.")
  var all = false

  var givesVerdict: Bool { true }

  private struct Row: Encodable {
    let alert: String
    let series: String?
    let state: AlertResult.State
    let severity: AlertRule.Severity
    let value: Double?
    let crossingProbability: Double?
    let crossingP50: String?
    let reason: String
    let warnings: [String]
  }

  func run() async throws {
    let file = try rules.load()
    let now = Clock.wholeSecond()
    let opened = try await source.open()
    let results = await opened.whileOpenWithoutFailure { source in
      await AlertEvaluator(
        source: source, at: at?.resolve(now: now) ?? now, lookbackNanoseconds: since.nanoseconds
      ).evaluate(file.alerts)
    }
    guard !results.isEmpty else {
      throw CommandFailure("the rules file holds no alerts: nothing was checked")
    }
    Diagnostic.warnOnce(results.flatMap(\.warnings))
    let out = StandardOutput()
    try write(results, to: out)
    try out.flush()
    let verdict = results.map(Self.verdict).max() ?? .unknown
    if verdict != .ok { throw VerdictExit(code: verdict) }
  }

  private func write(_ results: [AlertResult], to out: StandardOutput) throws {
    let verdict = results.map(Self.verdict).max() ?? .unknown
    switch output {
    case .json:
      try out.writeLine(JSONText.line(results.map(Self.row)))
    case .csv: try out.write(Self.table(results).csv)
    case .md: try out.write(Self.table(results).markdown)
    case .table:
      let counts = AlertResult.State.allCases.map { state in
        "\(results.count { $0.state == state }) \(state.rawValue)"
      }
      try out.writeLine("\(verdict.name): \(counts.joined(separator: ", "))")
      let shown = all ? results : results.filter { $0.state != .inactive }
      if !shown.isEmpty { try out.write(Self.table(shown).text) }
    }
  }

  private static func verdict(_ result: AlertResult) -> Verdict {
    switch result.state {
    case .inactive, .pending: .ok
    case .firing: result.rule.severity == .critical ? .critical : .warning
    case .unknown: .unknown
    }
  }

  private static func row(_ result: AlertResult) -> Row {
    Row(
      alert: result.rule.name, series: result.series?.description, state: result.state,
      severity: result.rule.severity, value: result.value.flatMap { $0.isFinite ? $0 : nil },
      crossingProbability: result.crossing?.probability,
      crossingP50: result.crossing?.p50?.description, reason: result.reason,
      warnings: result.warnings)
  }

  private static func table(_ results: [AlertResult]) -> Table {
    var table = Table(["state", "severity", "alert", "series", "reason"])
    for result in results {
      table.add([
        result.state.rawValue, result.rule.severity.rawValue, result.rule.name,
        result.series?.description ?? "", result.reason,
      ])
    }
    return table
  }
}

/// Where the rules come from.
struct RulesOptions: ParsableArguments {
  @Option(
    help: "The YAML rules file; without it the built-in rules hold (`tsq alerts default-rules`).")
  var rules: String?

  /// Reads and checks the rules.
  func load() throws -> RuleFile {
    guard let rules else {
      Diagnostic.note("no --rules file: using the built-in rules, see `tsq alerts default-rules`")
      return try RuleFile(yaml: DefaultRules.yaml)
    }
    guard let data = FileManager.default.contents(atPath: rules) else {
      throw CommandFailure(
        "cannot read the rules file `\(rules)`",
        hint: "`tsq alerts default-rules` prints one to begin with")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw CommandFailure("the rules file `\(rules)` is not UTF-8 text")
    }
    do {
      return try RuleFile(yaml: text)
    } catch {
      throw CommandFailure("\(rules): \(error)")
    }
  }
}
