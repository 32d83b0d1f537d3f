import TSQCore
import TSQQuery
import Testing

@Suite struct ParserTests {
  @Test(
    "canonical text parses back to itself",
    arguments: [
      ("1", "1"), ("+1", "+1"), ("-1", "-1"), (".5", "0.5"), ("5.", "5"), ("1e3", "1000"),
      ("0x1F", "31"), ("0x_ff", "255"), ("1_000_000", "1000000"), ("0755", "493"),
      ("Inf", "Inf"), ("-inf", "-Inf"), ("nan", "NaN"), ("1h30m", "5400"),
      ("up", "up"), ("up{}", "up"), ("{__name__=\"up\"}", "{__name__=\"up\"}"),
      ("up{job='a',}", "up{job=\"a\"}"), ("up{job=~`a.*`}", "up{job=~\"a.*\"}"),
      ("{\"metric.name\", \"label name\"=\"x\"}", "{\"metric.name\",\"label name\"=\"x\"}"),
      ("{\"up\"}", "up"), ("up{by=\"1\"}", "up{by=\"1\"}"), ("sum", "sum"), ("offset", "offset"),
      ("node:cpu:rate5m", "node:cpu:rate5m"),
      ("up[21600000ms]", "up[6h]"), ("up[5m:]", "up[5m:]"), ("up[5m:30s]", "up[5m:30s]"),
      ("up[300]", "up[5m]"), ("up offset 5m", "up offset 5m"), ("up offset -5m", "up offset -5m"),
      ("up @ 1609746000 offset 1m", "up @ 1609746000 offset 1m"),
      ("up offset 1m @ start()", "up @ start() offset 1m"),
      ("rate(up[5m] @ end())", "rate(up[5m] @ end())"),
      ("sum(up)", "sum(up)"), ("SUM(up)", "sum(up)"), ("sum by (a,) (up)", "sum by (a) (up)"),
      ("sum(up) without (a, b)", "sum without (a, b) (up)"),
      ("sum without () (up)", "sum without () (up)"),
      ("topk by (a) (3, up)", "topk by (a) (3, up)"),
      ("count_values(\"v\", up)", "count_values(\"v\", up)"),
      ("a+b*c^d", "a + b * c ^ d"), ("a == bool 1", "a == bool 1"),
      ("a and on (x) b or c unless ignoring(y) d", "a and on (x) b or c unless ignoring (y) d"),
      ("a * on(x) group_left(y, z) b", "a * on (x) group_left (y, z) b"),
      ("a / ignoring(x) group_right b", "a / ignoring (x) group_right () b"),
      ("-a^2", "-a ^ 2"), ("(a)", "(a)"), ("a atan2 b", "a atan2 b"),
      (
        "max_over_time(rate(x[5m])[1h:1m] offset 1h)", "max_over_time(rate(x[5m])[1h:1m] offset 1h)"
      ),
      (
        "label_replace(up, \"a\", \"$1\", \"b\", \"(.*)\")",
        "label_replace(up, \"a\", \"$1\", \"b\", \"(.*)\")"
      ),
      ("\"a\\n\\u00e4\\x41\\101\"", "\"a\\näAA\""), ("# note\nup # more", "up"),
      ("day_of_week()", "day_of_week()"), ("5m * 2", "300 * 2"),
    ])
  func canonicalText(_ text: String, _ expected: String) throws {
    let parsed = try Parser.parse(text)
    #expect(parsed.description == expected)
    #expect(try Parser.parse(parsed.description).description == expected)
  }

  @Test("operators bind as Prometheus' do")
  func precedence() throws {
    func isTop(_ text: String, _ operation: BinaryOperator) throws -> Bool {
      guard case .binary(let binary) = try Parser.parse(text).node else { return false }
      return binary.operation == operation
    }
    #expect(try isTop("a or b and c", .or))
    #expect(try isTop("a and b == c", .and))
    #expect(try isTop("a == b + c", .equal))
    #expect(try isTop("a + b % c", .add))
    #expect(try isTop("a * b ^ c", .multiply))
    guard case .binary(let power) = try Parser.parse("a ^ b ^ c").node else {
      Issue.record("not a binary expression")
      return
    }
    #expect(power.left.description == "a", "a power is right-associative")
    guard case .binary(let minus) = try Parser.parse("a - b - c").node else {
      Issue.record("not a binary expression")
      return
    }
    #expect(minus.left.description == "a - b")
    guard case .negation(let inner) = try Parser.parse("-a ^ b").node else {
      Issue.record("a power binds tighter than a sign")
      return
    }
    #expect(inner.description == "a ^ b")
    #expect(try isTop("-a * b", .multiply))
  }

  @Test(
    "errors say where and what",
    arguments: [
      ("", 0, "no expression found in input"),
      ("up{", 3, "unexpected end of input in label matching, expected label name"),
      ("up{job}", 6, "expected one of \"=\", \"!=\", \"=~\", \"!~\""),
      ("up{job=x}", 7, "expected string"),
      ("up{job=\"a\" foo=\"b\"}", 11, "expected \",\" or \"}\""),
      ("up{job=~\"(\"}", 8, "not a valid regular expression"),
      ("{}", 0, "at least one non-empty matcher"),
      ("{a=~\".*\"}", 0, "at least one non-empty matcher"),
      ("up{__name__=\"x\"}", 0, "metric name must not be set twice"),
      ("\"abc", 0, "unterminated quoted string"),
      ("\"\\q\"", 1, "unknown escape sequence"),
      ("1e400", 0, "bad number or duration syntax"),
      ("1h2", 0, "bad number or duration syntax: \"1h2\""),
      ("up[5x]", 3, "bad number or duration syntax"),
      ("up[30m1h]", 3, "bad duration"),
      ("up[5m", 5, "expected \"]\""),
      ("up[0s]", 3, "duration must be greater than 0"),
      ("up[5m:0s]", 6, "duration must be greater than 0"),
      ("(up)[5m]", 4, "ranges only allowed for vector selectors"),
      ("up offset 1m[5m]", 12, "no offset modifiers allowed before range"),
      ("up @ 3 [5m]", 7, "no @ modifiers allowed before range"),
      ("up offset 1m offset 2m", 13, "may not be set multiple times"),
      ("sum(up) offset 1m", 8, "offset modifier must be preceded by"),
      ("up @ foo", 5, "expected timestamp"),
      ("rate(up)", 5, "expected type range vector in call to function \"rate\""),
      ("abs(1)", 4, "expected type instant vector"),
      ("abs()", 0, "expected 1 argument(s) in call to \"abs\", got 0"),
      ("round(up, 1, 2)", 0, "expected 1 to 2 argument(s)"),
      ("foo(up)", 0, "unknown function with name \"foo\""),
      ("abs(up,)", 7, "trailing commas not allowed"),
      ("sum(up, up)", 0, "wrong number of arguments for aggregate expression"),
      ("topk(up, up)", 5, "expected type scalar in aggregation parameter"),
      ("sum by (1) (up)", 8, "expected label"),
      ("1 == 2", 2, "comparisons between scalars must use BOOL modifier"),
      ("up + bool up", 5, "bool modifier can only be used on comparison operators"),
      ("1 and up", 2, "not allowed in binary scalar expression"),
      ("up + on(a) 1", 3, "vector matching only allowed between instant vectors"),
      ("a and on(x) group_left b", 12, "no grouping allowed for \"and\" operation"),
      ("a * on(x) group_left(x) b", 10, "must not occur in ON and GROUP clause at once"),
      ("a * group_left b", 4, "unexpected identifier \"group_left\""),
      ("up[5m] + 1", 0, "must contain only scalar and instant vector types"),
      ("-\"a\"", 0, "a sign is only allowed on expressions of type scalar or instant vector"),
      ("up up", 3, "unexpected identifier \"up\" in expression"),
      ("up ~ 1", 3, "unexpected character \"~\""),
      ("1 + ", 4, "unexpected end of input"),
      ("rate(up[5m])[1h]", 12, "ranges only allowed for vector selectors"),
      ("up[5m][1h:1m]", 6, "subquery is only allowed on instant vector"),
    ])
  func errors(_ text: String, _ position: Int, _ words: String) {
    let error = #expect(throws: QueryError.self) { try Parser.parse(text) }
    guard case .parse(let place, let message)? = error?.kind else {
      Issue.record("\(text) gave \(String(describing: error))")
      return
    }
    #expect(place == position, "\(text): \(message)")
    #expect(message.contains(words), "\(text): \(message)")
  }

  @Test("a place in several lines is counted from one")
  func places() {
    let error = #expect(throws: QueryError.self) { try Parser.parse("up +\n  foo(1)") }
    #expect(error?.place(in: "up +\n  foo(1)") == "2:3")
  }

  @Test("nesting and length are bounded")
  func bounds() throws {
    let limits = QueryLimits()
    for (open, close) in [("(", ")"), ("-", ""), ("sum(", ")"), ("abs(", ")")] {
      let fine = String(repeating: open, count: 30) + "up" + String(repeating: close, count: 30)
      #expect(throws: Never.self) { try Parser.parse(fine) }
      for count in [limits.depth + 1, 10_000] {
        let deep =
          String(repeating: open, count: count) + "up" + String(repeating: close, count: count)
        #expect(throws: QueryError.self) { try Parser.parse(deep) }
      }
    }
    let chain = Array(repeating: "up", count: limits.depth + 1).joined(separator: " + ")
    #expect(throws: QueryError.self) { try Parser.parse(chain) }
    let powers = Array(repeating: "up", count: limits.depth + 1).joined(separator: " ^ ")
    #expect(throws: QueryError.self) { try Parser.parse(powers) }
    let long = "up{a=\"" + String(repeating: "x", count: limits.expressionBytes) + "\"}"
    let error = #expect(throws: QueryError.self) { try Parser.parse(long) }
    guard case .limit? = error?.kind else {
      Issue.record("expected a limit, got \(String(describing: error))")
      return
    }
  }
}
