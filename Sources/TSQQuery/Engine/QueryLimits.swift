/// The bounds of one query: a server stays up whatever it is asked.
public struct QueryLimits: Hashable, Sendable {
  /// Most steps of a range query: Prometheus' own bound, enough for a screen of 11,000 pixels.
  public var pointsPerSeries = 11_000
  /// Most steps of a subquery: a year of minutes fits, and one column of them is 8 MB.
  public var subquerySteps = 1_000_000
  /// Most samples and points a query may hold, all parts of its expression together.
  ///
  /// 16 bytes each, and Prometheus' default for `--query.max-samples`.
  public var samples = 50_000_000
  /// Most series one selector may match: a selector of everything must not take the server down.
  public var series = 200_000
  /// Longest expression, bytes: generated dashboards stay far below, and parsing stays instant.
  public var expressionBytes = 64 * 1024
  /// Deepest nesting of an expression: the evaluator recurses, and a thread's stack is finite.
  public var depth = 128
  /// Longest evaluation, seconds; Prometheus' default for `--query.timeout`.
  public var timeoutSeconds = 120
  /// How far an instant selector looks back for a sample, nanoseconds; Prometheus' 5 minutes.
  public var lookbackNanoseconds: Int64 = 300_000_000_000
  /// Step of a subquery that names none, nanoseconds; Prometheus' default evaluation interval.
  public var subqueryStepNanoseconds: Int64 = 60_000_000_000

  /// The default bounds.
  public init() {}
}
