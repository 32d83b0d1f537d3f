internal import ArgumentParser
internal import Foundation
internal import TSQClient
internal import TSQCodec
internal import TSQCore
internal import TSQStorage

/// `tsq import`: reads files into a store, without a server or through the one that holds it.
struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import files of samples in any text format; no server needed.",
    discussion: """
      CSV has the columns series,timestamp,value (as `tsq query -o csv` prints them), or \
      timestamp,value for one series named by --metric and --label. Rejected lines are printed \
      with number and reason, and the good ones around them kept; the exit code is then 1.

      Examples:
        tsq import --data metrics --precision s data/sample.lp
        tsq import --data metrics --format csv --metric cpu_usage --label host=a history.csv
        tsq import --format openmetrics --dry-run metrics.txt
        zcat old.lp.gz | tsq import -
      """)

  @Argument(help: "Files to read; - is standard input.")
  var files: [String]

  @Option(help: "line-protocol, csv, prometheus, openmetrics or graphite.")
  var format: ImportFormat = .lineProtocol

  @Option(help: "The unit of line-protocol timestamps: ns, us, ms, s, m, h.")
  var precision: PrecisionArgument = .ns

  @Option(help: "CSV without a series column: the metric's name.")
  var metric: String?

  @Option(help: "CSV without a series column: a label, KEY=VALUE; repeat for several.")
  var label: [String] = []

  @Option(help: "How many rejected lines to print; 0 prints all.")
  var rejected = 20

  @Flag(help: "Check every line and store nothing.")
  var dryRun = false

  @OptionGroup var source: SourceOptions

  /// The formats by name.
  enum ImportFormat: String, ExpressibleByArgument, CaseIterable {
    case lineProtocol = "line-protocol"
    case csv, prometheus, openmetrics, graphite

    /// The parser's format.
    var lineFormat: LineFormat { LineFormat(rawValue: rawValue) ?? .lineProtocol }
  }

  func validate() throws {
    if metric == nil, !label.isEmpty { throw ValidationError("--label goes with --metric") }
    if metric != nil, format != .csv { throw ValidationError("--metric goes with --format csv") }
    if precision != .ns, format != .lineProtocol {
      throw ValidationError("--precision goes with --format line-protocol: \(format) has its own")
    }
    _ = try singleSeries()
  }

  func run() async throws {
    // A name that is wrong should be known before half of the files are stored.
    for file in files { _ = try InputStream(file) }
    let rejections = ImportRejections(shown: rejected)
    if dryRun { return try await run(into: CheckOnly(), rejections) }
    if let client = try serverHolding() {
      return try await run(into: ServerImport(client), rejections)
    }
    var options = StoreOptions()
    options.log = StoreOpening.log
    let store = try Store.open(source.directory, options: options)
    do {
      let outcome = try await read(into: StoreImport(store), rejections)
      try store.close()
      try report(outcome, rejections)
    } catch {
      try? store.close()
      throw error
    }
  }

  private func run(into target: any ImportTarget, _ rejections: ImportRejections) async throws {
    try report(try await read(into: target, rejections), rejections)
  }

  /// The server to import through; a folder that is not there yet will be made, so it needs none.
  private func serverHolding() throws -> ServerClient? {
    if let address = source.serverAddress { return try source.client(of: address) }
    return try StoreHolder.find(source.directory)?.address.map { try source.client(of: $0) }
  }

  private func singleSeries() throws -> Labels? {
    guard let metric else { return nil }
    let pairs = try label.map { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw ValidationError("--label takes KEY=VALUE, not `\(text)`")
      }
      return (parts[0], parts[1])
    }
    guard let labels = Labels(metric: metric, pairs) else {
      throw ValidationError("--metric and --label do not make a series: a name is empty or twice")
    }
    return labels
  }

  private func parser() throws -> any LineParsing {
    if format == .csv { return CSVParser(single: try singleSeries()) }
    // A server's dead letters of this format need a reader of their own.
    if format == .openmetrics { return OpenMetricsLetters() }
    return format.lineFormat.parser(precision: precision.unit)
  }

  /// What became of the files, and what kept the last of them from being read to its end.
  private struct Outcome {
    var totals = ImportTotals()
    /// The first line that was rejected for each reason.
    var examples: [RejectReason: [UInt8]] = [:]
    var failure: CommandFailure?
  }

  private func read(
    into target: any ImportTarget, _ rejections: ImportRejections
  ) async throws -> Outcome {
    var outcome = Outcome()
    for file in files where outcome.failure == nil {
      var stream = try InputStream(file)
      rejections.file = stream.name
      let progress = ByteProgress(stream.name, path: file)
      defer { progress.finish() }
      var importer = LineImporter(
        parser: try parser(), target: target
      ) { line, reason, words in
        progress.finish()
        rejections.print(line, reason, words)
      }
      do {
        while let piece = stream.next() {
          try await importer.append(piece, readAt: Clock.now())
          progress.advance(piece.count)
        }
        try await importer.finish()
        try stream.check()
      } catch let unknown as LineImporter.UnknownPrecision {
        outcome.failure = CommandFailure(
          "\(stream.name):\(unknown.line): `precision=\(unknown.text)` is no unit of time; "
            + "the lines before it are imported, those behind it are not",
          hint: "the units are ns, us, ms, s, m and h")
      } catch is LineImporter.SeriesColumn {
        outcome.failure = CommandFailure(
          "\(stream.name): the file has a `series` column, which --metric would not rename; "
            + "nothing of the file is imported",
          hint: "leave --metric and --label out; files without the column go in another command")
      } catch let failure as CommandFailure {
        outcome.failure = failure
      } catch let stop as ImportInterruption {
        outcome.failure = stopped(stop, in: stream.name)
        outcome.totals.accepted -= stop.lines
        outcome.totals.samples -= stop.samples
      }
      outcome.totals.add(importer.totals)
      outcome.examples.merge(importer.examples) { first, _ in first }
    }
    return outcome
  }

  /// Why an import ended early, where, and that it may be done again.
  private func stopped(_ stop: ImportInterruption, in file: String) -> CommandFailure {
    let place = stop.line.map { "line \($0) and what follows it" } ?? "what was not sent yet"
    let untimed =
      format == .csv
      ? "" : "; only a line without a timestamp gets a new time, and is stored twice"
    let taken = stop.cause is ServerClientError ? "acknowledged" : "stored"
    let cause = Hints.hint(for: stop.cause).map { "\($0)\nhint: " } ?? ""
    return CommandFailure(
      "\(file): \(stop.cause); \(place) is not \(taken), what was "
        + "accepted before it is stored",
      hint: "\(cause)import the same files again, which is harmless: samples that are there "
        + "already replace themselves\(untimed)")
  }

  private func report(_ outcome: Outcome, _ rejections: ImportRejections) throws {
    let totals = outcome.totals
    rejections.finish()
    let done = dryRun ? "checked, nothing stored" : "stored"
    var words =
      "\(totals.accepted) lines accepted, \(totals.rejected) rejected; "
      + "\(totals.samples) samples \(done)"
    if totals.replaced > 0 { words += ", \(totals.replaced) of them replaced earlier ones" }
    if totals.ignored > 0 {
      let what = format == .lineProtocol ? "string fields" : "exemplars"
      words += "; \(totals.ignored) \(what) ignored"
    }
    if totals.rounded > 0 {
      words += "; \(totals.rounded) integers beyond 2^53 rounded to the nearest 64-bit float"
    }
    StandardError.writeLine(words)
    if let failure = outcome.failure { throw failure }
    guard totals.rejected > 0 else { return }
    if format == .csv {
      let hints = CSVHints(isSeriesNamed: metric != nil).hints(for: outcome.examples)
      for hint in hints { StandardError.writeLine("hint: \(hint)") }
    } else if totals.accepted == 0, files.contains(where: { $0.lowercased().hasSuffix(".csv") }) {
      StandardError.writeLine(
        "hint: CSV needs --format csv; the file was read as \(format.rawValue)")
    }
    throw ExitCode(1)
  }
}
