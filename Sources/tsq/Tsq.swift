internal import ArgumentParser
internal import Foundation
internal import TSQCore

/// The program: picks a subcommand, and decides in one place what goes wrong with which exit code.
@main
struct Tsq: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "tsq",
    abstract: "A time-series metrics store with a forecasting engine.",
    discussion: """
      Data goes to standard output, everything else to standard error.

      Exit codes: 0 success, 1 failure, 2 usage. For `alerts check` and with --exit-code:
      0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, and every failure is 3.

      Examples:
        tsq serve --data metrics
        tsq predict cpu_usage --days 7 --threshold 0.9
        tsq predict --input history.csv --horizon 7d --step 1h -o csv
        tsq alerts check --rules rules.yaml
      """,
    version: version,
    groupedSubcommands: [
      CommandGroup(
        name: "Collect",
        subcommands: [
          ServeCommand.self, AgentCommand.self, PushCommand.self, ImportCommand.self,
          ExportCommand.self, SampleCommand.self,
        ]),
      CommandGroup(
        name: "Ask",
        subcommands: [
          QueryCommand.self, SeriesCommand.self, LabelsCommand.self, TrendCommand.self,
          PredictCommand.self, BacktestCommand.self,
        ]),
      CommandGroup(
        name: "Decide",
        subcommands: [AlertsCommand.self, AdviseCommand.self, ReportCommand.self]),
      CommandGroup(
        name: "Keep",
        subcommands: [
          StatsCommand.self, IngestReportCommand.self, MaintainCommand.self,
          RetentionCommand.self, FlushCommand.self, CompactCommand.self, DeleteCommand.self,
          VerifyCommand.self, BackupCommand.self, RestoreCommand.self,
        ]),
    ])

  static func main() async {
    // A closed pipe is seen as a write error and taken for success, see StandardOutput.
    signal(SIGPIPE, SIG_IGN)
    do {
      try checkHelp(CommandLine.arguments.dropFirst())
      var command = try parseAsRoot()
      do {
        if var asynchronous = command as? any AsyncParsableCommand {
          try await asynchronous.run()
        } else {
          try command.run()
        }
      } catch let verdict as VerdictExit {
        Foundation.exit(verdict.code.rawValue)
      } catch let code as ExitCode {
        Foundation.exit(code.rawValue)
      } catch let error where exitCode(for: error) == .success {
        // `--help` and `--version` of a subcommand arrive as errors of the run.
        exitAfterParsing(error)
      } catch {
        let status = (command as? any VerdictCommand)?.givesVerdict == true ? Verdict.unknown : nil
        report(error)
        Foundation.exit(status?.rawValue ?? 1)
      }
    } catch {
      exitAfterParsing(error)
    }
  }

  /// `tsq help` of something that is no command would show the overview as if it were.
  private static func checkHelp(_ words: ArraySlice<String>) throws {
    guard words.first == "help" else { return }
    var command: any ParsableCommand.Type = Tsq.self
    var path = "tsq"
    for word in words.dropFirst() where !word.hasPrefix("-") {
      let found = command.configuration.subcommands.first {
        $0.configuration.commandName == word
      }
      guard let found else {
        throw ValidationError("there is no command `\(path) \(word)`; `\(path) --help` lists them")
      }
      (command, path) = (found, "\(path) \(word)")
    }
  }

  /// Prints what stopped a command, its hint on a line of its own.
  private static func report(_ error: any Error) {
    var text = "\(error)".replacingOccurrences(of: "; hint: ", with: "\nhint: ")
    if !text.contains("\nhint: "), let hint = Hints.hint(for: error) { text += "\nhint: \(hint)" }
    StandardError.writeLine(Diagnostic.text("error", text))
  }

  /// Help goes to standard output with code 0; a wrong call goes to standard error with code 2, or 3
  /// where 2 would be read as CRITICAL.
  private static func exitAfterParsing(_ error: any Error) -> Never {
    let text = fullMessage(for: error)
    if exitCode(for: error) == .success {
      print(text)
      Foundation.exit(0)
    }
    let words = CommandLine.arguments.dropFirst()
    let hint = negativeNumberHint(text, Array(words)).map { "\nhint: \($0)" } ?? ""
    StandardError.writeLine(text.replacingOccurrences(of: "Error: ", with: "error: ") + hint)
    let givesVerdict = words.contains("--exit-code") || words.starts(with: ["alerts", "check"])
    Foundation.exit(givesVerdict ? Verdict.unknown.rawValue : 2)
  }

  /// How to give an option a negative number, which by itself is taken for an option.
  private static func negativeNumberHint(_ text: String, _ words: [String]) -> String? {
    guard text.contains("Missing value for") else { return nil }
    let found = zip(words, words.dropFirst()).first { option, value in
      option.hasPrefix("--") && text.contains("'\(option)") && value.hasPrefix("-")
        && Double(value) != nil
    }
    return found.map { "write `\($0)=\($1)`: a word that begins with - is taken for an option" }
  }
}
