internal import ArgumentParser
internal import Foundation
internal import TSQClient
internal import TSQStorage

/// `tsq maintain`: every job that is due.
struct MaintainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "maintain",
    abstract: "Do every job that is due: flush, retention, compaction, catalog, verification.",
    discussion: """
      Doing it again finds nothing due. A job that fails keeps none of the others from being done, \
      and the exit code is 1. A running server does the jobs itself and goes on serving.

      Examples:
        tsq maintain --dry-run
        tsq maintain --data metrics --deep
        tsq maintain --server http://127.0.0.1:9010 -o json
      """)

  @OptionGroup var source: SourceOptions

  @Flag(help: "Only say what is due.")
  var dryRun = false

  @Flag(help: "Let the verification decode every block.")
  var deep = false

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  func run() async throws {
    let watch = MaintenanceWatch()
    if let client = try source.client() {
      try await client.maintain(dryRun: dryRun, deep: deep) { watch.read($0) }
      try watch.requireEnd()
    } else if dryRun {
      _ = try source.whileReading { $0.maintain(dryRun: true, deep: deep) { watch.take($0) } }
    } else {
      _ = try source.whileWriting { $0.maintain(dryRun: false, deep: deep) { watch.take($0) } }
    }
    watch.clear()
    try print(watch.outcomes)
    if watch.outcomes.contains(where: { $0.result == .failed }) { throw ExitCode(1) }
  }

  private func print(_ outcomes: [MaintenanceOutcome]) throws {
    let out = StandardOutput()
    if output == .json {
      try out.writeLine(JSONText.line(outcomes))
    } else {
      var table = Table(["job", "result", "detail"])
      for outcome in outcomes {
        table.add([outcome.job.rawValue, outcome.result.rawValue, outcome.detail])
      }
      try out.write(output == .csv ? table.csv : output == .md ? table.markdown : table.text)
    }
    try out.flush()
  }
}

/// Gathers what happens during an upkeep, and shows how far it is.
final class MaintenanceWatch {
  private(set) var outcomes: [MaintenanceOutcome] = []
  private var progress: JobMeter?
  private var hasEnded = false
  private var unread = 0

  /// Takes one event.
  func take(_ event: MaintenanceEvent) {
    switch event {
    case .started(let job): progress = JobMeter(job.rawValue)
    case .progress(_, let how): progress?.show(how)
    case .finished(let outcome):
      clear()
      outcomes.append(outcome)
    }
  }

  /// Takes one line of a server's report.
  func read(_ line: Data) {
    guard let read = try? JSONDecoder().decode(MaintenanceLine.self, from: line) else {
      unread += 1
      return
    }
    if read.event == .end { hasEnded = true }
    if let event = read.maintenanceEvent { take(event) }
  }

  /// Clears the line that shows progress.
  func clear() {
    progress?.finish()
    progress = nil
  }

  /// Fails where the server's report was cut short: what is missing is not known to be done.
  func requireEnd() throws {
    clear()
    guard hasEnded, unread == 0 else {
      let done = outcomes.map(\.job.rawValue).joined(separator: ", ")
      throw CommandFailure(
        "the server's report was cut short after: \(done.isEmpty ? "nothing" : done)",
        hint: "run it again; doing a job twice is harmless")
    }
  }
}
