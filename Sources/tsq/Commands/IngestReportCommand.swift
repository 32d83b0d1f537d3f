internal import ArgumentParser
internal import Foundation
internal import TSQClient
internal import TSQCore

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
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let ledger = try decoder.decode(IngestReport.Envelope.self, from: json).data
    let out = StandardOutput()
    if output == .json {
      try out.write(json)
      try out.writeLine()
    } else {
      let table = ledger.table(showsSilent: all)
      try out.write(output == .csv ? table.csv : output == .md ? table.markdown : table.text)
    }
    try out.flush()
    if let lost = ledger.lostLetters { Diagnostic.warn(lost) }
    guard ledger.isBalanced else {
      throw CommandFailure("the ledger does not balance: a fault in tsq, please report it")
    }
  }
}

/// The ledger as a server tells it.
private struct IngestReport: Decodable {
  struct Envelope: Decodable { let data: IngestReport }

  struct Counts: Decodable {
    let lines: Int
    let accepted: Int
    let rejected: Int
    let rejectedByReason: [String: Int]
    let samples: Int
    let stored: Int
    let replaced: Int
    let ignored: Int
    let bytes: Int

    var isBalanced: Bool {
      lines == accepted + rejected && samples == stored + replaced + ignored
    }

    var cells: [String] {
      let reasons = rejectedByReason.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\($0.key) \($0.value)" }
      return [lines, accepted, rejected, samples, stored, replaced, ignored].map(String.init)
        + [reasons.joined(separator: ", ")]
    }
  }

  struct Account: Decodable {
    let source: String
    let peer: String
    let opened: String
    let closed: String?
    let closeReason: String?
    let counts: Counts
  }

  struct Earlier: Decodable {
    let connections: Int
    let counts: Counts
  }

  let total: Counts
  let accounts: [Account]
  let earlier: Earlier
  let deadLettersLost: Int

  var isBalanced: Bool {
    let lines = accounts.reduce(earlier.counts.lines) { $0 + $1.counts.lines }
    return total.isBalanced && accounts.allSatisfy(\.counts.isBalanced) && lines == total.lines
  }

  var lostLetters: String? {
    deadLettersLost > 0
      ? "\(deadLettersLost) rejected lines could not be kept as dead letters" : nil
  }

  func table(showsSilent: Bool) -> Table {
    var table = Table([
      "sender", "state", "#lines", "#accepted", "#rejected", "#samples", "#stored", "#replaced",
      "#ignored", "rejected_by_reason",
    ])
    for account in accounts where showsSilent || account.counts.lines > 0 {
      let name = account.peer.isEmpty ? account.source : "\(account.source) \(account.peer)"
      table.add([name, account.closeReason ?? "open"] + account.counts.cells)
    }
    if earlier.connections > 0 {
      table.add(["\(earlier.connections) earlier", "closed"] + earlier.counts.cells)
    }
    table.add(["total", ""] + total.cells)
    return table
  }
}
