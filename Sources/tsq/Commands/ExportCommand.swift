internal import ArgumentParser
internal import Foundation
internal import TSQClient
internal import TSQCodec
internal import TSQCore
internal import TSQQuery
internal import TSQServer
internal import TSQStorage

/// `tsq export`: writes samples as text that `tsq import` reads back to the same bits.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write every sample of the matching series as text.",
    discussion: """
      `tsq import` of the same format reads it back to the same series, times and values, bit for \
      bit. CSV can say every sample; line protocol has no NaN and no infinity, OpenMetrics no \
      stale marker and only names of the classic alphabet. What a format cannot say is skipped \
      and counted, and the exit code is then 1. Hourly values in place of samples that retention \
      dropped are not written; a warning says of how many series. Without --to the export ends at \
      the last sample, also where that lies ahead of this machine's clock.

      Examples:
        tsq export --data metrics --format csv > all.csv
        tsq export 'cpu_usage{host="a"}' --since 7d | gzip > week.lp.gz
        tsq export --format openmetrics --server http://127.0.0.1:9010
      """)

  @Argument(help: "A PromQL selector; by default every series.")
  var selector = "{__name__!=\"\"}"

  @Option(help: "line-protocol, csv or openmetrics.")
  var format: TextFormat = .lineProtocol

  @OptionGroup var window: ExportWindow
  @OptionGroup var source: SourceOptions

  /// The formats by name.
  enum TextFormat: String, ExpressibleByArgument, CaseIterable {
    case lineProtocol = "line-protocol"
    case csv, openmetrics
  }

  func run() async throws {
    let range = try window.range(now: Clock.now())
    let writer = (ExportFormat(rawValue: format.rawValue) ?? .csv).writer
    let outcome: ExportOutcome
    if let client = try source.client() {
      var export = ServerExport(writer: writer)
      outcome = try await export.run(client, selector, range)
    } else {
      outcome = try local(range, writer)
    }
    try report(outcome)
  }

  private func local(_ range: TimeRange, _ writer: any SampleWriting) throws -> ExportOutcome {
    var writer = writer
    let out = StandardOutput()
    let store = try StoreOpening.readOnly(source.directory)
    defer { try? store.close() }
    var export = StoreExport(
      snapshot: store.snapshot(), selectors: [try QueryEngine.matchers(of: selector)],
      range: range)
    while try export.write(1 << 20, with: &writer) {
      try out.write(Data(writer.bytes))
      writer.removeAll()
    }
    writer.finish()
    try out.write(Data(writer.bytes))
    try out.flush()
    return ExportOutcome(
      samples: export.samples, series: export.seriesWritten, skipped: export.skipped,
      missing: export.damage, hourlySeries: export.hourlySeries)
  }

  private func report(_ outcome: ExportOutcome) throws {
    for place in outcome.missing { Diagnostic.warn("samples are missing: \(place)") }
    if outcome.hourlySeries > 0 {
      Diagnostic.warn(
        "of \(outcome.hourlySeries) series older hours are left as hourly values only, which are not "
          + "exported\nhint: `tsq backup` copies them; `tsq query` with a step of 1h shows them")
    }
    StandardError.writeLine(
      "\(outcome.samples - outcome.skipped) samples of \(outcome.series) series written")
    if outcome.skipped > 0 {
      StandardError.writeLine(
        "error: \(outcome.skipped) samples skipped: \(format.rawValue) cannot say them\n"
          + "hint: --format csv can say every sample")
    }
    if outcome.skipped > 0 || !outcome.missing.isEmpty { throw ExitCode(1) }
  }
}

/// What an export came to.
struct ExportOutcome {
  var samples = 0
  var series = 0
  /// Samples that the format cannot say.
  var skipped = 0
  /// What is damaged.
  var missing: [String] = []
  /// Series of which some hours are left as hourly values only.
  var hourlySeries = 0
}

/// The window of an export: what is not named is open.
struct ExportWindow: ParsableArguments {
  @Option(help: "Start this long before --to, or before now: 30d, 12h. Not together with --from.")
  var since: DurationArgument?

  @Option(help: "Start: RFC 3339, Unix seconds, `now-7d`; by default the first sample.")
  var from: TimeArgument?

  @Option(help: "End, by default the last sample.")
  var to: TimeArgument?

  func validate() throws {
    if since != nil, from != nil {
      throw ValidationError("--since and --from exclude each other: both say where to start")
    }
  }

  /// The range meant, both ends included.
  func range(now: Timestamp) throws -> TimeRange {
    let named = to?.resolve(now: now)
    let start =
      from?.resolve(now: now) ?? since.map { (named ?? now).adding(nanoseconds: -$0.nanoseconds) }
      ?? .distantPast
    let end = named ?? .distantFuture
    guard start <= end else {
      throw CommandFailure("the range starts at \(start), after its end \(end)")
    }
    return TimeRange(start: start, end: end)
  }
}
