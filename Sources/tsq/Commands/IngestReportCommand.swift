internal import ArgumentParser
internal import Foundation
internal import TSQClient
internal import TSQServer

/// `tsq ingest-report`: what became of every line and sample, sender by sender.
struct IngestReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest-report",
    abstract: "Show what became of every line and sample that a server got, by sender.",
    discussion: """
      Since the server's start: lines = accepted + rejected (by reason), samples = stored + \
      replaced + ignored. The code is 1 where that does not hold, and never where lines were \
      rejected. The rejected lines themselves lie in `dead-letters` of the store's folder.

      Examples:
        tsq ingest-report --data metrics
        tsq ingest-report --server http://127.0.0.1:9010 -o json
      """)

  @Flag(help: "Show connections too that sent nothing.")
  var all = false

  @OptionGroup var source: SourceOptions

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  func run() async throws {
    guard let client = try source.client() else {
      throw CommandFailure(
        "no server runs on `\(source.directory)`, and the ledger is a server's",
        hint: "`tsq stats` shows what the store holds")
    }
    let json = try await client.ledger()
    let report = try IngestReport(json: json)
    let out = StandardOutput()
    if output == .json {
      try out.write(json)
      try out.writeLine()
    } else {
      let table = report.table(showsSilent: all)
      try out.write(output == .csv ? table.csv : output == .md ? table.markdown : table.text)
    }
    try out.flush()
    if let lost = report.lostLetters { Diagnostic.warn(lost) }
    guard report.isBalanced else {
      throw CommandFailure("the ledger does not balance: a fault in tsq, please report it")
    }
  }
}

/// A ledger for people.
private struct IngestReport {
  let ledger: LedgerBody

  init(json: Data) throws {
    struct Envelope: Decodable { let data: LedgerBody }
    ledger = try JSONDecoder().decode(Envelope.self, from: json).data
  }

  var isBalanced: Bool {
    let lines = ledger.accounts.reduce(ledger.earlier.counts.lines) { $0 + $1.counts.lines }
    return ledger.total.isBalanced && ledger.accounts.allSatisfy(\.counts.isBalanced)
      && lines == ledger.total.lines
  }

  var lostLetters: String? {
    ledger.deadLettersLost > 0
      ? "\(ledger.deadLettersLost) rejected lines could not be kept as dead letters" : nil
  }

  func table(showsSilent: Bool) -> Table {
    var table = Table([
      "sender", "state", "#lines", "#accepted", "#rejected", "#samples", "#stored", "#replaced",
      "#ignored", "rejected_by_reason",
    ])
    for account in ledger.accounts where showsSilent || account.counts.lines > 0 {
      let name = account.peer.isEmpty ? account.source : "\(account.source) \(account.peer)"
      table.add([name, account.closeReason ?? "open"] + account.counts.cells)
    }
    if ledger.earlier.connections > 0 {
      let name = "\(ledger.earlier.connections) earlier"
      table.add([name, "closed"] + ledger.earlier.counts.cells)
    }
    table.add(["total", ""] + ledger.total.cells)
    return table
  }
}

extension LedgerBody.Counts {
  fileprivate var isBalanced: Bool {
    lines == accepted + rejected && samples == stored + replaced + ignored
  }

  fileprivate var cells: [String] {
    let reasons = rejectedByReason.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.key) \($0.value)" }
    return [lines, accepted, rejected, samples, stored, replaced, ignored].map(String.init)
      + [reasons.joined(separator: ", ")]
  }
}
