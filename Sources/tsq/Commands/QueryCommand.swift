internal import ArgumentParser
internal import Foundation
internal import TSQCapacity
internal import TSQCore
internal import TSQQuery

/// `tsq query`: a PromQL expression, at one instant or over a range.
struct QueryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Evaluate a PromQL expression.",
    discussion: """
      Without --since or --from the expression is evaluated once, at --to (by default now); with \
      one of them, at every --step.

      Examples:
        tsq query 'avg by (host) (cpu_usage)'
        tsq query 'cpu_usage{host="web-1"}[1h]' -o csv
        tsq query 'max_over_time(cpu_usage[1h])' --since 7d --step 1h -o json
      """)

  @Argument(help: "The PromQL expression.")
  var expression: String

  @OptionGroup var window: WindowOptions
  @OptionGroup var source: SourceOptions

  @Option(help: "Distance between evaluations of a range; by default a 250th of it.")
  var step: DurationArgument?

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  @Flag(help: "Print on standard error what was read.")
  var explain = false

  /// Steps of a range query where no --step is given: enough for a screen.
  private static let defaultSteps: Int64 = 250

  func run() async throws {
    let now = Clock.now()
    let opened = try await source.open()
    let result = try await opened.whileOpen { source in
      guard window.since != nil || window.from != nil else {
        return try await source.instant(expression, at: window.to?.resolve(now: now) ?? now)
      }
      let range = try window.range(now: now, default: 0)
      let length = range.end.nanoseconds(since: range.start)
      // Whole seconds, so that the times of the answer are readable.
      let preset = max(1, length / Self.defaultSteps / 1_000_000_000) * 1_000_000_000
      return try await source.range(
        expression, from: range.start, through: range.end,
        stepNanoseconds: step?.nanoseconds ?? preset)
    }
    for warning in result.warnings { Diagnostic.warn(warning) }
    if explain { Diagnostic.note(StatisticsText.line(result.statistics)) }
    let out = StandardOutput()
    try QueryRenderer(format: output).write(result, to: out)
    try out.flush()
  }
}

/// What `--explain` says about the work of a query.
enum StatisticsText {
  /// One line: blocks answered from summaries beside blocks decoded, counted at the reader.
  static func line(_ statistics: QueryStatistics) -> String {
    let blocks = CountText.text(statistics.blocksFromSummaries, "block")
    let decoded = CountText.text(statistics.blocksDecoded, "block")
    let samples = CountText.text(statistics.samplesDecoded, "sample")
    let memory = CountText.text(statistics.samplesFromHead, "sample")
    return "\(statistics.series) series; \(blocks) answered from summaries, \(decoded) decoded, "
      + "\(samples) decoded, \(memory) from memory, \(statistics.bytesRead) bytes read"
  }
}
