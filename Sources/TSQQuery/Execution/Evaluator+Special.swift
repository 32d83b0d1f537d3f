internal import TSQCore
internal import TSQStorage

extension Evaluator {
  /// A function with a rule of its own.
  mutating func evaluate(
    _ function: SpecialFunction, _ call: Call, on grid: StepGrid
  ) throws(QueryError) -> Evaluated {
    let steps = 0..<grid.count
    switch function {
    case .pi: return .scalar([Double](repeating: .pi, count: grid.count))
    case .time: return .scalar(steps.map { stepSeconds($0, grid) })
    case .vector:
      let values = try evaluateScalar(call.arguments[0], on: grid)
      return .vector([ColumnSeries(labels: .none, values: values)])
    case .scalar: return .scalar(try onlyValues(call.arguments[0], on: grid))
    case .timestamp: return .vector(try timestamps(call.arguments[0], on: grid))
    case .sort, .sortDescending:
      return .vector(
        try sorted(call.arguments[0], descending: function == .sortDescending, on: grid))
    case .absent: return .vector(try absent(call.arguments[0], on: grid))
    case .absentOverTime: return .vector(try absentOverTime(call.arguments[0], on: grid))
    case .labelReplace: return .vector(try labelReplace(call, on: grid))
    case .labelJoin: return .vector(try labelJoin(call, on: grid))
    case .histogramQuantile: return .vector(try histogramQuantile(call, on: grid))
    }
  }

  /// The value where the vector has exactly one, else NaN.
  private mutating func onlyValues(
    _ argument: Expression, on grid: StepGrid
  ) throws(QueryError) -> [Double] {
    let series = try evaluateVector(argument, on: grid)
    return (0..<grid.count).map { index in
      let present = series.lazy.map { $0.values[index] }.filter { !Missing.isMissing($0) }
      var iterator = present.makeIterator()
      guard let only = iterator.next(), iterator.next() == nil else { return .nan }
      return only
    }
  }

  /// The times of the samples a selector picks; of any other vector, the time of the step.
  private mutating func timestamps(
    _ argument: Expression, on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    var series: [ColumnSeries]
    if case .vector(let selector) = argument.unwrapped.node {
      series = try selectSamples(selector, on: grid) { time, _ in
        Timestamp(nanoseconds: time).fractionalSeconds
      }
    } else {
      series = try evaluateVector(argument, on: grid)
      for place in series.indices {
        for index in 0..<grid.count where !Missing.isMissing(series[place].values[index]) {
          series[place].values[index] = stepSeconds(index, grid)
        }
      }
    }
    for place in series.indices { series[place].labels = series[place].labels.withoutName }
    return try joiningEqualLabels(series)
  }

  /// Sorted by value where there is one step; NaN comes last either way.
  private mutating func sorted(
    _ argument: Expression, descending: Bool, on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    let series = try evaluateVector(argument, on: grid)
    // A range query's series have no one order; Prometheus leaves them as they are, too.
    guard grid.count == 1 else { return series }
    return series.filter { $0.hasValues }.enumerated().sorted { left, right in
      let (a, b) = (left.element.values[0], right.element.values[0])
      if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? left.offset < right.offset : b.isNaN }
      if a == b { return left.offset < right.offset }
      return descending ? a > b : a < b
    }.map(\.element)
  }

  // MARK: - Absence

  private mutating func absent(
    _ argument: Expression, on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    let present = try evaluateVector(argument, on: grid)
    let selector: VectorSelector? =
      if case .vector(let selector) = argument.unwrapped.node { selector } else { nil }
    return missingSteps(of: present, labels: Evaluator.labels(impliedBy: selector), on: grid)
  }

  private mutating func absentOverTime(
    _ argument: Expression, on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    // Names stay apart here: two metrics that only differ in name must not clash.
    let last = Call(
      function: FunctionSignature("last_over_time", [.matrix], .window(.last)),
      arguments: [argument])
    let present = try evaluate(.last, last, on: grid)
    let selector: VectorSelector? =
      if case .matrix(let matrix) = argument.unwrapped.node { matrix.selector } else { nil }
    return missingSteps(of: present, labels: Evaluator.labels(impliedBy: selector), on: grid)
  }

  private func missingSteps(
    of series: [ColumnSeries], labels: Labels, on grid: StepGrid
  ) -> [ColumnSeries] {
    let values = (0..<grid.count).map { index in
      series.contains { !Missing.isMissing($0.values[index]) } ? Missing.value : 1
    }
    let result = ColumnSeries(labels: labels, values: values)
    return result.hasValues ? [result] : []
  }

  /// The labels a missing series would have had: those that one equality matcher fixes.
  private static func labels(impliedBy selector: VectorSelector?) -> Labels {
    guard let matchers = selector?.matchers else { return .none }
    var pairs: [String: String] = [:]
    var unclear: Set<String> = [Labels.metricNameLabel]
    for matcher in matchers {
      if matcher.kind == .equal, pairs[matcher.name] == nil {
        pairs[matcher.name] = matcher.value
      } else {
        unclear.insert(matcher.name)
      }
    }
    let kept = pairs.filter { !unclear.contains($0.key) }
    return Labels(kept.map { Label(name: $0.key, value: $0.value) }) ?? .none
  }
}
