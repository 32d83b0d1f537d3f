import Foundation
import Testing

/// Forecasts of several series at once, on a wall clock, and what `--explain` tells of them.
@Suite struct ForecastFleetTests {
  @Test("many series come in their order, each as if asked for alone")
  func order() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fleet-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = folder.appending(path: "store").path
    let lines = try Program.run(["sample", "--days", "21"]).output
    let imported = try Program.run(
      ["import", "--data", store, "--precision", "s", "-"], input: lines)
    #expect(imported.code == 0, "\(imported.errors)")
    func predict(_ selector: String) throws -> [String] {
      let outcome = try Program.run([
        "predict", selector, "--data", store, "--at", "1767225600", "--days", "1", "--step", "1h",
        "-o", "csv",
      ])
      #expect(outcome.code == 0, "\(outcome.errors)")
      return Array(outcome.lines.dropFirst()).filter { !$0.isEmpty }
    }
    let all = try predict("cpu_usage")
    #expect(all.count == 5 * 24)
    for host in ["batch-1", "db-1", "web-1", "web-2", "web-3"] {
      let alone = try predict("cpu_usage{host=\"\(host)\"}")
      let among = all.filter { $0.contains("\"\"\(host)\"\"") }
      #expect(among.count == 24)
      #expect(among.map { $0.components(separatedBy: "\",").last } == alone, "\(host)")
    }
    #expect(all.firstIndex { $0.contains("batch-1") } == 0)
    #expect(all.firstIndex { $0.contains("web-3") } == 96)
  }

  /// Hours of a working day by Berlin's clock, over the end of summer time on 26 October 2025.
  private static func berlin() throws -> (history: String, future: [Double], end: Int) {
    let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
    let start = 1_756_684_800
    let end = start + 55 * 86_400
    func value(_ time: Int) -> Double {
      let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time)))
      let hour = (time + offset) / 3600 % 24
      let noise = Double((time / 3600 &* 2_654_435_761) % 1000) / 1000
      return (8..<18).contains(hour) ? 50 + noise : 10 + noise
    }
    let times = Array(stride(from: start, through: end, by: 3600))
    let text = times.map { "\($0),\(value($0))" }.joined(separator: "\n")
    return (text, (1...24).map { value(end + $0 * 3600) }, end)
  }

  @Test("with --zone a working day stays on its hours when summer time ends")
  func zone() throws {
    let (history, future, end) = try Self.berlin()
    func error(_ more: [String]) throws -> Double {
      let outcome = try Program.run(
        [
          "predict", "--input", "-", "--horizon", "24h", "--step", "1h", "--at", "\(end)", "-o",
          "csv",
        ] + more, input: history)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let means = outcome.lines.dropFirst().compactMap { line in
        line.split(separator: ",").dropFirst().first.flatMap { Double($0) }
      }
      try #require(means.count == 24)
      return zip(means, future).reduce(0) { $0 + abs($1.0 - $1.1) / 24 }
    }
    #expect(try error(["--zone", "Europe/Berlin"]) < 1)
    #expect(try error([]) > 2)
    let wrong = try Program.run(
      ["predict", "--input", "-", "--zone", "Europe/Nowhere"], input: history)
    #expect(wrong.code != 0 && wrong.errors.contains("zone"), "\(wrong.errors)")
  }

  @Test("--explain counts gaps and outliers and names every model tried")
  func explain() throws {
    var lines = PredictCommandTests.history().split(separator: "\n").map(String.init)
    lines.remove(at: 700)
    let cells = lines[900].split(separator: ",")
    lines[900] = "\(cells[0]),900"
    let outcome = try Program.run(
      ["predict", "--input", "-", "--horizon", "24h", "--step", "1h", "--explain"],
      input: lines.joined(separator: "\n"))
    #expect(outcome.output.contains("1 gap filled"))
    #expect(outcome.output.contains("1 outlier held back"))
    // The outlier is a guess at no model: the wave around the line is forecast all the same.
    #expect(!outcome.output.contains("UNKNOWN"), "\(outcome.output)")
    for word in ["folds", "combination: error", "ar-0.001: error", "week-"] {
      #expect(outcome.output.contains(word), "\(word)")
    }
  }

  @Test("--explain weighs the models as the header does")
  func oneWeight() throws {
    let outcome = try Program.run(
      ["predict", "--input", "-", "--horizon", "168h", "--step", "1h", "--explain"],
      input: PredictCommandTests.history())
    let header = try #require(outcome.lines.first { $0.hasPrefix("model: weighted median of ") })
    let members = header.dropFirst("model: weighted median of ".count)
      .split(separator: ";")[0].replacing(" and ", with: ", ").split(separator: ", ")
    var compared = 0
    for member in members {
      // Such as "ar-0.001 54.3 %"; the last may be "7 more".
      let words = member.split(separator: " ")
      guard words.last == "%", let said = Double(words[1]) else { continue }
      let line = try #require(outcome.lines.first { $0.hasPrefix("  \(words[0]): ") })
      let weight = try #require(line.split(separator: " ").last.flatMap { Double($0) })
      #expect(abs(weight - said / 100) <= 0.0051, "\(line), \(header)")
      compared += 1
    }
    #expect(compared >= 2)
  }

  @Test("days are forecast from block summaries, as from the samples themselves")
  func daysFromSummaries() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "days-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let start = 1_767_225_600
    let minutes = 40 * 1440
    var (lines, history) = ("", "timestamp,value\n")
    for minute in 0..<minutes {
      let value = 50 + minute / 1440 % 7 * 3 + (minute &* 2_654_435_761) % 1000 / 100
      lines += "m value=\(value) \(start + 60 * minute)\n"
      history += "\(start + 60 * minute),\(value)\n"
    }
    let store = folder.appending(path: "store").path
    let imported = try Program.run(
      ["import", "--data", store, "--precision", "s", "-"], input: lines)
    #expect(imported.code == 0, "\(imported.errors)")
    #expect(try Program.run(["flush", "--data", store]).code == 0)
    let asked = [
      "--at", "\(start + 60 * minutes - 60)", "--days", "7", "--step", "1d", "-o", "csv",
    ]
    for more in [[], ["--peak"]] {
      let stored = try Program.run(["predict", "m", "--data", store] + asked + more)
      let given = try Program.run(["predict", "--input", "-"] + asked + more, input: history)
      let numbers = [stored, given].map { outcome in
        outcome.lines.dropFirst().flatMap { $0.split(separator: ",").compactMap { Double($0) } }
      }
      #expect(numbers[0].count == 7 * 6 && numbers[1].count == 7 * 6, "\(stored.errors)")
      for (one, other) in zip(numbers[0], numbers[1]) { #expect(abs(one - other) < 1e-6) }
    }
    let explained = try Program.run(
      ["predict", "m", "--data", store, "--explain"] + asked.dropLast(2))
    let read = try #require(explained.lines.first { $0.hasPrefix("read: ") })
    let blocks = read.split(separator: " ").compactMap { Int($0) }
    // Series, blocks answered from summaries, blocks decoded: some lie whole in a day.
    #expect(blocks.count >= 3 && blocks[1] > 10, "\(read)")
  }
}
