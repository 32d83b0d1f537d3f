import TSQCore
import TSQQuery
import Testing

@Suite struct OperatorTests {
  static func requests() throws -> MemoryProvider {
    try loading(
      "err{method=\"get\",code=\"500\"} 24", "err{method=\"get\",code=\"404\"} 30",
      "err{method=\"put\",code=\"501\"} 3", "err{method=\"post\",code=\"500\"} 6",
      "req{method=\"get\"} 600", "req{method=\"del\"} 34", "req{method=\"post\"} 120",
      "info{method=\"get\",team=\"x\"} 1", "info{method=\"post\",team=\"y\"} 1",
      "a{i=\"1\"} 1", "a{i=\"2\"} 2", "b{i=\"1\"} 10", "b{i=\"3\"} 30")
  }

  @Test(
    "scalars",
    arguments: [
      ("1 + 2 * 3", "7"), ("2 ^ 3 ^ 2", "512"), ("-2 ^ 2", "-4"), ("7 % 3", "1"), ("-7 % 3", "-1"),
      ("1 / 0", "+Inf"), ("-1 / 0", "-Inf"), ("0 / 0", "NaN"), ("1 % 0", "NaN"),
      ("1 == bool 1", "1"), ("1 > bool 2", "0"), ("NaN == bool NaN", "0"),
      ("NaN != bool NaN", "1"), ("1 atan2 1", "0.7853981633974483"), ("+-1", "-1"),
      ("10m / 1m", "10"), ("0x10 + 1_000", "1016"), ("pi()", "3.141592653589793"),
    ])
  func scalars(_ expression: String, _ expected: String) throws {
    #expect(try answers(expression, at: minutes(0), MemoryProvider()) == [expected])
  }

  @Test(
    "a vector and a number",
    arguments: [
      ("a + 1", ["{i=\"1\"} 2", "{i=\"2\"} 3"]), ("2 - a", ["{i=\"1\"} 1", "{i=\"2\"} 0"]),
      ("a > 1", ["a{i=\"2\"} 2"]), ("1 < a", ["a{i=\"2\"} 2"]),
      ("a > bool 1", ["{i=\"1\"} 0", "{i=\"2\"} 1"]), ("a == 3", []),
      ("-a", ["{i=\"1\"} -1", "{i=\"2\"} -2"]), ("+a", ["a{i=\"1\"} 1", "a{i=\"2\"} 2"]),
      ("a != a", []),
    ])
  func withNumbers(_ expression: String, _ expected: [String]) throws {
    #expect(try answers(expression, at: minutes(0), Self.requests()) == expected)
  }

  @Test(
    "series find each other",
    arguments: [
      ("a + b", ["{i=\"1\"} 11"]), ("a < b", ["a{i=\"1\"} 1"]), ("a > b", []),
      ("a > bool b", ["{i=\"1\"} 0"]),
      (
        "err{code=\"500\"} / ignoring(code) req",
        ["{method=\"get\"} 0.04", "{method=\"post\"} 0.05"]
      ),
      ("err{code=\"500\"} / on(method) req", ["{method=\"get\"} 0.04", "{method=\"post\"} 0.05"]),
      (
        "err / ignoring(code) group_left req",
        [
          "{code=\"404\",method=\"get\"} 0.05", "{code=\"500\",method=\"get\"} 0.04",
          "{code=\"500\",method=\"post\"} 0.05",
        ]
      ),
      (
        "req / ignoring(code) group_right err",
        [
          "{code=\"404\",method=\"get\"} 20", "{code=\"500\",method=\"get\"} 25",
          "{code=\"500\",method=\"post\"} 20",
        ]
      ),
      (
        "req * on(method) group_left(team) info",
        ["{method=\"get\",team=\"x\"} 600", "{method=\"post\",team=\"y\"} 120"]
      ),
      ("a == on(i) b", []), ("a <= on(i) b", ["{i=\"1\"} 1"]),
      ("sum(err) / on() sum(req)", ["{} 0.08355437665782493"]),
    ])
  func matching(_ expression: String, _ expected: [String]) throws {
    #expect(try answers(expression, at: minutes(0), Self.requests()).sorted() == expected)
  }

  @Test(
    "set operators",
    arguments: [
      ("a and b", ["a{i=\"1\"} 1"]), ("a unless b", ["a{i=\"2\"} 2"]),
      ("a or b", ["a{i=\"1\"} 1", "a{i=\"2\"} 2", "b{i=\"3\"} 30"]),
      ("a and on() b", ["a{i=\"1\"} 1", "a{i=\"2\"} 2"]),
      (
        "a unless on() nothing",
        ["a{i=\"1\"} 1", "a{i=\"2\"} 2"]
      ),
      ("a and on() nothing", []), ("nothing or a", ["a{i=\"1\"} 1", "a{i=\"2\"} 2"]),
      ("a and ignoring(i) b{i=\"3\"}", ["a{i=\"1\"} 1", "a{i=\"2\"} 2"]),
    ])
  func sets(_ expression: String, _ expected: [String]) throws {
    #expect(try answers(expression, at: minutes(0), Self.requests()) == expected)
  }

  @Test(
    "ambiguous matches are errors",
    arguments: [
      ("err / on(method) req{method=\"get\"}", "many-to-one matching must be explicit"),
      (
        "req / on(method) err",
        "found duplicate series for the match group {method=\"get\"} on the right"
      ),
      (
        "err * on(method) group_right req",
        "found duplicate series for the match group {method=\"get\"} on the left"
      ),
      ("err * on(method) group_left(code) req", "grouping labels must ensure unique matches"),
      ("a + on() b", "found duplicate series for the match group {} on the right"),
      ("-{__name__=~\"a|b\", i=\"1\"}", "vector cannot contain metrics with the same labelset"),
    ])
  func ambiguous(_ expression: String, _ words: String) throws {
    let error = failure(expression, at: minutes(0), try Self.requests())
    #expect(error?.message.contains(words) == true, "\(String(describing: error))")
  }

  @Test("what is ambiguous is told step by step: series may take turns")
  func turns() throws {
    let provider = try loading(
      "many{pod=\"1\"} 1x10", "one{rev=\"old\"} 10 10 stale", "one{rev=\"new\"} _ _ 20 20")
    #expect(
      try rangeAnswers(
        "many * ignoring(pod, rev) group_left(rev) one", from: minutes(0), through: minutes(3),
        stepSeconds: 60, provider)
        == ["{pod=\"1\",rev=\"new\"} 20@120 20@180", "{pod=\"1\",rev=\"old\"} 10@0 10@60"])
    #expect(
      try rangeAnswers(
        "abs(one) + on() many", from: minutes(0), through: minutes(3), stepSeconds: 60, provider)
        == ["{} 11@0 11@60 21@120 21@180"])
  }

  @Test("operators on strings do not parse, strings alone are answers")
  func strings() throws {
    #expect(try answers("\"hello\"", at: minutes(0), MemoryProvider()) == ["hello"])
    #expect(failure("\"a\" + 1", at: minutes(0), MemoryProvider()) != nil)
  }
}
