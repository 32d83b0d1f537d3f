import Foundation
import Testing

/// The commands that keep a store in order, on a folder and through a running server.
@Suite struct UpkeepTests {
  /// Where the commands work.
  enum Place: CaseIterable {
    case folder, server
  }

  /// A store with two hours of two metrics long ago and two hours now, in several segments.
  private struct Bench {
    let folder: TemporaryFolder
    let store: String
    let now = Int(Date().timeIntervalSince1970)
    var server: ServerProcess?

    /// A bench; with `hasWeek` another metric has a sample a day since more than a week, because
    /// retention that nobody looks at does not believe a jump of two months.
    init(_ place: Place, hasWeek: Bool = false) throws {
      folder = try TemporaryFolder()
      store = folder.path("store")
      for start in [now - 60 * 86_400, now - 7200] {
        var lines = ""
        for second in stride(from: 0, to: 7200, by: 60) {
          lines += "cpu value=\(second) \(start + second)\n"
          lines += "debug_x value=\(second),y=1 \(start + second)\n"
        }
        if hasWeek, start > now - 86_400 {
          for day in 0..<10 { lines += "heartbeat value=1 \(now - day * 86_400)\n" }
        }
        let outcome = try Program.run(
          ["import", "--data", store, "--precision", "s", "-"], input: lines)
        try #require(outcome.code == 0, "\(outcome.errors)")
        // The older half lies in segments, the newer one in the log.
        if start < now - 86_400 {
          try #require(try Program.run(["flush", "--data", store]).code == 0)
        }
      }
      if place == .server { server = try ServerProcess(folder: store) }
    }

    /// Runs a command on the folder: with a server that holds it, the command asks the server.
    func run(_ arguments: [String]) throws -> Program.Outcome {
      try Program.run(arguments + ["--data", store])
    }

    func count(_ metric: String, in data: String? = nil) throws -> Int {
      let outcome = try Program.run(
        ["query", "sum(count_over_time(\(metric)[100d]))", "--to", "\(now)", "-o", "csv"]
          + ["--data", data ?? store])
      return outcome.lines.last?.split(separator: ",").last.flatMap { Int($0) } ?? 0
    }
  }

  private func json<Value>(_ text: String, _: Value.Type) throws -> Value {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? Value)
  }

  @Test("retention keeps rules, tells what it would drop, and drops it", arguments: Place.allCases)
  func retention(place: Place) throws {
    let bench = try Bench(place, hasWeek: true)
    #expect(try bench.run(["retention"]).errors.contains("no rules"))
    if place == .server { try letServerApply(bench) }
    #expect(try bench.run(["retention", "set", "*", "--keep", "1y"]).code == 0)
    let set = try bench.run(["retention", "set", "debug_*", "--keep", "7d"])
    #expect(set.code == 0 && set.lines.count == 3, "\(set.errors)")
    let rules = try json(try bench.run(["retention", "-o", "json"]).output, [[String: Any]].self)
    #expect(rules.map { $0["metric_pattern"] as? String } == ["debug_*", "*"])
    #expect(rules.map { $0["keep_seconds"] as? Int } == [604_800, 31_536_000])
    let (before, cpu) = (try bench.count("debug_x"), try bench.count("cpu"))
    let dry = try bench.run(["retention", "apply", "--dry-run"])
    #expect(dry.code == 0 && dry.errors.contains("would drop"), "\(dry.errors)")
    #expect(dry.errors.contains("2 series"), "\(dry.errors)")
    #expect(try bench.count("debug_x") == before && before > 200)
    let done = try bench.run(["retention", "apply"])
    #expect(done.code == 0 && done.errors.contains("240 samples in segments"), "\(done.errors)")
    #expect(try bench.count("debug_x") == before - 120)
    #expect(try bench.count("cpu") == cpu)
    #expect(try bench.run(["retention", "apply"]).errors.contains("nothing is older"))
    #expect(try bench.run(["retention", "remove", "debug_*"]).code == 0)
    let again = try bench.run(["retention", "remove", "debug_*"])
    #expect(again.code == 1 && again.errors.contains("there is no rule"), "\(again.errors)")
  }

  /// Sets a rule and waits until the server has applied it by itself; it does so again in an hour.
  private func letServerApply(_ bench: Bench) throws {
    let before = try bench.count("cpu")
    #expect(try bench.run(["retention", "set", "cpu", "--keep", "7d"]).code == 0)
    for _ in 0..<300 where try bench.count("cpu") == before { usleep(100_000) }
    #expect(try bench.count("cpu") == before - 120)
    #expect(try bench.run(["retention", "remove", "cpu"]).code == 0)
  }

  @Test("a rule that cannot be meant is a wrong call, and changes nothing")
  func wrongRules() throws {
    for arguments in [
      ["*", "--keep", "5m"], ["", "--keep", "7d"], ["*", "--keep", "soon"], ["*"],
      ["*", "--keep", "7d", "--raw", "30d"], ["*", "--raw", "soon"], ["*", "--hourly", "2y"],
    ] {
      let outcome = try Program.run(
        ["retention", "set"] + arguments + ["--data", "/nonexistent/store"])
      #expect(outcome.code == 2, "\(arguments): \(outcome.errors)")
    }
    let both = try Program.run(["retention", "set", "*", "--raw", "30d", "--keep", "7d"])
    #expect(both.errors.contains("--keep and --raw both say how long"), "\(both.errors)")
    let missing = try Program.run(["retention", "--data", "/nonexistent/store"])
    #expect(missing.code == 1 && missing.errors.contains("there is no store at"))
  }

  @Test("delete says of how many series, in the same words", arguments: Place.allCases)
  func delete(place: Place) throws {
    let bench = try Bench(place)
    let some = try bench.run(["delete", "{__name__=~\"debug_.*\"}", "--yes"])
    #expect(some.code == 0 && some.errors == "deleted samples of 2 series\n", "\(some.errors)")
    let range = ["--from", "\(bench.now + 3600)", "--to", "\(bench.now + 7200)"]
    let none = try bench.run(["delete", "cpu", "--yes"] + range)
    #expect(none.errors == "deleted samples of 0 series\n", "\(none.errors)")
    #expect(try bench.count("cpu") == 240)
  }

  @Test("a backup is a whole store, and a restored one goes on", arguments: Place.allCases)
  func backup(place: Place) throws {
    let bench = try Bench(place)
    let (copy, back) = (bench.folder.path("copy"), bench.folder.path("back"))
    #expect(try bench.run(["retention", "set", "cpu", "--keep", "9y"]).code == 0)
    let made = try bench.run(["backup", copy])
    #expect(made.code == 0 && made.errors.contains("backed up"), "\(made.errors)")
    let again = try bench.run(["backup", copy])
    #expect(again.code == 1 && again.errors.contains("not empty"), "\(again.errors)")
    // What happens to the store afterwards does not reach the copy.
    let all = try bench.count("cpu")
    #expect(try bench.run(["delete", "cpu", "--yes"]).code == 0)
    #expect(try bench.run(["compact"]).code == 0)
    #expect(try bench.count("cpu") == 0)
    #expect(try bench.count("cpu", in: copy) == all)
    #expect(try Program.run(["verify", "--deep", "--data", copy]).code == 0)

    let restored = try Program.run(["restore", copy, "--data", back])
    #expect(restored.code == 0, "\(restored.errors)")
    #expect(try Program.run(["restore", copy, "--data", back]).code == 1)
    #expect(try bench.count("cpu", in: back) == all)
    #expect(try Program.run(["retention", "--data", back]).output.contains("cpu"))
    let more = try Program.run(
      ["import", "--data", back, "--precision", "s", "-"], input: "cpu value=1 \(bench.now - 30)\n")
    #expect(more.code == 0, "\(more.errors)")
    #expect(try bench.count("cpu", in: back) == all + 1)
    #expect(try bench.count("cpu", in: copy) == all)
  }

  @Test("maintain does all that is due, once, and tells the truth", arguments: Place.allCases)
  func maintain(place: Place) throws {
    let bench = try Bench(place, hasWeek: true)
    if place == .server { try letServerApply(bench) }
    #expect(try bench.run(["retention", "set", "debug_*", "--keep", "7d"]).code == 0)
    let before = try bench.count("debug_x")
    func results(_ outcome: Program.Outcome) throws -> [String: String] {
      let rows = try json(outcome.output, [[String: String]].self)
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["job"] ?? "", $0["result"] ?? "") })
    }
    let dry = try bench.run(["maintain", "--dry-run", "-o", "json"])
    #expect(dry.code == 0, "\(dry.errors)")
    #expect(try results(dry)["retention"] == "due")
    #expect(try bench.count("debug_x") == before)
    let done = try bench.run(["maintain", "--deep", "-o", "json"])
    #expect(done.code == 0, "\(done.errors)")
    #expect(try results(done)["retention"] == "done")
    #expect(try results(done)["compaction"] == "done")
    #expect(try results(done)["verification"] == "done")
    #expect(try bench.count("debug_x") == before - 120)
    let again = try results(try bench.run(["maintain", "-o", "json"]))
    #expect(again["flush"] == "nothing-due" && again["compaction"] == "nothing-due", "\(again)")
    #expect(again["retention"] == "nothing-due" && again["verification"] == "done", "\(again)")
  }

  @Test(
    "stats tell metrics, growth and a forecast that admits what it lacks", arguments: Place.allCases
  )
  func stats(place: Place) throws {
    let bench = try Bench(place)
    #expect(try bench.run(["flush"]).code == 0)
    let letters = bench.store + "/dead-letters"
    try FileManager.default.createDirectory(
      atPath: letters, withIntermediateDirectories: true)
    try Data("# rejected\n".utf8).write(to: URL(fileURLWithPath: letters + "/1.txt"))
    let all = try json(try bench.run(["stats", "-o", "json"]).output, [String: Any].self)
    let parts = all.filter { $0.key.hasPrefix("bytes_") }.compactMapValues { $0 as? Int }
    #expect(parts["bytes_dead_letters"] == 11 && (parts["bytes_other"] ?? 0) > 0, "\(parts)")
    #expect(parts.values.reduce(0, +) == 2 * (parts["bytes_total"] ?? 0), "\(parts)")
    let metrics = try #require(all["metrics"] as? [[String: Any]])
    #expect(Set(metrics.compactMap { $0["metric"] as? String }) == ["cpu", "debug_x", "debug_x_y"])
    for metric in metrics {
      #expect(metric["samples"] as? Int == 240 && metric["series"] as? Int == 1, "\(metric)")
      #expect((metric["bytes"] as? Int ?? 0) > 0)
    }
    let forecast = try #require(all["disk_forecast"] as? [String: Any])
    #expect((forecast["points"] as? [Any])?.count == 30)
    #expect(forecast["verdict"] as? String != nil)
    let table = try bench.run(["stats", "--metrics", "-o", "csv"])
    #expect(table.lines.count == 4 && table.lines[0].hasPrefix("metric,series,samples,bytes"))
    #expect(try bench.run(["stats"]).output.contains("forecast_bytes"))
    #expect(try bench.run(["retention", "set", "cpu", "--raw", "30d", "--hourly", "2y"]).code == 0)
    #expect(try bench.run(["stats"]).errors.contains("hourly values that retention is yet to"))
  }

  @Test("verify names the place and what to do, and queries that met it say so")
  func verify() throws {
    let bench = try Bench(.folder)
    #expect(try bench.run(["compact"]).code == 0)
    #expect(try bench.run(["verify", "--deep"]).lines.last?.hasPrefix("sound: ") == true)
    let folder = bench.store + "/segments"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let path = folder + "/" + (try #require(names.first))
    var bytes = try #require(FileManager.default.contents(atPath: path))
    bytes[bytes.count / 4] ^= 0xff
    try bytes.write(to: URL(fileURLWithPath: path))
    let found = try bench.run(["verify", "--deep"])
    #expect(found.code == 1)
    #expect(found.output.contains("damaged: `\(path)`"), "\(found.output)")
    #expect(found.output.contains("series ") && found.output.contains("from 20"), "\(found.output)")
    #expect(found.output.contains("to do: put `"), "\(found.output)")
    let kept = try bench.run(["compact"])
    #expect(kept.code == 0, "one segment a partition is nothing to merge: \(kept.errors)")
    for place in Place.allCases {
      let server = place == .server ? try ServerProcess(folder: bench.store) : nil
      let asked = try bench.run(["verify", "--deep", "-o", "json"])
      #expect(asked.code == 1 && asked.output.contains("\"remedy\""), "\(asked.errors)")
      let query = try bench.run(
        ["query", "{__name__=~\".+\"}[100d]", "--to", "\(bench.now)", "-o", "csv"])
      #expect(query.code == 0 && query.lines.count > 300, "\(query.lines.count)")
      #expect(query.errors.contains("warning: ") && query.errors.contains(path), "\(query.errors)")
      #expect(try bench.run(["maintain", "--deep"]).code == 1)
      server?.stop()
    }
  }
}
