import ArgumentParser
import Foundation

/// How cost grows with the number of series, with the range of a question, and with the log.
///
/// Each phase runs in a process of its own, so that memory is that phase's. `--smoke` is small and quick.
@main
struct Scale: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Scale",
    abstract: "Opening, memory, appending and querying by number of series; long trends; recovery.",
    discussion: """
      Examples, in the folder Benchmarks:
        swift run -c release Scale series 10000 100000 1000000
        swift run -c release Scale year
        swift run -c release Scale recovery 256 512 1024 2048
        swift run -c release Scale allocations
      """,
    subcommands: [
      SeriesScale.self, YearScale.self, RecoveryScale.self, Allocations.self, Phase.self,
    ])
}

/// One phase, run by the others in a process of its own.
struct Phase: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "phase", shouldDisplay: false)

  /// What to measure.
  enum Name: String, ExpressibleByArgument { case fill, open, writeLog, replay, year }

  @Argument var name: Name
  @Argument var folder: String
  @Argument var size: Int

  func run() throws {
    switch name {
    case .fill: try SeriesPhases.fill(folder, series: size)
    case .open: try SeriesPhases.open(folder, series: size)
    case .writeLog: try RecoveryPhases.writeLog(folder, megabytes: size)
    case .replay: try RecoveryPhases.replay(folder)
    case .year: try YearPhase.run(folder, days: size)
    }
  }

  /// Runs a phase and waits for it; its rows go to standard output.
  static func spawn(_ name: Name, _ folder: String, _ size: Int) throws {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    child.arguments = ["phase", name.rawValue, folder, "\(size)"]
    try child.run()
    child.waitUntilExit()
    guard child.terminationStatus == 0 else {
      throw ExitCode(child.terminationStatus)
    }
  }

  /// Calls with a folder that is removed afterwards.
  static func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/tsq-scale-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }
}
