import TSQCodec
import TSQCore
import Testing

/// Every rule of docs/formats/line-protocol.md as one line and what becomes of it.
@Suite struct LineProtocolRuleTests {
  /// The samples of one line as text, or the code it was rejected with.
  private func outcome(
    _ line: String, precision: LinePrecision = .nanoseconds,
    limits: LineProtocolLimits = .init()
  ) -> String {
    var driver = ParseDriver(limits: limits, precision: precision)
    let events = driver.run(Array(line.utf8))
    return events.dropLast().map { event in
      switch event {
      case .accepted(_, let samples):
        samples.isEmpty
          ? "nothing"
          : samples.map {
            "\($0.labels) \(NumberText.shortest(Double(bitPattern: $0.bits))) @\($0.time)"
          }.joined(separator: "; ")
      case .rejected(_, let reason): reason.rawValue
      case .comment(let text): "comment \(text)"
      case .counts: ""
      }
    }.joined(separator: " | ")
  }

  @Test(
    "names become series",
    arguments: [
      ("cpu value=1 5", "cpu 1 @5"),
      ("cpu usage=1 5", "cpu_usage 1 @5"),
      ("cpu,host=a usage_user=1,value=2 5", #"cpu_usage_user{host="a"} 1 @5; cpu{host="a"} 2 @5"#),
      ("cpu,z=1,a=2 value=1 5", #"cpu{a="2",z="1"} 1 @5"#),
      ("m Value=1 5", "m_Value 1 @5"),
      ("a\\ b\\,c,t\\=1\\ x=v\\,\\ \\= f\\=g=1 5", #"{"a b,c_f=g","t=1 x"="v, ="} 1 @5"#),
      ("a=b value=1 5", #"{"a=b"} 1 @5"#),
      ("cpu,path=C:\\dir\\x value=1 5", #"cpu{path="C:\\dir\\x"} 1 @5"#),
      ("cpu,path=C:\\\\ value=1 5", #"cpu{path="C:\\"} 1 @5"#),
      ("cpu,path=\\\\\\\\host value=1 5", #"cpu{path="\\\\host"} 1 @5"#),
      ("cpu,q=\"x\" \"f\"=1 5", #"{"cpu_\"f\"",q="\"x\""} 1 @5"#),
      ("µs,größe=ß value=1 5", #"{"µs","größe"="ß"} 1 @5"#),
      ("cpu,time=1 time=2 5", #"cpu_time{time="1"} 2 @5"#),
      ("cpu a=1,a=2 5", "cpu_a 1 @5; cpu_a 2 @5"),
      ("# note", "comment # note"), ("  #x\r", "comment #x"), ("", ""), (" \t", ""),
    ])
  func names(line: String, expected: String) { #expect(outcome(line) == expected) }

  @Test(
    "values",
    arguments: [
      ("1", "1"), ("1.5", "1.5"), ("-1.5e+3", "-1500"), ("1.", "1"), (".5", "0.5"), ("-0", "-0"),
      ("1E3", "1000"), ("12i", "12"), ("-12i", "-12"), ("-0i", "0"), ("12u", "12"), ("007", "7"),
      ("9223372036854775807i", "9223372036854775807"),
      ("-9223372036854775808i", "-9223372036854775808"),
      ("18446744073709551615u", "18446744073709551615"),
      ("t", "1"), ("T", "1"), ("true", "1"), ("True", "1"), ("TRUE", "1"),
      ("f", "0"), ("F", "0"), ("false", "0"), ("False", "0"), ("FALSE", "0"),
      ("1e-400", "0"), ("4.9e-324", "4.9e-324"),
    ])
  func values(text: String, expected: String) throws {
    let expectedValue = try #require(Double(expected))
    #expect(outcome("m value=\(text) 5") == "m \(NumberText.shortest(expectedValue)) @5")
  }

  @Test(
    "values that are none",
    arguments: [
      "", "+1", "1x", "1e", "-", ".", "1..2", "0x10", "1_0", "NaN", "nan", "Inf", "-Inf", "+Inf",
      "infinity", "1e400", "-1e309", "1.5i", "1e3i", "i", "-i", "-1u", "u", "9223372036854775808i",
      "-9223372036854775809i", "18446744073709551616u", "tru", "TrUe", "yes", "'x'", "x\"", "١",
      "\"a\"b",
    ])
  func badValues(text: String) {
    #expect(outcome("m value=\(text) 5") == "bad-field-value")
    #expect(outcome("m value=\(text)") == "bad-field-value")
  }

  @Test(
    "what is wrong with a line",
    arguments: [
      (",a=b v=1", "missing-measurement"), ("cpu", "missing-field"), ("cpu ", "missing-field"),
      ("cpu,a=b", "missing-field"), ("cpu,a=b  ", "missing-field"), ("cpu\\ v=1", "missing-field"),
      ("cpu,a v=1", "bad-tag"), ("cpu, v=1", "bad-tag"), ("cpu,=b v=1", "bad-tag"),
      ("cpu,a=b=c v=1", "bad-tag"), ("cpu,a=b, v=1", "bad-tag"), ("cpu,,a=b v=1", "bad-tag"),
      ("cpu,a= v=1", "empty-tag-value"), ("cpu,a=,b=c v=1", "empty-tag-value"),
      ("cpu,a=", "empty-tag-value"), ("cpu,a=1,a=2 v=1", "duplicate-tag"),
      ("cpu,a=1,b=1,a=1 v=1", "duplicate-tag"), ("cpu,a\\b=1,a\\\\b=2 v=1", "duplicate-tag"),
      ("cpu,__name__=x v=1", "reserved-label"), ("cpu v", "bad-field"), ("cpu =1", "bad-field"),
      ("cpu v=1,", "bad-field"), ("cpu v=1,,w=1", "bad-field"), ("cpu v=1, 5", "bad-field"),
      ("cpu a,b=1", "bad-field"), ("cpu a b=1", "bad-field"), ("cpu v=1 b=1 5", "bad-timestamp"),
      ("cpu v=\"abc", "unterminated-string"), ("cpu v=\"abc\\\"", "unterminated-string"),
      ("cpu v=1 x", "bad-timestamp"), ("cpu v=1 1.5", "bad-timestamp"),
      ("cpu v=1 +5", "bad-timestamp"), ("cpu v=1 5 6", "bad-timestamp"),
      ("cpu v=1 -", "bad-timestamp"), ("cpu v=1 9223372036854775808", "bad-timestamp"),
      ("cpu v=1 1e9", "bad-timestamp"),
    ])
  func rejects(line: String, code: String) {
    #expect(outcome(line) == code)
    #expect(outcome(line + "\r\n") == code)
    // The good lines around it are kept.
    #expect(outcome("a v=1 5\n\(line)\na v=2 6\n") == "a_v 1 @5 | \(code) | a_v 2 @6")
  }

  @Test(
    "timestamps",
    arguments: [
      ("cpu v=1 5", .nanoseconds, 5), ("cpu v=1", .nanoseconds, 777),
      ("cpu v=1 ", .seconds, 777), ("cpu v=1\r", .hours, 777),
      ("cpu v=1 5\r", .microseconds, 5_000),
      ("cpu v=1   5 \t", .milliseconds, 5_000_000), ("cpu v=1 -5", .seconds, -5_000_000_000),
      ("cpu v=1 -2", .minutes, -120_000_000_000), ("cpu v=1 3", .hours, 10_800_000_000_000),
      ("cpu v=1 9223372036854775807", .nanoseconds, .max),
      // No window of a query, open at its left end, could hold the smallest number.
      ("cpu v=1 -9223372036854775808", .nanoseconds, nil),
      ("cpu v=1 -9223372036854775807", .nanoseconds, .min + 1),
      ("cpu v=1 9223372036", .seconds, 9_223_372_036_000_000_000),
      ("cpu v=1 9223372037", .seconds, nil), ("cpu v=1 -9223372037", .seconds, nil),
      ("cpu v=1 9223372036854776", .microseconds, nil), ("cpu v=1 2562048", .hours, nil),
    ] as [(String, LinePrecision, Int64?)])
  func timestamps(line: String, precision: LinePrecision, time: Int64?) {
    let expected = time.map { "cpu_v 1 @\($0)" } ?? "bad-timestamp"
    #expect(outcome(line, precision: precision) == expected)
  }

  @Test(
    "precisions by every name they have",
    arguments: [
      ("n", .nanoseconds), ("ns", .nanoseconds), ("u", .microseconds), ("us", .microseconds),
      ("µ", .microseconds), ("ms", .milliseconds), ("s", .seconds), ("m", .minutes),
      ("h", .hours), ("", nil), ("S", nil), ("d", nil), ("sec", nil),
    ] as [(String, LinePrecision?)])
  func precisions(text: String, expected: LinePrecision?) {
    #expect(LinePrecision(text: text) == expected)
  }

  @Test(
    "strings are ignored, wherever they stand",
    arguments: [
      ("m s=\"x\" 5", "nothing"), ("m s=\"a b,c=d\\\"\",v=1 5", "m_v 1 @5"),
      ("m v=1,s=\"\" 5", "m_v 1 @5"), ("m s=\"x\ny # z\n\",v=1 5", "m_v 1 @5"),
      ("m s=\"\\\\\",v=1 5", "m_v 1 @5"), ("m s=\"x\r\n\",v=1 5\r\nm v=2 6", "m_v 1 @5 | m_v 2 @6"),
    ])
  func strings(line: String, expected: String) { #expect(outcome(line) == expected) }

  @Test("bytes that are not UTF-8 cost their line and no other")
  func invalidUTF8() {
    for bad in [
      [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82],
    ] {
      let bytes = bad.map { UInt8($0) }
      for (before, after) in [("m,h=", " v=1"), ("m", " v=1"), ("m v", "=1"), ("m s=\"", "\"")] {
        let input = Array("a v=1 5\n\(before)".utf8) + bytes + Array("\(after)\nb v=2 6\n".utf8)
        var driver = ParseDriver()
        let events = driver.run(input)
        #expect(events.count == 4, "\(before)")
        #expect(events.dropFirst().first == .rejected(line: 2, reason: .badUTF8), "\(before)")
      }
    }
  }
}
