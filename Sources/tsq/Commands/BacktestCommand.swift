internal import ArgumentParser
internal import Foundation
internal import TSQCapacity
internal import TSQCore
internal import TSQForecast

/// `tsq backtest`: how good the forecasts of a series would have been.
struct BacktestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backtest",
    abstract: "Measure how good forecasts of a series would have been.",
    discussion: """
      Forecasts from past origins and compares with what came. With --tasks a folder of histories \
      (as the forecast benchmark writes them) is forecast in one process.

      Examples:
        tsq backtest 'cpu_usage{host="web-1"}' --horizon 7d --folds 12
        tsq backtest --input history.csv --horizon 1d
        tsq backtest --tasks tasks/ -o csv --answers answers.csv > forecasts.csv
      """)

  @Argument(help: "A PromQL selector.")
  var selector: String?

  @Option(help: "Read the history from a CSV file (timestamp,value); - is standard input.")
  var input: String?

  @Option(help: "Forecast every task of this folder's manifest.csv; always prints CSV.")
  var tasks: String?

  @Option(help: "With --tasks: answer the folder's questions.csv into this file.")
  var answers: String?

  @Option(help: "With --tasks: write failed gates, skill and processor time of each to this file.")
  var verdicts: String?

  @Flag(help: "With --tasks: show no naive forecast where a gate says UNKNOWN; to judge the gates.")
  var ungated = false

  @Option(
    help: "With --tasks: a constant of the method, NAME=VALUE; to cross-validate it. Repeatable.")
  var set: [String] = []

  @Option(help: "How many past origins to forecast from, at most.")
  var folds = 12

  @OptionGroup var forecast: ForecastOptions
  @OptionGroup var source: SourceOptions

  @Option(help: "The end of the history; by default now, with --input the last sample.")
  var at: TimeArgument?

  @Option(help: "How much history to use.")
  var since = DurationArgument(nanoseconds: ForecastLookback.defaultNanoseconds)

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  func validate() throws {
    guard [selector, input, tasks].compactMap({ $0 }).count == 1 else {
      throw ValidationError("give exactly one of a selector, --input and --tasks")
    }
    guard (1...1000).contains(folds) else {
      throw ValidationError("--folds must be between 1 and 1000, not \(folds)")
    }
    if selector == nil, source.isNamed {
      throw ValidationError("--data and --server go with a selector: files are read as they are")
    }
    if tasks == nil {
      if answers != nil { throw ValidationError("--answers goes with --tasks") }
      if verdicts != nil { throw ValidationError("--verdicts goes with --tasks") }
      if ungated { throw ValidationError("--ungated goes with --tasks") }
      if !set.isEmpty { throw ValidationError("--set goes with --tasks") }
    }
  }

  /// The constants of the method, as shipped but for what `--set` and `--ungated` say.
  private func settings() throws -> EngineSettings {
    var settings = EngineSettings()
    settings.gated = !ungated
    for word in set {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let value = Double(parts[1]), value.isFinite, abs(value) < 1e6,
        settings.set(String(parts[0]), to: value)
      else {
        throw CommandFailure(
          "`--set \(word)` names no constant and its value",
          hint: "there are " + EngineSettings.adjustable.joined(separator: ", "))
      }
    }
    return settings
  }

  func run() async throws {
    if let tasks {
      try ForecastTasks(directory: tasks, levels: forecast.levels, settings: settings())
        .run(answers: answers, verdicts: verdicts)
      return
    }
    let out = StandardOutput()
    if let input {
      let samples = try HistoryFile.read(input)
      guard let last = samples.times.last else {
        throw CommandFailure("`\(input)` holds no sample")
      }
      let origin = at?.resolve(now: Clock.wholeSecond()) ?? Timestamp(nanoseconds: last)
      try write([row(nil, SeriesHistory(samples), origin)], to: out)
    } else if let selector {
      let origin = at?.resolve(now: Clock.wholeSecond()) ?? Clock.wholeSecond()
      let range = TimeRange(start: origin.adding(nanoseconds: -since.nanoseconds), end: origin)
      let opened = try await source.open()
      let rows = try await opened.whileOpen { source in
        var rows: [Row] = []
        for labels in try await source.series(matching: selector, in: range) {
          let history = try await source.history(of: labels, in: range)
          Diagnostic.warnOnce(history.warnings)
          rows.append(row(labels, history, origin))
        }
        return rows
      }
      guard !rows.isEmpty else { throw CommandFailure("no series matches `\(selector)`") }
      try write(rows, to: out)
    }
    try out.flush()
  }

  private struct Model: Encodable {
    let name: String
    let error: Double
    let skill: Double?
    let weight: Double
  }

  private struct Held: Encodable {
    let level: Double
    let coverage: Double
  }

  private struct Row: Encodable {
    let series: String?
    let verdict: String
    let gates: [String]
    let folds: Int
    let error: Double?
    let naiveError: Double?
    let skill: Double?
    let coverage: [Held]
    let models: [Model]
    let warnings: [String]
  }

  private func row(_ labels: Labels?, _ history: SeriesHistory, _ origin: Timestamp) -> Row {
    let samples = history.samples
    let start = samples.times.min().map(Timestamp.init(nanoseconds:)) ?? origin
    let request = forecast.request(origin: origin, since: start).bounded(by: samples.values)
    let result = Backtest.run(samples, request, folds: folds)
    return Row(
      series: labels?.description, verdict: result.verdict.isTrusted ? "trusted" : "unknown",
      gates: result.verdict.gates.map { "\($0); \($0.remedy) would suffice" },
      folds: result.folds.count, error: Self.finite(result.error),
      naiveError: Self.finite(result.naiveError), skill: Self.finite(result.skill),
      coverage: result.coverage.map { Held(level: $0.level, coverage: $0.coverage) },
      models: result.models.compactMap { record in
        guard record.error.isFinite else { return nil }
        return Model(
          name: record.name, error: record.error, skill: Self.finite(record.skill),
          weight: record.weight)
      }, warnings: history.warnings)
  }

  private static func finite(_ value: Double?) -> Double? {
    value.flatMap { $0.isFinite ? $0 : nil }
  }

  private func write(_ rows: [Row], to out: StandardOutput) throws {
    if output == .json {
      try out.writeLine(JSONText.line(rows))
      return
    }
    var table = Table(["series", "model", "#error", "#skill", "#weight"])
    for row in rows {
      let name = row.series ?? "history"
      table.add([
        name, "combination", Self.text(row.error), Self.text(row.skill), "",
      ])
      table.add([name, "naive", Self.text(row.naiveError), Self.text(0), ""])
      for model in row.models {
        table.add([
          name, model.name, Self.text(model.error), Self.text(model.skill),
          Self.text(model.weight),
        ])
      }
    }
    switch output {
    case .csv:
      try out.write(table.csv)
      // A table has no place for words: they must not be missing for that.
      for row in rows { doubts(row).forEach(Diagnostic.warn) }
    case .md, .table, .json:
      try out.write(output == .md ? table.markdown + "\n" : table.text)
      for row in rows {
        let held = row.coverage.map {
          String(format: "%.0f %% interval held %.0f %%", $0.level * 100, $0.coverage * 100)
        }
        let words = (["\(row.folds) folds"] + held).joined(separator: "; ")
        try out.writeLine("\(row.series ?? "history"): \(words)")
        for doubt in doubts(row) { try out.writeLine(doubt) }
      }
    }
  }

  /// Why there is no fold, or what the folds do not carry: a forecast from the history's end.
  private func doubts(_ row: Row) -> [String] {
    let name = row.series ?? "history"
    if row.folds == 0, row.gates.isEmpty {
      return ["\(name): UNKNOWN: no past origin has a value to compare with"]
    }
    return row.gates.map { "\(name): UNKNOWN: \($0)" }
  }

  private static func text(_ value: Double?) -> String {
    value.map { String(format: "%.4g", $0) } ?? "unknown"
  }
}
