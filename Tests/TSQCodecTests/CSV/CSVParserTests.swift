import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

@Suite struct CSVParserTests {
  private func read(_ text: String, single: Labels? = nil, cuts: [Int] = []) -> [String] {
    outcome(CSVParser(single: single), Array(text.utf8), cuts: cuts)
  }

  @Test("rows with a series, with and without a header, with either line end")
  func rows() {
    let expected = ["cpu{host=\"a\"} 1.5 @5000000000", "up -Inf @1500000000"]
    let rows = ["\"cpu{host=\"\"a\"\"}\",5,1.5", "up,1970-01-01T00:00:01.5Z,-Inf"]
    for end in ["\n", "\r\n"] {
      #expect(read(rows.joined(separator: end)) == expected)
      #expect(read((["Series,timestamp,value"] + rows).joined(separator: end) + end) == expected)
    }
    let names = "\"{\"\"a b\"\",\"\"c\"\"=\"\"d,\\n\\te\"\"}\",0.000000001,1"
    #expect(read(names) == ["{\"a b\",c=\"d,\\n\\te\"} 1 @1"])
  }

  @Test("a byte order mark before the first row is passed over, a comment before the header too")
  func mark() {
    #expect(read("\u{feff}series,timestamp,value\na,1,2\n") == ["a 2 @1000000000"])
    #expect(read("\u{feff}a,1,2\n", cuts: [1, 2, 3]) == ["a 2 @1000000000"])
    #expect(read("# rejected\nseries,timestamp,value\na,1,2\n") == ["a 2 @1000000000"])
    #expect(read("a,1,2\nseries,timestamp,value\n") == ["a 2 @1000000000", "2:bad-timestamp"])
  }

  @Test("rows of one named series")
  func single() throws {
    let up = try #require(Labels(metric: "up", [("a", "b")]))
    #expect(read("timestamp,value\n1,2\n", single: up) == ["up{a=\"b\"} 2 @1000000000"])
    #expect(read("1,2", single: up) == ["up{a=\"b\"} 2 @1000000000"])
  }

  @Test("what lacks the column of its series is said to lack it, but not beside rows that have one")
  func missingSeries() {
    #expect(read("timestamp,value\n1,2\n") == ["2:missing-series"])
    #expect(read("1,2\n3,4\n") == ["1:missing-series", "2:missing-series"])
    #expect(read("a,1,2\n3,4\n") == ["a 2 @1000000000", "2:bad-row"])
  }

  @Test("a time where a series stands is no series, unless a header says so")
  func timesAsSeries() {
    let table = "timestamp,cpu,mem\n1767225600,0.5,0.7\n2026-01-01T00:01:00Z,0.5,0.7\n"
    #expect(read(table) == ["1:bad-header", "2:bad-header", "3:bad-header"])
    #expect(read("1767225600,0.5,0.7\na,1,2\n") == ["1:bad-series", "a 2 @1000000000"])
    let named = read("series,timestamp,value\n\"{\"\"17\"\"}\",1,2\n")
    #expect(named.count == 1 && named[0].hasSuffix(" 2 @1000000000"), "\(named)")
  }

  @Test(
    "a first row that is no known header and no data is a wrong header, the rows are told apart",
    arguments: [
      ("date,value\n", "1:bad-header"), ("metric,time,value\n", "1:bad-header"),
      ("series;timestamp;value\n", "1:bad-header"), ("series, timestamp, value\n", "1:bad-header"),
      ("timestamp,series,value\n", "1:bad-header"), ("a,b,c,d\n", "1:bad-header"),
      ("a,1767225600000,1\n", "1:bad-timestamp"), ("a,01.01.2026,1\n", "1:bad-timestamp"),
      ("a,1\n", "1:bad-header"), ("\"a,1,2\n", "1:bad-row"), ("a,1,x\n", "1:bad-value"),
    ])
  func header(text: String, expected: String) throws {
    #expect(read(text) == [expected])
    let isHeader = expected == "1:bad-header"
    #expect(read(text + "a,1,2\n").last == (isHeader ? "2:bad-header" : "a 2 @1000000000"))
  }

  @Test(
    "no row behind a wrong header is read, so that no series is named by a column of times",
    arguments: ["timestamp,cpu,mem", "timestamp,5m_load,15m_load", "time,value,series"])
  func wrongHeader(header: String) {
    let expected = ["1:bad-header", "2:bad-header", "3:bad-header"]
    let text = header + "\n1767225600,1,2\n1767225660,1,2\n"
    #expect(read(text) == expected)
    #expect(read(text, cuts: [20, 40]) == expected)
    #expect(read(text, single: Labels(metric: "up")) == expected)
  }

  @Test("the first and the last time that a sample may have, either way to write them")
  func ends() {
    #expect(
      read("a,-9223372036.854775807,1\na,9223372036.854775807,2") == [
        "a 1 @-9223372036854775807", "a 2 @9223372036854775807",
      ])
    #expect(
      read("a,1677-09-21T00:12:43.145224193Z,1\na,2262-04-11T23:47:16.854775807Z,2") == [
        "a 1 @-9223372036854775807", "a 2 @9223372036854775807",
      ])
  }

  @Test("every NaN keeps its bits")
  func nan() {
    #expect(
      read("a,1,NaN(0x7ff0000000000002)\na,2,NaN\na,3,NaN(0xfff8000000000000)") == [
        "a NaN:7ff0000000000002 @1000000000", "a NaN:7ff8000000000001 @2000000000",
        "a NaN:fff8000000000000 @3000000000",
      ])
    #expect(read("a,1,NaN(0x3ff0000000000000)") == ["1:bad-value"])
    #expect(read("a,1,NaN(0x7ff0000000000000)") == ["1:bad-value"])
  }

  @Test(
    "rows that are rejected",
    arguments: [
      ("a,1", "bad-row"), ("a,1,2,3", "bad-row"), ("\"a,1,2", "bad-row"), ("\"a\"b,1,2", "bad-row"),
      ("a,x,1", "bad-timestamp"), ("a,1,x", "bad-value"), ("a,,1", "bad-timestamp"),
      ("\"a{b\",1,1", "bad-labels"), (",1,1", "missing-measurement"),
      ("a,1e300,1", "bad-timestamp"), ("a,9223372036.854775808,1", "bad-timestamp"),
      ("a,-9223372036.854775808,1", "bad-timestamp"),
      ("a,1677-09-21T00:12:43.145224192Z,1", "bad-timestamp"),
      ("a,2262-04-11T23:47:16.854775808Z,1", "bad-timestamp"),
    ])
  func rejected(row: String, reason: String) {
    #expect(read("up,1,1\n\(row)\nup,2,2\n").dropFirst().first == "2:\(reason)")
  }

  @Test("the same however the input is cut", arguments: propertySeeds(10))
  func cuts(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pieces = ["a", ",", "1", "\"", "\n", "\r\n", "{", "}", "b=\"\"c\"\"", "NaN", "é", "series"]
    let text = (0..<60).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    let whole = read(text)
    for cut in 0...text.utf8.count { #expect(read(text, cuts: [cut]) == whole, "seed \(seed)") }
  }
}
