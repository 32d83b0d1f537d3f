import TSQCore
import TSQQuery
import Testing

@Suite struct FunctionTests {
  @Test(
    "functions of one number",
    arguments: [
      ("abs(x)", "{} 2.5"), ("ceil(x)", "{} -2"), ("floor(x)", "{} -3"), ("round(x)", "{} -2"),
      ("round(x, 0.1)", "{} -2.5"), ("round(vector(0.15), 0.1)", "{} 0.2"), ("sgn(x)", "{} -1"),
      ("sgn(vector(0))", "{} 0"), ("clamp(x, -1, 1)", "{} -1"), ("clamp_min(x, -2)", "{} -2"),
      ("clamp_max(x, -3)", "{} -3"), ("sqrt(vector(16))", "{} 4"), ("sqrt(x)", "{} NaN"),
      ("exp(vector(0))", "{} 1"), ("ln(vector(0))", "{} -Inf"), ("log2(vector(8))", "{} 3"),
      ("log10(vector(1000))", "{} 3"), ("deg(vector(pi()))", "{} 180"),
      ("rad(vector(180))", "{} 3.141592653589793"), ("sin(vector(0))", "{} 0"),
      ("cos(vector(0))", "{} 1"), ("tanh(vector(0))", "{} 0"), ("acosh(vector(1))", "{} 0"),
      ("clamp(vector(NaN), 0, 1)", "{} NaN"), ("clamp_min(vector(1), NaN)", "{} NaN"),
      ("-abs(x)", "{} -2.5"),
    ])
  func points(_ expression: String, _ expected: String) throws {
    let provider = try loading("x -2.5")
    #expect(try answers(expression, at: minutes(0), provider) == [expected])
  }

  @Test("clamp with contradicting bounds leaves nothing")
  func emptyClamp() throws {
    #expect(try answers("clamp(vector(1), 2, 1)", at: minutes(0), MemoryProvider()) == [])
  }

  @Test(
    "dates are UTC",
    arguments: [
      ("year()", "2024"), ("month()", "2"), ("day_of_month()", "29"), ("day_of_week()", "4"),
      ("day_of_year()", "60"), ("days_in_month()", "29"), ("hour()", "13"), ("minute()", "37"),
      ("year(vector(-1))", "1969"), ("day_of_week(vector(0))", "4"),
      ("hour(vector(-1))", "23"), ("year(vector(NaN))", "NaN"), ("year(vector(1e300))", "NaN"),
    ])
  func dates(_ expression: String, _ expected: String) throws {
    let time = try #require(Timestamp(rfc3339: "2024-02-29T13:37:11Z"))
    #expect(try answers(expression, at: time, MemoryProvider()) == ["{} \(expected)"])
  }

  @Test("time, timestamp, vector and scalar")
  func times() throws {
    let provider = try loading("x{i=\"1\"} 5 6", "x{i=\"2\"} 7 _")
    #expect(try answers("time()", at: minutes(1.5), provider) == ["90"])
    #expect(
      try answers("timestamp(x)", at: minutes(1.5), provider) == ["{i=\"1\"} 60", "{i=\"2\"} 0"])
    #expect(
      try answers("timestamp(x offset 1m)", at: minutes(2), provider)
        == ["{i=\"1\"} 60", "{i=\"2\"} 0"])
    #expect(
      try answers("timestamp(x + 0)", at: minutes(1.5), provider)
        == ["{i=\"1\"} 90", "{i=\"2\"} 90"])
    #expect(try answers("vector(3)", at: minutes(0), provider) == ["{} 3"])
    #expect(try answers("scalar(x{i=\"1\"})", at: minutes(0), provider) == ["5"])
    #expect(try answers("scalar(x)", at: minutes(0), provider) == ["NaN"])
    #expect(try answers("scalar(nothing)", at: minutes(0), provider) == ["NaN"])
  }

  @Test("sorting puts NaN last, both ways")
  func sorting() throws {
    let provider = try loading("x{i=\"1\"} 2", "x{i=\"2\"} NaN", "x{i=\"3\"} 1")
    #expect(
      try answers("sort(x)", at: minutes(0), provider)
        == ["x{i=\"3\"} 1", "x{i=\"1\"} 2", "x{i=\"2\"} NaN"])
    #expect(
      try answers("sort_desc(x)", at: minutes(0), provider)
        == ["x{i=\"1\"} 2", "x{i=\"3\"} 1", "x{i=\"2\"} NaN"])
  }

  @Test(
    "absence",
    arguments: [
      ("absent(x)", []), ("absent(nothing)", ["{} 1"]),
      ("absent(nothing{a=\"1\",b!=\"2\",c=~\"3\"})", ["{a=\"1\"} 1"]),
      ("absent(nothing{a=\"1\",a=\"2\"})", ["{} 1"]), ("absent(sum(nothing{a=\"1\"}))", ["{} 1"]),
      ("absent_over_time(x[5m])", []), ("absent_over_time(nothing{a=\"1\"}[5m])", ["{a=\"1\"} 1"]),
      ("absent_over_time({__name__=~\"x|y\"}[5m])", []), ("absent(x > 100)", ["{} 1"]),
    ])
  func absence(_ expression: String, _ expected: [String]) throws {
    let provider = try loading("x 1", "y 1")
    #expect(try answers(expression, at: minutes(0), provider) == expected)
  }

  @Test(
    "labels are rewritten",
    arguments: [
      (
        "label_replace(x, \"d\", \"v-$1\", \"s\", \"source-(.*)\")",
        ["x{d=\"v-a\",s=\"source-a\"} 1"]
      ),
      (
        "label_replace(x, \"d\", \"${1}b\", \"s\", \"source-(.*)\")",
        ["x{d=\"ab\",s=\"source-a\"} 1"]
      ),
      (
        "label_replace(x, \"d\", \"$n\", \"s\", \"(?P<n>.*)-a\")",
        ["x{d=\"source\",s=\"source-a\"} 1"]
      ),
      ("label_replace(x, \"d\", \"$$1\", \"s\", \".*\")", ["x{d=\"$1\",s=\"source-a\"} 1"]),
      ("label_replace(x, \"d\", \"v\", \"s\", \"source\")", ["x{s=\"source-a\"} 1"]),
      ("label_replace(x, \"d\", \"v\", \"none\", \"\")", ["x{d=\"v\",s=\"source-a\"} 1"]),
      ("label_replace(x, \"s\", \"\", \"s\", \".*\")", ["x 1"]),
      ("label_replace(x, \"__name__\", \"y\", \"s\", \".*\")", ["y{s=\"source-a\"} 1"]),
      (
        "label_join(x, \"d\", \"/\", \"s\", \"__name__\", \"no\")",
        ["x{d=\"source-a/x/\",s=\"source-a\"} 1"]
      ),
      ("label_join(x, \"s\", \"/\")", ["x 1"]),
    ])
  func labels(_ expression: String, _ expected: [String]) throws {
    let provider = try loading("x{s=\"source-a\"} 1")
    #expect(try answers(expression, at: minutes(0), provider) == expected)
  }

  @Test("rewriting may not make two series equal, nor name a label nothing")
  func badLabels() throws {
    let provider = try loading("x{s=\"1\"} 1", "x{s=\"2\"} 1")
    let same = failure("label_replace(x, \"s\", \"\", \"s\", \".*\")", at: minutes(0), provider)
    #expect(same?.message == "vector cannot contain metrics with the same labelset")
    let empty = failure("label_replace(x, \"\", \"v\", \"s\", \".*\")", at: minutes(0), provider)
    #expect(empty?.message.contains("invalid destination label name") == true)
    let regex = failure("label_replace(x, \"a\", \"v\", \"s\", \"(\")", at: minutes(0), provider)
    #expect(regex?.message.contains("invalid regular expression") == true)
  }

  @Test(
    "quantiles of classic histograms",
    arguments: [
      ("0", "0"), ("0.25", "0.1"), ("0.5", "0.3"), ("0.9", "1"), ("1", "1"), ("-1", "-Inf"),
      ("2", "+Inf"), ("NaN", "NaN"),
    ])
  func histograms(_ fraction: String, _ expected: String) throws {
    // Ten observations: 2.5 up to 0.1, 5 up to 0.3, 7.5 up to 1, and 2.5 above.
    let provider = try loading(
      "h{le=\"0.1\"} 2.5", "h{le=\"0.3\"} 5", "h{le=\"1\"} 7.5", "h{le=\"+Inf\"} 10")
    #expect(
      try answers("histogram_quantile(\(fraction), h)", at: minutes(0), provider)
        == ["{} \(expected)"])
  }

  @Test("odd histograms: no infinite bucket, no observations, falling counts, a bad bound")
  func oddHistograms() throws {
    let provider = try loading(
      "noinf{le=\"1\"} 5", "noinf{le=\"2\"} 6", "empty{le=\"1\"} 0", "empty{le=\"+Inf\"} 0",
      "fall{le=\"1\"} 6", "fall{le=\"2\"} 4", "fall{le=\"+Inf\"} 6", "bad{le=\"x\"} 1")
    #expect(try answers("histogram_quantile(0.5, noinf)", at: minutes(0), provider) == ["{} NaN"])
    #expect(try answers("histogram_quantile(0.5, empty)", at: minutes(0), provider) == ["{} NaN"])
    #expect(try answers("histogram_quantile(0.5, fall)", at: minutes(0), provider) == ["{} 0.5"])
    let engine = QueryEngine(provider: provider)
    #expect(
      try engine.instant("histogram_quantile(0.5, fall)", at: minutes(0)).warnings.first?
        .hasPrefix("PromQL info") == true)
    let bad = try engine.instant("histogram_quantile(0.5, bad)", at: minutes(0))
    #expect(bad.warnings.first?.contains("\"le\" is missing or has a malformed value") == true)
    guard case .vector(let samples) = bad.value else {
      Issue.record("expected a vector")
      return
    }
    #expect(samples.isEmpty)
  }
}
