import Foundation
import Testing

/// `tsq retention set PATTERN --raw … --hourly …` and what every command makes of hourly values.
@Suite struct HourlyTests {
  private static let end = 1_800_000_000 / 3600 * 3600
  private static let days = 120

  /// A store with 120 days of a disk that fills, a sample every ten minutes.
  private func makeStore() throws -> (folder: TemporaryFolder, store: String) {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    var lines = "old value=1 \(Self.end - Self.days * 86_400)\n"
    for time in stride(from: Self.end - Self.days * 86_400, through: Self.end, by: 600) {
      let day = Double(time % 86_400) / 86_400
      let value = 20 + Double(time - Self.end + Self.days * 86_400) / 86_400 * 0.25 + sin(day * 6)
      lines += "disk,host=a used=\((value * 100).rounded() / 100) \(time)\n"
      lines += "disk,host=b used=\(time % 7) \(time)\n"
    }
    let outcome = try Program.run(
      ["import", "--data", store, "--precision", "s", "-"], input: lines)
    try #require(outcome.code == 0, "\(outcome.errors)")
    return (folder, store)
  }

  private func csv(_ outcome: Program.Outcome) -> [String] { Array(outcome.lines.dropFirst()) }

  @Test(
    "samples become hourly values, and every command uses them or says that they are there",
    arguments: UpkeepTests.Place.allCases)
  func life(place: UpkeepTests.Place) throws {
    let (folder, store) = try makeStore()
    let server = place == .server ? try ServerProcess(folder: store) : nil
    func run(_ arguments: [String]) throws -> Program.Outcome {
      try Program.run(arguments + ["--data", store])
    }
    let daily = "max_over_time(disk_used{host=\"a\"}[1d])"
    func query(_ expression: String) throws -> Program.Outcome {
      try run([
        "query", expression, "--since", "100d", "--to", "\(Self.end)", "--step", "1d", "-o", "csv",
      ])
    }
    if place == .server {
      // The server applies the rules when it sees the first one, and then again in an hour.
      #expect(try run(["retention", "set", "old", "--keep", "7d"]).code == 0)
      for _ in 0..<300 where try run(["series", "old"]).output.contains("old") { usleep(100_000) }
      #expect(try run(["retention", "remove", "old"]).code == 0)
    }
    let before = try query(daily)
    #expect(csv(before).count == 101)
    let set = try run(["retention", "set", "disk_*", "--raw", "30d", "--hourly", "2y"])
    #expect(set.code == 0 && set.output.contains("hourly") && set.lines.count == 3, "\(set.errors)")
    // A rule that says nothing of hourly values leaves them as they are.
    let again = try run(["retention", "set", "disk_*", "--keep", "30d"])
    #expect(again.output == set.output, "\(again.output)")
    let dry = try run(["retention", "apply", "--dry-run"])
    #expect(dry.errors.contains("hourly values taking their place"), "\(dry.errors)")
    #expect(try query(daily).output == before.output)
    let done = try run(["retention", "apply"])
    #expect(done.code == 0 && done.errors.contains("hours written"), "\(done.errors)")
    let after = try query(daily)
    #expect(after.output == before.output && !after.errors.contains("hourly"), "\(after.errors)")
    let fine = try query("avg_over_time(disk_used[10m])")
    #expect(fine.errors.contains("only hourly values remain"), "\(fine.errors)")
    #expect(try run(["retention", "apply"]).errors.contains("nothing is older"))
    let stats = try run(["stats", "-o", "json"])
    #expect(stats.output.contains("\"hours\":"), "\(stats.output.prefix(400))")
    let series = try run(["series", "disk_used"])
    #expect(series.lines.count { $0.contains("disk_used{") } == 2, "\(series.output)")
    #expect(!series.output.contains("__rollup__"))
    let predicted = try run(
      [
        "predict", "disk_used{host=\"a\"}", "--days", "30", "--since", "120d", "--at",
        "\(Self.end)",
      ])
    #expect(predicted.code == 0, "\(predicted.errors)")
    #expect(predicted.errors.contains("only hourly values remain"), "\(predicted.errors)")
    #expect(!predicted.output.contains("UNKNOWN"), "\(predicted.output.prefix(600))")
    let trend = try run([
      "trend", "disk_used{host=\"a\"}", "--since", "120d", "--to", "\(Self.end)",
    ])
    #expect(trend.output.contains("0.2"), "\(trend.output)")
    let exported = try run(["export", "--format", "csv"])
    #expect(exported.code == 0 && exported.errors.contains("hourly values only"))
    #expect(try run(["verify", "--deep"]).code == 0)
    let copy = folder.path("copy")
    #expect(try run(["backup", copy]).code == 0)
    let (back, restored) = (
      folder.path("back"),
      try Program.run(
        ["restore", copy, "--data", folder.path("back")])
    )
    #expect(restored.code == 0, "\(restored.errors)")
    let there = try Program.run(
      ["query", daily, "--since", "100d", "--to", "\(Self.end)", "--step", "1d", "-o", "csv"]
        + ["--data", back])
    #expect(there.output == before.output)
    let none = try run(["retention", "set", "disk_*", "--raw", "30d", "--hourly", "none"])
    #expect(none.lines.count == 2 && !none.output.contains("hourly"), "\(none.output)")
    _ = server
  }

  @Test(
    "rules that cannot be meant are a wrong call",
    arguments: [
      ["disk_*", "--raw", "30d", "--hourly", "7d"],
      ["disk_*", "--raw", "forever", "--hourly", "2y"],
      ["disk_*", "--hourly", "2y"], ["disk_*", "--raw", "30d", "--hourly", "soon"],
    ])
  func wrongRules(arguments: [String]) throws {
    let outcome = try Program.run(
      ["retention", "set"] + arguments + ["--data", "/nonexistent/store"])
    #expect(outcome.code == 2, "\(outcome.errors)")
  }

  @Test("a trial run promises hourly values to those series only whose rule makes them")
  func trialRun() throws {
    let (folder, store) = try makeStore()
    func apply() throws -> String {
      try Program.run(["retention", "apply", "--dry-run", "--data", store]).errors
    }
    func set(_ arguments: [String]) throws {
      let outcome = try Program.run(["retention", "set"] + arguments + ["--data", store])
      #expect(outcome.code == 0, "\(outcome.errors)")
    }
    try set(["old", "--keep", "7d"])
    let plain = try apply()
    #expect(!plain.contains("hourly"), "\(plain)")
    try set(["disk_*", "--raw", "30d", "--hourly", "2y"])
    let words = try apply()
    #expect(
      words.contains("3 series, hourly values taking the place of those of 2 series"), "\(words)")
    _ = folder
  }
}
