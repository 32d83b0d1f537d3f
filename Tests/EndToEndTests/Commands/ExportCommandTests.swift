import Foundation
import TSQTestSupport
import Testing

/// What goes in comes out, by the built program: every format, folder and server.
@Suite("Import and export") struct ExportCommandTests {
  static let formats = ["line-protocol", "csv", "openmetrics"]

  /// Random samples as rows of CSV, the last of each series and time, as a map from both to the bits.
  private static func samples(_ random: inout SeededGenerator) -> [String: UInt64] {
    let texts = ["a", "B c", "=,", "é\u{1F600}", "q\\\"\"q", "\\\\", "x_1", "{}#"]
    var samples: [String: UInt64] = [:]
    for _ in 0..<40 {
      let names = ["cpu", "cpu_total", "cpu_bucket", "disk:free", "_m"]
      let name = names.randomElement(using: &random) ?? ""
      let labels = ["a", "B_2", "host"].shuffled(using: &random)
        .prefix(Int.random(in: 0...3, using: &random)).sorted()
        .map { "\($0)=\"\"\(texts.randomElement(using: &random) ?? "")\"\"" }
      let series = labels.isEmpty ? name : "\"\(name){\(labels.joined(separator: ","))}\""
      for _ in 0..<Int.random(in: 1...30, using: &random) {
        let value = Double(bitPattern: random.next())
        guard value.isFinite else { continue }
        // Two stretches: each partition of time is a file of its own.
        let base: Int64 = Bool.random(using: &random) ? 0 : 1_767_225_600_000_000_000
        let time = base + Int64.random(in: -5_000_000_000...5_000_000_000, using: &random)
        samples["\(series),\(seconds(time))"] = value.bitPattern
      }
    }
    return samples
  }

  private static func seconds(_ nanoseconds: Int64) -> String {
    let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
    var digits = String(String(rest + 1_000_000_000).dropFirst())
    while digits.last == "0" { digits.removeLast() }
    return (nanoseconds < 0 ? "-" : "") + "\(whole)" + (digits.isEmpty ? "" : ".\(digits)")
  }

  private static func csv(_ samples: [String: UInt64]) -> String {
    samples.map { "\($0.key),\(Double(bitPattern: $0.value))\n" }.joined()
  }

  /// The rows of an export, read without tsq's own parser.
  private static func rows(_ csv: String) -> [String: UInt64] {
    var samples: [String: UInt64] = [:]
    for row in csv.split(separator: "\n").dropFirst() {
      guard let comma = row.lastIndex(of: ",") else { continue }
      samples[String(row[..<comma])] = Double(row[row.index(after: comma)...])?.bitPattern
    }
    return samples
  }

  private static func export(_ store: [String], _ format: String) throws -> String {
    let outcome = try Program.run(["export", "--format", format] + store)
    #expect(outcome.code == 0, "\(outcome.errors)")
    return outcome.output
  }

  @Test("export, import, export: the same samples bit for bit", arguments: propertySeeds(4))
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let samples = Self.samples(&random)
    let folder = try TemporaryFolder()
    let first = ["--data", folder.path("first")]
    let loaded = try Program.run(
      ["import", "--format", "csv", "-"] + first, input: Self.csv(samples))
    #expect(loaded.code == 0, "seed \(seed): \(loaded.errors)")
    let exported = try Self.export(first, "csv")
    #expect(Self.rows(exported) == samples, "seed \(seed)")
    for format in Self.formats {
      let copy = ["--data", folder.path("copy-\(format)")]
      let text = try Self.export(first, format)
      let read = try Program.run(["import", "--format", format, "-"] + copy, input: text)
      #expect(read.code == 0, "seed \(seed), \(format): \(read.errors)")
      #expect(read.errors.contains("\(samples.count) lines accepted, 0 rejected"))
      #expect(try Self.export(copy, "csv") == exported, "seed \(seed), \(format)")
    }
  }

  @Test("through a server the same as from the folder, in both directions")
  func server() throws {
    var random = SeededGenerator(seed: 7)
    let samples = Self.samples(&random)
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("served"))
    let address = ["--server", "http://127.0.0.1:\(server.httpPort)"]
    let loaded = try Program.run(
      ["import", "--format", "csv", "-"] + address, input: Self.csv(samples))
    #expect(loaded.code == 0, "\(loaded.errors)")
    #expect(loaded.errors.contains("\(samples.count) samples stored"))
    let answers = try Self.formats.map { try Self.export(address, $0) }
    #expect(Self.rows(answers[1]) == samples)
    server.stop()
    for (format, answer) in zip(Self.formats, answers) {
      #expect(try Self.export(["--data", folder.path("served")], format) == answer)
    }
  }

  @Test("what a format cannot say is skipped, counted, and ends with code 1")
  func unsayable() throws {
    let folder = try TemporaryFolder()
    let store = ["--data", folder.path("store")]
    let rows = "up,1,NaN(0x7ff0000000000002)\nup,2,1\nup,3,+Inf\n\"{\"\"a b\"\"}\",4,2\n"
    #expect(try Program.run(["import", "--format", "csv", "-"] + store, input: rows).code == 0)
    #expect(
      try Self.export(store, "csv") == "series,timestamp,value\n\"{\"\"a b\"\"}\",4,2\n"
        + "up,1,NaN(0x7ff0000000000002)\nup,2,1\nup,3,+Inf\n")
    let lines = try Program.run(["export"] + store)
    #expect(lines.code == 1)
    #expect(lines.errors.contains("2 samples skipped"))
    #expect(lines.output == "a\\ b value=2 4000000000\nup value=1 2000000000\n")
    let metrics = try Program.run(["export", "--format", "openmetrics"] + store)
    #expect(metrics.code == 1)
    #expect(metrics.output == "up 1 2\nup +Inf 3\n# EOF\n")
  }

  @Test(
    "a bad line is named by number, the good ones are kept, and the code is 1",
    arguments: [
      ("line-protocol", "a x=1 1\nb x= 2\nc x=3 3\n", 2, "bad-field-value"),
      ("csv", "a,1,1\nb,2\nc,3,3\n", 2, "bad-row"),
      ("prometheus", "a 1 1000\nb{ 2 2000\nc 3 3000\n", 2, "bad-labels"),
      ("openmetrics", "a 1 1\nb  2 2\nc 3 3\n# EOF\n", 2, "bad-spacing"),
      ("graphite", "a 1 1\nb 2 2 2 2\nc 3 3\n", 2, "bad-shape"),
    ])
  func partlyBad(format: String, text: String, line: Int, reason: String) throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    let dry = try Program.run(["import", "--format", format, "--dry-run", "-"], input: text)
    let read = try Program.run(["import", "--format", format, "--data", store, "-"], input: text)
    let server = try ServerProcess(folder: folder.path("served"))
    let sent = try Program.run(
      ["import", "--format", format, "--server", "http://127.0.0.1:\(server.httpPort)", "-"],
      input: text)
    for outcome in [dry, read, sent] {
      #expect(outcome.code == 1)
      #expect(outcome.errors.contains("standard input:\(line): \(reason):"), "\(outcome.errors)")
      #expect(outcome.errors.contains("2 lines accepted, 1 rejected; 2 samples"))
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("dry")))
    let local = try Self.export(["--data", store], "csv")
    #expect(local.split(separator: "\n").count == 3)
    #expect(try Self.export(["--server", "http://127.0.0.1:\(server.httpPort)"], "csv") == local)
  }

  @Test("replaced samples and ignored fields are told the same by a folder and by a server")
  func replacedAndIgnored() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("served"))
    let input = "a x=1,s=\"text\" 1\na x=2 1\nb x=1 1\n"
    for place in [
      ["--data", folder.path("store")], ["--server", "http://127.0.0.1:\(server.httpPort)"],
    ] {
      let outcome = try Program.run(["import"] + place + ["-"], input: input)
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(
        outcome.errors.contains(
          "3 lines accepted, 0 rejected; 3 samples stored, 1 of them replaced earlier ones; "
            + "1 string fields ignored"), "\(outcome.errors)")
    }
  }

  @Test("a server at its series limit: the refused lines by their numbers in the file")
  func seriesLimit() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(
      folder: folder.path("served"), arguments: ["--series-limit", "3"])
    let outcome = try Program.run(
      ["import", "--server", "http://127.0.0.1:\(server.httpPort)", "-"],
      input: "# one\na x=1,y=2 1\nb x=1 1\nc x=1 1\na x=1 2\n")
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("standard input:4: series-limit:"), "\(outcome.errors)")
    #expect(outcome.errors.contains("3 lines accepted, 1 rejected; 4 samples"))
  }

  @Test("an export with a start and no end goes to the last sample, however far ahead it lies")
  func openEnd() throws {
    let folder = try TemporaryFolder()
    let store = ["--data", folder.path("store")]
    let lines = "m v=1 1000\nm v=2 1700000000\nm v=3 4000000000\n"
    let read = try Program.run(["import", "--precision", "s", "-"] + store, input: lines)
    #expect(read.code == 0, "\(read.errors)")
    func count(_ window: [String]) throws -> Int {
      try Program.run(["export", "--format", "csv"] + window + store).lines.count - 1
    }
    #expect(try count([]) == 3)
    #expect(try count(["--from", "1500000000"]) == 2)
    #expect(try count(["--since", "1d"]) == 1)
    #expect(try count(["--to", "1800000000"]) == 2)
    #expect(try count(["--since", "30000d", "--to", "1800000000"]) == 2)
  }
}
