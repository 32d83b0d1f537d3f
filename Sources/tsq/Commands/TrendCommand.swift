internal import ArgumentParser
internal import Foundation
internal import TSQCapacity
internal import TSQCore

/// `tsq trend`: the least-squares line of each series, from block summaries.
struct TrendCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trend",
    abstract: "Fit a line to each series: its slope per day, with an honest interval.",
    discussion: """
      The 90 % interval of the slope takes autocorrelation into account. Blocks that lie wholly in \
      the window are answered from their summaries; --explain says how many. Where outliers pull \
      the line, Theil-Sen's slope stands beside it.

      Examples:
        tsq trend disk_usage --since 30d
        tsq trend 'cpu_usage{host="a"}' --since 30d -o json --explain
      """)

  @Argument(help: "A PromQL selector.")
  var selector: String

  @OptionGroup var window: WindowOptions
  @OptionGroup var source: SourceOptions

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  @Flag(help: "Print on standard error how many blocks were answered from summaries.")
  var explain = false

  /// The window where none is given.
  private static let defaultLength: Int64 = 30 * 86_400_000_000_000

  private struct Row: Encodable {
    let series: String
    let slopePerDay: Double?
    let slopeLow: Double?
    let slopeHigh: Double?
    let r2: Double?
    let n: Int?
    let nEffective: Double?
    let robustSlopePerDay: Double?
    let reason: String?
  }

  func run() async throws {
    let range = try window.range(now: Clock.now(), default: Self.defaultLength)
    let opened = try await source.open()
    let answer = try await opened.whileOpen { try await $0.trends(selector, in: range) }
    for warning in answer.warnings { Diagnostic.warn(warning) }
    if explain { Diagnostic.note(StatisticsText.line(answer.statistics)) }
    guard !answer.rows.isEmpty else {
      throw CommandFailure(
        "no series matches `\(selector)` between \(range.start) and \(range.end)",
        hint: "`tsq series` lists what there is")
    }
    let out = StandardOutput()
    if output == .json {
      try out.writeLine(JSONText.line(answer.rows.map(Self.row)))
    } else {
      let table = Self.table(answer.rows)
      try out.write(
        output == .csv ? table.csv : output == .md ? table.markdown : table.text)
    }
    try out.flush()
  }

  private static func row(_ row: TrendRow) -> Row {
    let line = row.line
    return Row(
      series: row.series.description, slopePerDay: finite(line?.slopePerDay),
      slopeLow: finite(line?.slopeLow), slopeHigh: finite(line?.slopeHigh), r2: finite(line?.r2),
      n: line?.n, nEffective: finite(line?.nEffective),
      robustSlopePerDay: finite(line?.robustSlopePerDay), reason: row.reason)
  }

  private static func finite(_ value: Double?) -> Double? {
    value.flatMap { $0.isFinite ? $0 : nil }
  }

  private static func table(_ rows: [TrendRow]) -> Table {
    var table = Table([
      "series", "#slope_per_day", "#slope_low", "#slope_high", "#r2", "#n", "#n_effective",
      "#robust_slope", "reason",
    ])
    for row in rows {
      let line = row.line
      let cells = [line?.slopePerDay, line?.slopeLow, line?.slopeHigh, line?.r2].map { value in
        value.map { String(format: "%.6g", $0) } ?? ""
      }
      table.add(
        [row.series.description] + cells
          + [
            line.map { String($0.n) } ?? "",
            line.map { String(format: "%.1f", $0.nEffective) } ?? "",
            line?.robustSlopePerDay.map { String(format: "%.6g", $0) } ?? "",
            row.reason ?? "",
          ])
    }
    return table
  }
}
