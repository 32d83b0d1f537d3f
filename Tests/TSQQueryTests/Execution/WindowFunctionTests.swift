import TSQCore
import TSQQuery
import Testing

@Suite struct WindowFunctionTests {
  @Test(
    "functions of a window",
    arguments: [
      // Samples at minutes 1...4 inside (0m, 4m]: 2 8 4 6.
      ("sum_over_time(x[4m])", "{} 20"), ("avg_over_time(x[4m])", "{} 5"),
      ("min_over_time(x[4m])", "{} 2"), ("max_over_time(x[4m])", "{} 8"),
      ("count_over_time(x[4m])", "{} 4"), ("last_over_time(x[4m])", "x 6"),
      ("first_over_time(x[4m])", "x 2"), ("present_over_time(x[4m])", "{} 1"),
      ("stdvar_over_time(x[4m])", "{} 5"), ("stddev_over_time(x[4m])", "{} 2.23606797749979"),
      ("quantile_over_time(0.5, x[4m])", "{} 5"), ("quantile_over_time(0, x[4m])", "{} 2"),
      ("quantile_over_time(1, x[4m])", "{} 8"), ("quantile_over_time(0.25, x[4m])", "{} 3.5"),
      ("quantile_over_time(-1, x[4m])", "{} -Inf"), ("quantile_over_time(2, x[4m])", "{} +Inf"),
      ("quantile_over_time(NaN, x[4m])", "{} NaN"), ("mad_over_time(x[4m])", "{} 2"),
      ("changes(x[4m])", "{} 3"), ("resets(x[4m])", "{} 1"), ("idelta(x[4m])", "{} 2"),
      ("irate(x[4m])", "{} 0.03333333333333333"),
    ])
  func samples(_ expression: String, _ expected: String) throws {
    let provider = try loading("x 100 2 8 4 6")
    #expect(try answers(expression, at: minutes(4), provider) == [expected])
  }

  @Test("rate, increase and delta extrapolate as Prometheus 3 does")
  func extrapolation() throws {
    // One sample a minute, +60 each: 1 a second. Windows end on a sample, so the gap at the start
    // is one whole distance: below 1.1 of it, hence extrapolated to the edge.
    let provider = try loading("c 1000+60x60", "late _ _ _ _ _ _ _ _ 100 160 220")
    #expect(try answers("increase(c[5m])", at: minutes(10), provider) == ["{} 300"])
    #expect(try answers("rate(c[5m])", at: minutes(10), provider) == ["{} 1"])
    #expect(try answers("rate(c[5m])", at: minutes(10.5), provider) == ["{} 1"])
    #expect(try answers("delta(c[5m])", at: minutes(10), provider) == ["{} 300"])
    // The series begins inside the window: half a distance out, not to the edge.
    #expect(try answers("delta(late[10m])", at: minutes(10), provider) == ["{} 150"])
    #expect(try answers("rate(c[1m])", at: minutes(10), provider) == [], "one sample is no rate")
  }

  @Test("a counter is never extrapolated below zero")
  func zeroPoint() throws {
    let provider = try loading("c _ _ 10 70 130 190")
    // Rising 60 a minute from 10 it was zero 10 s before its first sample.
    let found = try answers("increase(c[4m])", at: minutes(5), provider)
    #expect(found == ["{} 190"])
    #expect(
      try answers("delta(c[4m])", at: minutes(5), provider) == ["{} 240"], "a gauge may be below")
  }

  @Test("resets add what the counter had before")
  func resets() throws {
    let provider = try loading("c 0 60 120 0 60 120 180 240 300 360 420")
    #expect(try answers("increase(c[10m])", at: minutes(10), provider) == ["{} 533.3333333333334"])
    #expect(try answers("resets(c[10m])", at: minutes(10), provider) == ["{} 1"])
    #expect(try answers("irate(c[2m])", at: minutes(3), provider) == ["{} 0"])
  }

  @Test("lines: slope per second, value ahead of the evaluation time")
  func lines() throws {
    let provider = try loading("x 10+3x20", "flat 5x20")
    #expect(try answers("deriv(x[10m])", at: minutes(20), provider) == ["{} 0.05"])
    #expect(try answers("deriv(flat[10m])", at: minutes(20), provider) == ["{} 0"])
    #expect(try answers("predict_linear(x[10m], 600)", at: minutes(20), provider) == ["{} 100"])
    #expect(try answers("predict_linear(flat[10m], 1e6)", at: minutes(20), provider) == ["{} 5"])
    // An offset moves the samples, not the instant predicted from.
    #expect(
      try answers("predict_linear(x[10m] offset 5m, 0)", at: minutes(20), provider) == ["{} 70"])
    #expect(try answers("deriv(x[1m])", at: minutes(20), provider) == [])
  }

  @Test("NaN and infinities follow Prometheus' rules")
  func specialValues() throws {
    let provider = try loading("x 1 NaN 3", "i 1 Inf 3", "b Inf -Inf", "n NaN NaN")
    #expect(try answers("min_over_time(x[10m])", at: minutes(5), provider) == ["{} 1"])
    #expect(try answers("max_over_time(x[10m])", at: minutes(5), provider) == ["{} 3"])
    #expect(try answers("sum_over_time(x[10m])", at: minutes(5), provider) == ["{} NaN"])
    #expect(try answers("stddev_over_time(x[10m])", at: minutes(5), provider) == ["{} NaN"])
    #expect(try answers("quantile_over_time(0, x[10m])", at: minutes(5), provider) == ["{} NaN"])
    #expect(try answers("sum_over_time(i[10m])", at: minutes(5), provider) == ["{} +Inf"])
    #expect(try answers("avg_over_time(i[10m])", at: minutes(5), provider) == ["{} +Inf"])
    #expect(try answers("sum_over_time(b[10m])", at: minutes(5), provider) == ["{} NaN"])
    #expect(try answers("max_over_time(n[10m])", at: minutes(5), provider) == ["{} NaN"])
    #expect(try answers("changes(n[10m])", at: minutes(5), provider) == ["{} 0"])
    #expect(try answers("changes(x[10m])", at: minutes(5), provider) == ["{} 2"])
    #expect(try answers("deriv(x[10m])", at: minutes(5), provider) == ["{} NaN"])
  }

  @Test("sums lose nothing to cancellation, and means do not overflow")
  func precision() throws {
    let provider = try loading("x 1e100 1 -1e100 1", "huge 1.7e308 1.7e308")
    #expect(try answers("sum_over_time(x[10m])", at: minutes(5), provider) == ["{} 2"])
    #expect(try answers("avg_over_time(x[10m])", at: minutes(5), provider) == ["{} 0.5"])
    #expect(try answers("sum_over_time(huge[10m])", at: minutes(5), provider) == ["{} +Inf"])
    #expect(try answers("avg_over_time(huge[10m])", at: minutes(5), provider) == ["{} 1.7e+308"])
  }

  @Test("names are dropped, and two series may not become one")
  func names() throws {
    let provider = try loading("a 1 2 3", "b 1 2 3", "c{x=\"1\"} 1 2 3")
    #expect(
      try answers("rate(c[3m])", at: minutes(2), provider).first?.hasPrefix("{x=\"1\"}") == true)
    #expect(
      try answers("last_over_time({__name__=~\"a|b\"}[3m])", at: minutes(2), provider).count == 2)
    let error = failure("sum_over_time({__name__=~\"a|b\"}[3m])", at: minutes(2), provider)
    #expect(error?.kind == .execution("vector cannot contain metrics with the same labelset"))
  }

  @Test("double exponential smoothing checks its factors")
  func smoothing() throws {
    let provider = try loading("x 0+10x10")
    #expect(
      try answers("double_exponential_smoothing(x[5m], 0.5, 0.5)", at: minutes(10), provider)
        == ["{} 100"])
    let error = failure("double_exponential_smoothing(x[5m], 1, 0.5)", at: minutes(10), provider)
    #expect(error?.message.contains("invalid smoothing factor") == true)
  }

  @Test("a parameter may change from step to step")
  func changingParameter() throws {
    let provider = try loading("x 1 2 3 4")
    #expect(
      try rangeAnswers(
        "quantile_over_time(scalar(vector(time())) / 180, x[10m])", from: minutes(0),
        through: minutes(3), stepSeconds: 180, provider) == ["{} 1@0 4@180"])
  }
}
