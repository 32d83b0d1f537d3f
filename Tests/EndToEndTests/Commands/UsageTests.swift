import Foundation
import Testing

/// The program as someone meets it who types things wrong.
@Suite struct UsageTests {
  static let commands = [
    "serve", "agent", "push", "import", "export", "sample", "query", "series", "labels", "trend",
    "predict", "backtest", "alerts", "advise", "report", "stats", "ingest-report", "flush",
    "compact", "delete", "verify", "maintain", "retention", "backup", "restore",
  ]

  @Test("every command has help with an example", arguments: commands)
  func help(command: String) throws {
    let outcome = try Program.run([command, "--help"])
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("USAGE: tsq \(command)"))
    #expect(outcome.errors.isEmpty)
    if command != "alerts" { #expect(outcome.output.contains("tsq \(command)")) }
  }

  @Test("the overview names every command and the exit codes")
  func overview() throws {
    let outcome = try Program.run(["--help"])
    for command in Self.commands { #expect(outcome.output.contains("  \(command) "), "\(command)") }
    #expect(outcome.output.contains("3 UNKNOWN"))
  }

  @Test(
    "a wrong call ends with code 2 and says what is wrong",
    arguments: [
      ["predict", "--no-such-flag"], ["no-such-command"], ["predict", "m", "--days", "-1"],
      ["predict", "m", "--days", "7", "--horizon", "7d"], ["query"], ["trend", "m", "-o", "yaml"],
      ["predict", "m", "--level", "120"], ["serve", "--http", "0.0.0.0:0"],
      ["series", "--since", "fortnight"], ["help", "nosuch"], ["help", "alerts", "nosuch"],
      ["predict", "m", "--days", "1e-18"], ["predict", "--input", "f", "--data", "d"],
      ["backtest", "--input", "f", "--server", "http://h"], ["predict", "m", "--threshold", "-50"],
    ])
  func usage(arguments: [String]) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.code == 2, "\(arguments): \(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("error: "))
  }

  @Test(
    "a store that is not there is an error with a hint, and is not created",
    arguments: ["query", "series", "trend", "predict", "stats"])
  func noStore(command: String) throws {
    let folder = try TemporaryFolder()
    let missing = folder.path("nothing-here")
    let selector = ["query", "trend", "predict"].contains(command) ? ["cpu_usage"] : []
    let outcome = try Program.run([command] + selector + ["--data", missing])
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("there is no store at"), "\(outcome.errors)")
    #expect(outcome.errors.contains("hint:"))
  }

  @Test(
    "a command that works on a store makes none, in a folder that is missing or empty neither",
    arguments: [
      ["flush"], ["compact"], ["delete", "m", "--yes"], ["maintain"], ["maintain", "--dry-run"],
      ["verify"], ["retention"], ["retention", "set", "*", "--keep", "1y"],
      ["retention", "remove", "*"], ["retention", "apply"], ["backup", "copy"], ["stats"],
      ["query", "m"], ["export", "--format", "csv"],
    ])
  func makesNone(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let empty = folder.path("empty")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
    for place in [empty, folder.path("missing")] {
      let outcome = try Program.run(arguments + ["--data", place])
      #expect(outcome.code == 1, "\(arguments): \(outcome.errors)")
      #expect(
        outcome.errors.hasPrefix("error: there is no store at `\(place)`\nhint: `tsq serve"),
        "\(arguments): \(outcome.errors)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: empty) == [])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.root) == ["empty"])
  }

  @Test("a check that cannot be made is UNKNOWN, never OK")
  func failedCheck() throws {
    let outcome = try Program.run(["alerts", "check", "--data", "/nonexistent/store"])
    #expect(outcome.code == 3)
    let noServer = try Program.run(["alerts", "check", "--server", "http://127.0.0.1:1"])
    #expect(noServer.code == 3)
    let noRules = try Program.run(["alerts", "check", "--rules", "/nonexistent/rules.yaml"])
    #expect(noRules.code == 3)
  }

  @Test("help finds a command's own page, and a negative number is told how to be written")
  func hints() throws {
    let help = try Program.run(["help", "alerts", "check"])
    #expect(help.code == 0 && help.output.contains("USAGE: tsq alerts check"))
    #expect(
      help.output.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(
        "json, csv and md"))
    let number = try Program.run(["predict", "m", "--threshold", "-50"])
    #expect(number.errors.contains("hint: write `--threshold=-50`"), "\(number.errors)")
  }

  @Test("no colour and no progress where nobody is watching")
  func plain() throws {
    let outcome = try Program.run(["query", "up", "--data", "/nonexistent/store"])
    #expect(!outcome.errors.contains("\u{1b}"))
  }
}
