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
    abstract: "Import files of line protocol or CSV; no server needed.",
    discussion: """
      CSV has the columns series,timestamp,value (as `tsq query -o csv` prints them), or \
      timestamp,value for one series named by --metric and --label. Rejected lines are printed \
      with number and reason, and the good ones around them kept; the exit code is then 1.

      Examples:
        tsq import --data metrics --precision s data/sample.lp
        tsq import --data metrics --format csv --metric cpu_usage --label host=a history.csv
        tsq import --dry-run history.lp
      """)

  @Argument(help: "Files to read; - is standard input.")
  var files: [String]

  @Option(help: "line-protocol or csv.")
  var format: ImportFormat = .lineProtocol

  @Option(help: "The unit of line-protocol timestamps: ns, us, ms, s, m, h.")
  var precision: PrecisionArgument = .ns

  @Option(help: "CSV without a series column: the metric's name.")
  var metric: String?

  @Option(help: "CSV without a series column: a label, KEY=VALUE; repeat for several.")
  var label: [String] = []

  @Flag(help: "Check every line and store nothing.")
  var dryRun = false

  @OptionGroup var source: SourceOptions

  enum ImportFormat: String, ExpressibleByArgument, CaseIterable {
    case lineProtocol = "line-protocol"
    case csv
  }

  func validate() throws {
    if metric == nil, !label.isEmpty { throw ValidationError("--label goes with --metric") }
    if metric != nil, format != .csv { throw ValidationError("--metric goes with --format csv") }
    _ = try singleSeries()
  }

  func run() async throws {
    let rejections = ImportRejections()
    let holder = dryRun ? nil : try serverHolding()
    if let holder {
      try await ServerImport(client: holder, rejections: rejections).run(inputs())
      return
    }
    let store = dryRun ? nil : try Store.open(source.directory)
    do {
      var totals = ImportTotals()
      for input in try inputs() {
        rejections.file = input.name
        totals.add(try importFile(input, store, rejections))
      }
      try store?.close()
      try report(totals, rejections)
    } catch {
      try? store?.close()
      throw error
    }
  }

  /// The server to import through; a folder that is not there yet will be made, so it needs none.
  private func serverHolding() throws -> ServerClient? {
    if let address = source.serverAddress { return try ServerClient(address) }
    return try StoreHolder.find(source.directory)?.address.map { try ServerClient($0) }
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

  /// The files as line protocol with timestamps in `effectivePrecision`.
  private func inputs() throws -> [ImportInput] {
    try files.map { file in
      try ImportInput(
        file, csv: format == .csv ? .some(try singleSeries()) : nil,
        precision: format == .csv
          ? .nanoseconds
          : LinePrecision(text: precision.rawValue)
            ?? .nanoseconds)
    }
  }

  private func importFile(
    _ input: ImportInput, _ store: Store?, _ rejections: ImportRejections
  ) throws -> ImportTotals {
    var importer = LineImporter(
      store: store, precision: input.precision, receivedAt: Clock.now().nanoseconds,
      onReject: { rejections.print($0, $1, $2) })
    let rejected = try input.forEachPiece(
      onReject: { rejections.print($0, $1, $2) }, { try importer.append($0) })
    try importer.finish()
    var totals = importer.totals
    totals.rejected += rejected
    return totals
  }

  private func report(_ totals: ImportTotals, _ rejections: ImportRejections) throws {
    rejections.finish()
    let done = dryRun ? "checked, nothing stored" : "stored"
    var words =
      "\(totals.accepted) lines accepted, \(totals.rejected) rejected; "
      + "\(totals.samples) samples \(done)"
    if totals.replaced > 0 { words += ", \(totals.replaced) of them replaced earlier ones" }
    if totals.ignored > 0 { words += "; \(totals.ignored) string fields ignored" }
    StandardError.writeLine(words)
    if totals.rejected > 0 { throw ExitCode(1) }
  }
}
