import Foundation
import Testing

/// Wrong CSV files as people have them, and what `tsq import` says to do about each.
@Suite("Hints for CSV") struct CSVHintTests {
  private static let order = "hint: name and order the columns `series,timestamp,value`, or "
  private static let noSeries = "hint: a file without a `series` column needs --metric NAME"

  private func hints(_ text: String, _ arguments: [String] = []) throws -> [String] {
    let outcome = try Program.run(
      ["import", "--dry-run", "--format", "csv"] + arguments + ["-"], input: text)
    #expect(outcome.code == 1, "\(outcome.errors)")
    return outcome.errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("hint: ") }
  }

  @Test(
    "a header that is none is told apart from its rows",
    arguments: [
      ("date,value\n2026-01-01,1\n", [order]),
      ("timestamp,cpu,mem\n1767225600,1,2\n", [order]),
      ("metric,time,value\ncpu,1767225600,1\n", [order]),
      ("timestamp,series,value\n1767225600,cpu,1\n", [order]),
      ("timestamp,value,series\n1767225600,1,cpu\n", [order]),
      ("timestamp,host,metric,value\n1767225600,a,cpu,1\n", [order]),
      ("series, timestamp, value\ncpu, 1767225600, 1\n", ["hint: there are no blanks around"]),
      (
        "series;timestamp;value\ncpu;1767225600;1,5\n",
        ["hint: columns are separated by commas, not by `;`"]
      ),
      ("series\ttimestamp\tvalue\n", ["hint: columns are separated by commas, not by tabs"]),
      ("timestamp,value\n1767225600,1\n", [noSeries]), ("1767225600,1\n", [noSeries]),
    ])
  func headers(text: String, expected: [String]) throws {
    let found = try hints(text)
    #expect(found.count == expected.count, "\(found)")
    for (hint, start) in zip(found, expected) { #expect(hint.hasPrefix(start), "\(hint)") }
  }

  @Test(
    "a row is told what is wrong with it, and nothing of columns that are right",
    arguments: [
      (
        "cpu,1767225600000,1",
        "times are seconds, and `1767225600000` looks like milliseconds: write `1767225600.000`"
      ),
      ("cpu,2026-01-01 00:00:00,1", "times are Unix seconds, or RFC 3339 with a zone: "),
      ("cpu,01.01.2026 10:00,1", "times are Unix seconds, or RFC 3339 with a zone: "),
      ("cpu, 1767225600,1", "there are no blanks around the commas"),
      ("cpu,1767225600,", "leave a row without a value out"),
      ("cpu,1767225600,\"1,5\"", "numbers have a decimal point, not a comma"),
      ("cpu,1767225600,1,5", "a row is series,timestamp,value; a decimal comma must be a point"),
      ("cpu,1767225600,50%", "values are plain numbers without a unit"),
      (
        "cpu{a=\"b\",c=\"d\"},1767225600,1",
        "a series with commas is quoted, and its quotes doubled"
      ),
      ("\"cpu,1767225600,1", "a quoted cell ends in its own row"),
      ("cpu{a=b},1767225600,1", "a series is written as PromQL has it"),
    ])
  func rows(row: String, expected: String) throws {
    for other in ["", "up,1,1\n"] {
      let found = try hints("series,timestamp,value\n\(other)\(row)\n")
      #expect(found.count == 1 && found[0].hasPrefix("hint: " + expected), "\(found)")
    }
  }

  @Test("with --metric the hint is about what --metric means")
  func named() throws {
    let metric = ["--metric", "m"]
    #expect(try hints("time,value\n1,1\n", metric).map { $0.hasPrefix(Self.order) } == [true])
    let three = try hints("cpu,1767225600,1\n", metric)
    #expect(three.map { $0.hasPrefix("hint: with --metric a row is timestamp,value") } == [true])
  }

  @Test("--metric is refused for a file with a `series` column, which it would not rename")
  func seriesColumn() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    let outcome = try Program.run(
      ["import", "--data", store, "--format", "csv", "--metric", "m", "-"],
      input: "series,timestamp,value\ncpu,1767225600,1\n")
    #expect(outcome.code == 1)
    #expect(outcome.errors.hasPrefix("0 lines accepted, 0 rejected; 0 samples stored\n"))
    #expect(
      outcome.errors.contains(
        "standard input: the file has a `series` column, which --metric would not rename; "
          + "nothing of the file is imported\nhint: leave --metric and --label out; "),
      "\(outcome.errors)")
    #expect(try Program.run(["export", "--data", store, "--format", "csv"]).lines.count == 1)
  }

  @Test("files in other encodings or formats are told so")
  func encodings() throws {
    let folder = try TemporaryFolder()
    let text = "series,timestamp,value\ncpu,1767225600,1\n"
    let wide = Data([0xff, 0xfe] + text.utf8.flatMap { [$0, 0] })
    try wide.write(to: URL(fileURLWithPath: folder.path("wide.csv")))
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path("plain.CSV")))
    let utf16 = try Program.run(["import", "--dry-run", "--format", "csv", folder.path("wide.csv")])
    #expect(
      utf16.errors.hasSuffix("hint: the file is UTF-16; save it as UTF-8\n"), "\(utf16.errors)")
    let plain = try Program.run(["import", "--dry-run", folder.path("plain.CSV")])
    #expect(
      plain.errors.hasSuffix("hint: CSV needs --format csv; the file was read as line-protocol\n"),
      "\(plain.errors)")
  }
}
