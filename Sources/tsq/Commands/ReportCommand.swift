internal import ArgumentParser
internal import Foundation
internal import TSQCapacity
internal import TSQCore

/// `tsq report`: the capacity report, as a page or as data.
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a capacity report: advice, alerts, charts with forecasts.",
    discussion: """
      The HTML page is one file without scripts or outside references.

      Examples:
        tsq report --output report.html
        tsq report --rules rules.yaml -o json > report.json
      """)

  @OptionGroup var rules: RulesOptions
  @OptionGroup var source: SourceOptions

  @Option(help: "Write to this file, pipe or device; by default to standard output.")
  var output: String?

  @Option(name: .customShort("o"), help: "html, md, csv or json; by default what --output ends in.")
  var format: ReportFormat?

  @Option(help: "The heading.")
  var title = "Capacity report"

  @Option(help: "How far the charts look ahead.")
  var horizon = DurationArgument(nanoseconds: 14 * 86_400_000_000_000)

  @Option(help: "The instant that `now` means, by default now.")
  var at: TimeArgument?

  @Option(help: "How much history to use.")
  var since = DurationArgument(nanoseconds: ForecastLookback.defaultNanoseconds)

  enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case html, md, csv, json
  }

  func run() async throws {
    let file = try rules.load()
    let now = Clock.wholeSecond()
    let time = at?.resolve(now: now) ?? now
    let opened = try await source.open()
    let report = try await opened.whileOpen { source in
      var builder = ReportBuilder(
        title: title, at: time, horizonNanoseconds: horizon.nanoseconds)
      let review = CapacityReview(
        source: source, at: time, lookbackNanoseconds: since.nanoseconds)
      await review.review(file.resources) {
        Diagnostic.warnOnce($0.warnings)
        builder.add($0)
      }
      let evaluator = AlertEvaluator(
        source: source, at: time, lookbackNanoseconds: since.nanoseconds)
      let alerts = await evaluator.evaluate(file.alerts)
      Diagnostic.warnOnce(alerts.flatMap(\.warnings))
      for alert in alerts { builder.add(alert) }
      return builder.finish()
    }
    let data = try rendered(report)
    guard let output else {
      let out = StandardOutput()
      try out.write(data)
      try out.flush()
      return
    }
    try OutputFile(output).write(data)
    Diagnostic.note("wrote \(output), \(data.count) bytes")
  }

  private func rendered(_ report: CapacityReport) throws -> Data {
    let ending = output.map { URL(fileURLWithPath: $0).pathExtension.lowercased() } ?? ""
    switch format ?? ReportFormat(rawValue: ending) ?? .html {
    case .html: return Data(report.html.utf8)
    case .md: return Data(report.markdown.utf8)
    case .csv: return Data(report.csv.utf8)
    case .json: return try report.json()
    }
  }
}
