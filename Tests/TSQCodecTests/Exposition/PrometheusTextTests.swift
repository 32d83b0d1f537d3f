import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

@Suite struct PrometheusTextTests {
  private func read(_ text: String) -> [String] {
    outcome(ExpositionParser(.prometheus), Array(text.utf8))
  }

  @Test(
    "lines and what becomes of them",
    arguments: [
      ("up 1", "up 1 @777"), ("up 1 5", "up 1 @5000000"), ("up\t1\t-5 \r", "up 1 @-5000000"),
      ("  up{} 1e3", "up 1000 @777"), ("up{a=\"b\",} .5", "up{a=\"b\"} 0.5 @777"),
      ("up { a = \"b\" , c=\"d\" } +Inf 1", "up{a=\"b\",c=\"d\"} +Inf @1000000"),
      ("up{a=\"\"} 1", "up 1 @777"),
      ("up{a=\"x\\\"y\\\\z\\n}\"} 1", "up{a=\"x\\\"y\\\\z\\n}\"} 1 @777"),
      ("{\"my.metric\",\"a b\"=\"c\"} 1", "{\"my.metric\",\"a b\"=\"c\"} 1 @777"),
      ("up NaN", "up NaN:7ff8000000000001 @777"), ("up -inf", "up -Inf @777"),
      ("up +1.5", "up 1.5 @777"), ("up -0", "up -0 @777"),
      ("# just words", ""), ("# HELP up text", ""), ("", ""), (" ", ""),
      ("up", "1:bad-value"), ("up x", "1:bad-value"), ("up 1e999", "1:bad-value"),
      ("up 0x10", "1:bad-value"), ("up -nan", "1:bad-value"), ("up 1 x", "1:bad-timestamp"),
      ("up 1 1.5", "1:bad-timestamp"), ("up 1 1 1", "1:bad-timestamp"),
      ("up 1 9223372036855", "1:bad-timestamp"),
      ("up 1 9223372036854", "up 1 @9223372036854000000"),
      ("up 1 -9223372036854", "up 1 @-9223372036854000000"),
      ("up 1 -9223372036855", "1:bad-timestamp"), ("up{a=\"b\" 1", "1:bad-labels"),
      ("up{a=b} 1", "1:bad-labels"), ("up{a} 1", "1:bad-labels"), ("up{=\"b\"} 1", "1:bad-labels"),
      ("up{a=\"b\"c=\"d\"} 1", "1:bad-labels"), ("up{a=\"\\q\"} 1", "1:bad-labels"),
      ("up{a=\"1\",a=\"2\"} 1", "1:duplicate-tag"), ("{a=\"b\"} 1", "1:missing-measurement"),
      ("up{__name__=\"down\"} 1", "1:duplicate-tag"), ("a=b 1", "1:bad-labels"),
    ])
  func lines(line: String, expected: String) {
    #expect(read(line).joined() == expected)
    let around = read("before 1 1\n\(line)\nafter 2 2\n")
    #expect(around.first == "before 1 @1000000")
    #expect(around.last == "after 2 @2000000")
    #expect(
      around.dropFirst().dropLast().joined()
        == expected.replacing("1:bad", with: "2:bad")
        .replacing("1:dup", with: "2:dup").replacing("1:miss", with: "2:miss"))
  }

  @Test("descriptions are handed out whole, however the input is cut")
  func descriptions() {
    let text = Array(
      "# HELP a one \\\\ two\\nthree\n# TYPE a counter\na 1\n# TYPE b gauge\n# UNIT b s\nb 1\n".utf8
    )
    for cut in text.indices {
      var parser = ExpositionParser(.prometheus)
      var keys = SeriesKeyTable()
      var batch = LineBatch(sampleCapacity: 4_096)
      var found: [MetricMetadata] = []
      var start = 0
      for stop in [cut, text.count] {
        let progress = unsafe parser.parse(
          text[start..<stop].span.bytes, receivedAt: 0, end: stop == text.count ? .complete : .open,
          keys: &keys, into: &batch)
        start += progress.consumed
        found += parser.takeDeclarations()
      }
      #expect(
        found == [
          MetricMetadata(metric: "a", kind: .counter, help: "one \\ two\nthree"),
          MetricMetadata(metric: "b", kind: .gauge, unit: "s"),
        ], "cut at \(cut)")
    }
  }

  @Test("limits and bytes that are no text")
  func refusals() {
    let tight = LineProtocolLimits(
      lineBytes: 24, labelsPerSeries: 1, labelNameBytes: 8, labelValueBytes: 3)
    func read(_ text: String) -> [String] {
      outcome(ExpositionParser(.prometheus, limits: tight), Array(text.utf8))
    }
    #expect(read("abcd 1") == ["1:label-too-long"])
    #expect(read("a{b=\"1234\"} 1") == ["1:label-too-long"])
    #expect(read("a{b=\"1\",c=\"1\"} 1") == ["1:too-many-labels"])
    #expect(read("a 1 1111111111111111111111\na 1") == ["1:line-too-long", "a 1 @777"])
    #expect(outcome(ExpositionParser(.prometheus), [97, 0xff, 32, 49]) == ["1:bad-utf8"])
    #expect(
      outcome(ExpositionParser(.prometheus), Array("a 1".utf8), end: .cut) == ["1:incomplete-line"])
  }
}
