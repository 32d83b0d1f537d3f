import Foundation
import Testing

/// `tsq predict` without a store, as a user with a CSV file runs it.
@Suite struct PredictCommandTests {
  /// Sixty days of hours: a line plus a daily wave.
  static func history(hours: Int = 60 * 24, start: Int = 1_760_000_400) -> String {
    var text = "timestamp,value\n"
    for hour in 0..<hours {
      let phase = Double(hour % 24) / 24
      let wave = phase < 0.5 ? phase : 1 - phase
      let noise = Double((hour &* 2_654_435_761) % 1000) / 1000 - 0.5
      let value = 40 + 0.01 * Double(hour) + 20 * wave + noise
      text += "\(start + hour * 3600),\(String(format: "%.4f", value))\n"
    }
    return text
  }

  @Test("CSV has a row a step, the promised columns, and intervals around the mean")
  func csv() throws {
    let outcome = try Program.run(
      [
        "predict", "--input", "-", "--horizon", "168h", "--step", "1h", "--level", "80", "--level",
        "95", "-o", "csv",
      ], input: Self.history())
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.lines.first == "timestamp,mean,lo80,hi80,lo95,hi95")
    let rows = outcome.lines.dropFirst().map { $0.split(separator: ",").compactMap { Double($0) } }
    #expect(rows.count == 168)
    for row in rows {
      try #require(row.count == 6)
      #expect(row[4] <= row[2] && row[2] <= row[1] && row[1] <= row[3] && row[3] <= row[5])
    }
    let first = try #require(rows.first)
    #expect(first[0] == Double(1_760_000_400 + 60 * 24 * 3600))
    #expect(abs(first[1] - 54.5) < 3)
  }

  @Test("the same input gives the same bytes")
  func deterministic() throws {
    let arguments = ["predict", "--input", "-", "--days", "7", "-o", "json"]
    let first = try Program.run(arguments, input: Self.history())
    let second = try Program.run(arguments, input: Self.history())
    #expect(first.output == second.output && !first.output.isEmpty)
  }

  @Test("shuffled lines and RFC 3339 times change nothing")
  func shuffled() throws {
    let lines = Self.history().split(separator: "\n").dropFirst().map(String.init)
    let arguments = ["predict", "--input", "-", "--days", "2", "-o", "csv"]
    let straight = try Program.run(arguments, input: lines.joined(separator: "\n"))
    let reversed = try Program.run(arguments, input: lines.reversed().joined(separator: "\n"))
    #expect(straight.output == reversed.output)
    let formatter = ISO8601DateFormatter()
    let dated = try lines.map { line in
      let cells = line.split(separator: ",")
      let seconds = try #require(Double(cells[0]))
      return formatter.string(from: Date(timeIntervalSince1970: seconds)) + ",\(cells[1])"
    }
    let texts = try Program.run(arguments, input: dated.joined(separator: "\n"))
    #expect(texts.output == straight.output)
  }

  @Test("line ends, a byte order mark, quotes and a series column change nothing")
  func spellings() throws {
    let arguments = ["predict", "--input", "-", "--days", "2", "-o", "csv"]
    let plain = Self.history()
    let expected = try Program.run(arguments, input: plain).output
    #expect(expected.split(separator: "\n").count > 10)
    let lines = plain.split(separator: "\n").map(String.init)
    let quoted = lines.map { line in
      line.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ",")
    }
    let named =
      ["series,timestamp,value"] + lines.dropFirst().map { "\"up{a=\"\"b\"\",c=\"\"d\"\"}\",\($0)" }
    let spellings = [
      lines.joined(separator: "\r\n") + "\r\n", "\u{feff}" + plain, quoted.joined(separator: "\n"),
      named.joined(separator: "\n"),
    ]
    for text in spellings {
      let outcome = try Program.run(arguments, input: text)
      #expect(outcome.output == expected, "\(text.prefix(60).debugDescription): \(outcome.errors)")
    }
    let two = try Program.run(arguments, input: "a,1760000000,1\nb,1760003600,2\n")
    #expect(two.code == 1 && two.errors.contains("-:2: a second series, `b` beside `a`\nhint:"))
  }

  @Test("CSV has no place for UNKNOWN, so it is said on standard error")
  func unknownCSV() throws {
    let arguments = ["predict", "--input", "-", "--days", "7", "-o", "csv"]
    let short = try Program.run(arguments, input: Self.history(hours: 20))
    #expect(short.lines.first == "timestamp,mean,lo80,hi80,lo95,hi95")
    #expect(short.errors.contains("warning: history: UNKNOWN: too little history"))
    #expect(short.errors.contains("the figures are the naive forecast"))
    #expect(try Program.run(arguments, input: Self.history()).errors.isEmpty)
  }

  @Test("a unit that the values contradict is told, one that fits is not")
  func wrongUnit() throws {
    let arguments = ["predict", "--input", "-", "--days", "2", "--unit"]
    let wrong = try Program.run(arguments + ["fraction"], input: Self.history())
    #expect(wrong.errors.contains("warning: -: 1440 of 1440 values are none of `fraction`"))
    #expect(try Program.run(arguments + ["percent"], input: Self.history()).errors.isEmpty)
  }

  @Test("a series that fell silent a year ago is stale, not missing")
  func silent() throws {
    let outcome = try Program.run(
      ["predict", "--input", "-", "--days", "1", "--at", "1800000000", "--exit-code"],
      input: Self.history())
    #expect(outcome.code == 3)
    #expect(outcome.output.contains("UNKNOWN: stale"), "\(outcome.output)")
    #expect(!outcome.output.contains("no data"))
  }

  @Test("too little data is UNKNOWN with exit code 3, and still shows the naive forecast")
  func tooShort() throws {
    let outcome = try Program.run(
      ["predict", "--input", "-", "--days", "7", "--exit-code"], input: Self.history(hours: 20))
    #expect(outcome.code == 3)
    #expect(outcome.output.contains("UNKNOWN"))
    #expect(outcome.output.contains("would suffice"))
    #expect(!outcome.output.contains("OK"))
    // The backtest's skill belongs to the model that was not trusted, not to what is shown.
    #expect(!outcome.output.contains("skill"))
  }

  @Test("a threshold that will be crossed is CRITICAL under --exit-code")
  func threshold() throws {
    let crossing = try Program.run(
      ["predict", "--input", "-", "--days", "7", "--threshold", "60", "--exit-code", "-o", "json"],
      input: Self.history())
    #expect(crossing.code == 2, "\(crossing.output.prefix(300))")
    let far = try Program.run(
      ["predict", "--input", "-", "--days", "7", "--threshold", "500", "--exit-code"],
      input: Self.history())
    #expect(far.code == 0)
  }

  @Test(
    "a faulty file is named with line and reason",
    arguments: [
      ("1760000000,1\n1760003600\n", "2", "2 columns"),
      ("1760000000,1\nyesterday,2\n", "2", "neither Unix seconds nor RFC 3339"),
      ("1760000000,one\n", "1", "is not a number"),
      ("1760000000,1\n1760003600,\"2\n", "2", "a quoted cell is not closed"),
    ])
  func faults(text: String, line: String, words: String) throws {
    let outcome = try Program.run(["predict", "--input", "-", "--days", "1"], input: text)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("-:\(line): "), "\(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
  }

  @Test("a missing file, an empty one, and no input at all fail with a hint")
  func noInput() throws {
    let missing = try Program.run(["predict", "--input", "/nonexistent/file.csv"])
    #expect(missing.code == 1 && missing.errors.contains("hint:"))
    let folder = try Program.run(["predict", "--input", "/"])
    #expect(folder.code == 1 && folder.errors.contains("is a folder"), "\(folder.errors)")
    let empty = try Program.run(["predict", "--input", "-"], input: "timestamp,value\n")
    #expect(empty.code == 1 && empty.errors.contains("no sample"))
    let neither = try Program.run(["predict"])
    #expect(neither.code == 2 && neither.errors.contains("--input"))
  }
}
