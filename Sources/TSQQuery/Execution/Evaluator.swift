internal import TSQCore
internal import TSQStorage

/// Evaluates one expression over all steps at once, column by column.
///
/// Each part of the expression becomes one column per series, so that every run of samples is
/// decoded at most once per selector, however many windows overlap it.
struct Evaluator {
  let view: any SeriesView
  let limits: QueryLimits
  /// The first and last step of the whole query: what `@ start()` and `@ end()` mean everywhere.
  let outer: ClosedRange<Int64>
  var budget: Budget
  var warnings = Warnings()
  /// What raw samples are where only hourly values are left.
  var hourlyPoints = HourlyPoints.last

  init(view: any SeriesView, limits: QueryLimits, outer: ClosedRange<Int64>) {
    self.view = view
    self.limits = limits
    self.outer = outer
    self.budget = Budget(limits)
  }

  /// The columns of an expression that is not a range vector.
  mutating func evaluate(
    _ expression: Expression, on grid: StepGrid
  ) throws(QueryError) -> Evaluated {
    switch expression.node {
    case .number(let value):
      return .scalar([Double](repeating: value, count: grid.count))
    case .string(let text): return .string(text)
    case .parenthesised(let inner), .positive(let inner): return try evaluate(inner, on: grid)
    case .negation(let inner): return try negate(try evaluate(inner, on: grid))
    case .vector(let selector): return .vector(try select(selector, on: grid))
    case .call(let call): return try evaluate(call, on: grid)
    case .aggregation(let aggregation): return try evaluate(aggregation, on: grid)
    case .binary(let binary): return try evaluate(binary, on: grid)
    case .matrix, .subquery:
      // The parser's types keep ranges to function arguments and the top.
      throw QueryError(.execution("a range vector has no value at one instant"))
    }
  }

  /// The columns of an instant vector.
  mutating func evaluateVector(
    _ expression: Expression, on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    guard case .vector(let series) = try evaluate(expression, on: grid) else {
      throw QueryError(.execution("expected an instant vector, got \(expression.type.rawValue)"))
    }
    return series
  }

  /// One number per step.
  mutating func evaluateScalar(
    _ expression: Expression, on grid: StepGrid
  ) throws(QueryError) -> [Double] {
    guard case .scalar(let values) = try evaluate(expression, on: grid) else {
      throw QueryError(.execution("expected a scalar, got \(expression.type.rawValue)"))
    }
    return values
  }

  /// The text of a string argument.
  mutating func evaluateString(
    _ expression: Expression, on grid: StepGrid
  ) throws(QueryError) -> String {
    guard case .string(let text) = try evaluate(expression, on: grid) else {
      throw QueryError(.execution("expected a string, got \(expression.type.rawValue)"))
    }
    return text
  }

  private mutating func negate(_ value: Evaluated) throws(QueryError) -> Evaluated {
    switch value {
    case .scalar(let values): return .scalar(values.map { -$0 })
    case .string: return value
    case .vector(let series):
      let negated = series.map { one in
        ColumnSeries(
          labels: one.labels.withoutName,
          values: one.values.map { Missing.isMissing($0) ? $0 : -$0 })
      }
      return .vector(try joiningEqualLabels(negated))
    }
  }

  /// The instant a shift fixes, if any; nanoseconds.
  func fixedTime(_ shift: TimeShift) -> Int64? {
    switch shift.fixed {
    case .at(let nanoseconds): nanoseconds
    case .start: outer.lowerBound
    case .end: outer.upperBound
    case nil: nil
    }
  }
}

/// What a query may still use.
struct Budget {
  private let limits: QueryLimits
  private let deadline: ContinuousClock.Instant
  private var samplesUsed = 0

  init(_ limits: QueryLimits) {
    self.limits = limits
    self.deadline = ContinuousClock.now + .seconds(limits.timeoutSeconds)
  }

  /// Takes samples or points that stay until the query ends, before the memory for them is.
  mutating func take(samples: Int) throws(QueryError) {
    let (sum, overflow) = samplesUsed.addingReportingOverflow(samples)
    guard !overflow, sum <= limits.samples else {
      throw QueryError(
        .limit("the query needs more than \(limits.samples) samples and points"),
        hint: "select fewer series, a shorter range or a longer step")
    }
    samplesUsed = sum
    try checkTime()
  }

  /// Refuses a buffer that would not fit, though it is given back at once and takes nothing.
  func check(buffer samples: Int) throws(QueryError) {
    guard samples <= limits.samples else {
      throw QueryError(
        .limit("one series needs more than \(limits.samples) samples at once"),
        hint: "select a shorter range")
    }
    try checkTime()
  }

  /// Ends a query that ran too long or that nobody waits for any more.
  func checkTime() throws(QueryError) {
    if ContinuousClock.now >= deadline {
      throw QueryError(.timeout("query timed out after \(limits.timeoutSeconds) s"))
    }
    if Task.isCancelled { throw QueryError(.timeout("query was cancelled")) }
  }

  /// Refuses a selector of too many series.
  func checkSeries(_ count: Int, _ selector: String) throws(QueryError) {
    guard count <= limits.series else {
      throw QueryError(
        .limit("\(selector) matches \(count) series, at most \(limits.series) are allowed"),
        hint: "add a label matcher")
    }
  }
}

/// Warnings in the order they first came up, each once.
struct Warnings {
  private(set) var texts: [String] = []

  mutating func add(_ text: String) {
    if !texts.contains(text) { texts.append(text) }
  }
}
