internal import Foundation
internal import TSQCore

extension Evaluator {
  /// An operator between two expressions.
  mutating func evaluate(_ binary: Binary, on grid: StepGrid) throws(QueryError) -> Evaluated {
    let left = try evaluate(binary.left, on: grid)
    let right = try evaluate(binary.right, on: grid)
    switch (left, right) {
    case (.scalar(let a), .scalar(let b)):
      return .scalar(a.indices.map { scalarResult(binary.operation, a[$0], b[$0]) })
    case (.vector(let series), .scalar(let scalars)):
      return .vector(try combine(series, scalars, binary, scalarIsLeft: false))
    case (.scalar(let scalars), .vector(let series)):
      return .vector(try combine(series, scalars, binary, scalarIsLeft: true))
    case (.vector(let a), .vector(let b)):
      if binary.operation.isSet {
        return .vector(try setOperation(binary, a, b, on: grid))
      }
      try budget.take(samples: max(a.count, b.count) * grid.count)
      return .vector(try matched(binary, a, b, on: grid))
    default:
      throw QueryError(
        .execution("operator \(binary.operation.rawValue) cannot take a string"))
    }
  }

  private func scalarResult(_ operation: BinaryOperator, _ left: Double, _ right: Double) -> Double
  {
    operation.isComparison
      ? (holds(operation, left, right) ? 1 : 0) : calculate(operation, left, right)
  }

  /// A vector with a number: the vector's labels, and in filters the vector's values.
  private mutating func combine(
    _ series: [ColumnSeries], _ scalars: [Double], _ binary: Binary, scalarIsLeft: Bool
  ) throws(QueryError) -> [ColumnSeries] {
    let operation = binary.operation
    var result = series
    for place in result.indices {
      if !operation.isComparison || binary.returnsBool {
        result[place].labels = result[place].labels.withoutName
      }
      for index in scalars.indices {
        let value = series[place].values[index]
        if Missing.isMissing(value) { continue }
        let (left, right) = scalarIsLeft ? (scalars[index], value) : (value, scalars[index])
        result[place].values[index] = outcome(binary, left, right, kept: value)
      }
    }
    result.removeAll { !$0.hasValues }
    return try joiningEqualLabels(result)
  }
}

/// The value of an operator at one step; a comparison without `bool` keeps a value or nothing.
func outcome(_ binary: Binary, _ left: Double, _ right: Double, kept: Double) -> Double {
  let operation = binary.operation
  guard operation.isComparison else { return calculate(operation, left, right) }
  let isTrue = holds(operation, left, right)
  if binary.returnsBool { return isTrue ? 1 : 0 }
  return isTrue ? kept : Missing.value
}

private func calculate(_ operation: BinaryOperator, _ left: Double, _ right: Double) -> Double {
  switch operation {
  case .add: left + right
  case .subtract: left - right
  case .multiply: left * right
  case .divide: left / right
  // The remainder has the dividend's sign, as in C and Go.
  case .modulo: fmod(left, right)
  case .power: pow(left, right)
  case .atan2: atan2(left, right)
  case .or, .and, .unless, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
    preconditionFailure("not an arithmetic operator")
  }
}

private func holds(_ operation: BinaryOperator, _ left: Double, _ right: Double) -> Bool {
  switch operation {
  case .equal: left == right
  case .notEqual: left != right
  case .less: left < right
  case .lessOrEqual: left <= right
  case .greater: left > right
  case .greaterOrEqual: left >= right
  case .or, .and, .unless, .add, .subtract, .multiply, .divide, .modulo, .power, .atan2:
    preconditionFailure("not a comparison")
  }
}
