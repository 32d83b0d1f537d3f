internal import ArgumentParser
internal import Foundation
internal import TSQCapacity
internal import TSQCore
internal import TSQForecast

/// `tsq predict`: what a series will do, how sure that is, and when it crosses a limit.
struct PredictCommand: AsyncParsableCommand, VerdictCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Forecast a series, with intervals and the time it crosses a limit.",
    discussion: """
      Too little or stale data, or a model without skill: the naive forecast is shown, labelled \
      UNKNOWN with the reason and what would suffice. With --exit-code the code is then 3; 2 when \
      a threshold is crossed with probability 0.5 or more; 0 otherwise.

      Examples:
        tsq predict cpu_usage --days 7
        tsq predict 'disk_usage{host="db-1"}' --days 30 --threshold 0.9 --unit fraction
        tsq predict --input history.csv --horizon 168h --step 1h --level 80 --level 95 -o csv
      """)

  @Argument(help: "A PromQL selector, such as `cpu_usage` or `cpu_usage{host=\"a\"}`.")
  var selector: String?

  @Option(help: "Read the history from a CSV file (timestamp,value) instead; - is standard input.")
  var input: String?

  @OptionGroup var source: SourceOptions
  @OptionGroup var forecast: ForecastOptions

  @Option(help: "A limit to be crossed upwards; repeat for several.")
  var threshold: [Double] = []

  @Option(help: "A limit to be crossed downwards; repeat for several.")
  var thresholdBelow: [Double] = []

  @Option(help: "Forecast from this instant; by default now, with --input the last sample.")
  var at: TimeArgument?

  @Option(help: "How much history of the store to use; by default 90d.")
  var since: DurationArgument?

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  @Flag(help: "Show what was tried, what won, what was clipped or filled.")
  var explain = false

  @Flag(help: "Let the exit code be the verdict: 0 OK, 2 CRITICAL, 3 UNKNOWN.")
  var exitCode = false

  var givesVerdict: Bool { exitCode }

  func validate() throws {
    guard (selector == nil) != (input == nil) else {
      throw ValidationError("name a selector, or a file with --input: exactly one of them")
    }
    if let wrong = (threshold + thresholdBelow).first(where: { !$0.isFinite }) {
      throw ValidationError("a threshold must be a finite number, not \(wrong)")
    }
    if since != nil, input != nil {
      throw ValidationError("--since looks back in a store; a file is used whole")
    }
    if input != nil, source.isNamed {
      throw ValidationError("--input reads a file: --data and --server go with a selector")
    }
  }

  func run() async throws {
    let renderer = ForecastRenderer(
      format: output, explain: explain, withSeries: false, unit: forecast.unit.unit,
      levels: forecast.levels)
    var writer = ForecastWriter(renderer: renderer)
    if let input {
      let samples = try HistoryFile.read(input)
      guard let last = samples.times.last else {
        throw CommandFailure("`\(input)` holds no sample")
      }
      warn(of: samples, name: input)
      let origin = at?.resolve(now: Clock.wholeSecond()) ?? Timestamp(nanoseconds: last)
      let start = samples.times.min() ?? last
      let asked = request(origin, since: Timestamp(nanoseconds: start))
      let forecast = Forecaster.forecast(samples, asked.bounded(by: samples.values))
      try writer.add(MadeForecast(nil, forecast))
    } else if let selector {
      try await predict(selector, &writer)
    }
    try writer.finish()
    if exitCode, writer.verdict != .ok { throw VerdictExit(code: writer.verdict) }
  }

  private func predict(_ selector: String, _ writer: inout ForecastWriter) async throws {
    let origin = at?.resolve(now: Clock.wholeSecond()) ?? Clock.wholeSecond()
    let lookback = since?.nanoseconds ?? ForecastLookback.defaultNanoseconds
    let range = TimeRange(start: origin.adding(nanoseconds: -lookback), end: origin)
    let opened = try await source.open()
    try await opened.whileOpen { source in
      let series = try await source.series(matching: selector, in: range)
      guard !series.isEmpty else {
        throw CommandFailure(
          "no series matches `\(selector)` in the \(DurationText.text(nanoseconds: lookback))"
            + " before \(origin)",
          hint: "`tsq series` lists what there is; --since looks back further")
      }
      writer.renderer.withSeries = series.count > 1
      try await forecast(
        series, request(origin, since: range.start), from: source, in: range, &writer)
    }
  }

  /// Series in work at once, for each processor: enough that none waits, few enough that a fleet of
  /// any size needs the memory of a handful.
  private static let seriesPerProcessor = 4

  /// Forecasts many series on all processors and writes them in their order as they are done.
  private func forecast(
    _ series: [Labels], _ request: ForecastRequest, from source: any SampleSource,
    in range: TimeRange, _ writer: inout ForecastWriter
  ) async throws {
    let progress = Progress("forecasting", of: series.count)
    let window = Self.seriesPerProcessor * ProcessInfo.processInfo.activeProcessorCount
    try await withThrowingTaskGroup(of: (place: Int, made: MadeForecast).self) { group in
      var done: [Int: MadeForecast] = [:]
      var (started, written) = (0, 0)
      while written < series.count {
        while started < min(series.count, written + window) {
          let (place, labels) = (started, series[started])
          group.addTask {
            (place, try await forecast(labels, request, from: source, in: range))
          }
          started += 1
        }
        guard let next = try await group.next() else { break }
        done[next.place] = next.made
        while let made = done.removeValue(forKey: written) {
          try writer.add(made)
          written += 1
          progress.advance()
        }
      }
    }
    progress.finish()
  }

  /// The shortest step whose buckets are asked of the store: about a thousand samples make a block,
  /// most of a day at a sample a minute, so that shorter buckets cut nearly every block anyway.
  private static let shortestSummaryStep: Int64 = 86_400_000_000_000

  /// Forecasts one series: long buckets of levels come from block summaries, the rest from samples.
  private func forecast(
    _ labels: Labels, _ request: ForecastRequest, from source: any SampleSource,
    in range: TimeRange
  ) async throws -> MadeForecast {
    if request.kind == .gauge, let step = request.stepNanoseconds, step >= Self.shortestSummaryStep,
      let history = try await source.grid(
        of: labels, in: range, stepNanoseconds: step, aggregation: request.aggregation)
    {
      let grid = history.grid
      let times = grid.values.indices.map { grid.time(ofBucket: $0).nanoseconds }
      let buckets = SampleColumns(times: times, values: grid.values)
      warn(of: buckets, name: labels.description)
      return MadeForecast(
        labels, Forecaster.forecast(grid, request.bounded(by: grid.values)),
        warnings: history.warnings, reading: StatisticsText.line(history.statistics))
    }
    let history = try await source.history(of: labels, in: range)
    let samples = history.samples
    warn(of: samples, name: labels.description)
    return MadeForecast(
      labels, Forecaster.forecast(samples, request.bounded(by: samples.values)),
      warnings: history.warnings)
  }

  private func warn(of samples: SampleColumns, name: String) {
    // A counter's values are totals, of another unit than its rate.
    guard !forecast.counter else { return }
    UnitCheck.warning(samples, forecast.unit.unit, name: name).map(Diagnostic.warn)
  }

  private func request(_ origin: Timestamp, since start: Timestamp) -> ForecastRequest {
    forecast.request(
      origin: origin, since: start,
      thresholds: threshold.map { Threshold(limit: $0, direction: .above) }
        + thresholdBelow.map { Threshold(limit: $0, direction: .below) })
  }
}
