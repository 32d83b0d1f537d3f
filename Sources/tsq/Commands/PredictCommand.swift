internal import ArgumentParser
internal import TSQCapacity
internal import TSQCore
internal import TSQForecast

/// `tsq predict`: what a series will do, how sure that is, and when it crosses a limit.
struct PredictCommand: AsyncParsableCommand, VerdictCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Forecast a series, with intervals and the time it crosses a limit.",
    discussion: """
      Too little or stale data, or a model without skill: the naive forecast is shown, labelled
      UNKNOWN with the reason and what would suffice. With --exit-code the code is then 3; 2 when a
      threshold is crossed with probability 0.5 or more; 0 otherwise.

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

  @Option(help: "How much history to use.")
  var since = DurationArgument(nanoseconds: ForecastLookback.defaultNanoseconds)

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
  }

  func run() async throws {
    let renderer = ForecastRenderer(
      format: output, explain: explain, withSeries: false, unit: forecast.unit.unit)
    var writer = ForecastWriter(renderer: renderer)
    if let input {
      let samples = try HistoryFile.read(input)
      guard let last = samples.times.last else {
        throw CommandFailure("`\(input)` holds no sample")
      }
      let origin = at?.resolve(now: Clock.wholeSecond()) ?? Timestamp(nanoseconds: last)
      try writer.add(nil, Forecaster.forecast(samples, request(origin, samples)))
    } else if let selector {
      try await predict(selector, &writer)
    }
    try writer.finish()
    if exitCode, writer.verdict != .ok { throw VerdictExit(code: writer.verdict) }
  }

  private func predict(_ selector: String, _ writer: inout ForecastWriter) async throws {
    let origin = at?.resolve(now: Clock.wholeSecond()) ?? Clock.wholeSecond()
    let range = TimeRange(start: origin.adding(nanoseconds: -since.nanoseconds), end: origin)
    let opened = try await source.open()
    try await opened.whileOpen { source in
      let series = try await source.series(matching: selector, in: range)
      guard !series.isEmpty else {
        throw CommandFailure(
          "no series matches `\(selector)` in the \(DurationText.text(nanoseconds: since.nanoseconds))"
            + " before \(origin)",
          hint: "`tsq series` lists what there is; --since looks back further")
      }
      writer.renderer.withSeries = series.count > 1
      let progress = Progress("forecasting", of: series.count)
      for labels in series {
        let samples = try await source.history(of: labels, in: range)
        try writer.add(labels, Forecaster.forecast(samples, request(origin, samples)))
        progress.advance()
      }
      progress.finish()
    }
  }

  /// The request for one series; where no unit says otherwise, what was never negative stays so.
  private func request(_ origin: Timestamp, _ samples: SampleColumns) -> ForecastRequest {
    var request = forecast.request(
      origin: origin,
      thresholds: threshold.map { Threshold(limit: $0, direction: .above) }
        + thresholdBelow.map { Threshold(limit: $0, direction: .below) })
    if request.bounds == .none { request.bounds = .inferred(from: samples.values) }
    return request
  }
}
