internal import Foundation
internal import TSQCore

extension Evaluator {
  /// A function call.
  mutating func evaluate(_ call: Call, on grid: StepGrid) throws(QueryError) -> Evaluated {
    switch call.function.implementation {
    case .window(let function): return .vector(try evaluate(function, call, on: grid))
    case .pointwise(let function): return .vector(try evaluate(function, call, on: grid))
    case .date(let field): return .vector(try evaluate(field, call, on: grid))
    case .special(let function): return try evaluate(function, call, on: grid)
    case .notSupported:
      throw QueryError(.notSupported("the function \(call.function.name)"))
    }
  }

  private mutating func evaluate(
    _ function: PointFunction, _ call: Call, on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    var series = try evaluateVector(call.arguments[0], on: grid)
    var scalars: [[Double]] = []
    for argument in call.arguments.dropFirst() {
      scalars.append(try evaluateScalar(argument, on: grid))
    }
    let second = scalars.first ?? [Double](repeating: 1, count: grid.count)
    let third = scalars.count > 1 ? scalars[1] : second
    for place in series.indices {
      series[place].labels = series[place].labels.withoutName
      for index in 0..<grid.count where !Missing.isMissing(series[place].values[index]) {
        series[place].values[index] = apply(
          function, to: series[place].values[index], second[index], third[index])
      }
    }
    series.removeAll { !$0.hasValues }
    return try joiningEqualLabels(series)
  }

  private mutating func evaluate(
    _ field: DateField, _ call: Call, on grid: StepGrid
  ) throws(QueryError) -> [ColumnSeries] {
    guard let argument = call.arguments.first else {
      let values = (0..<grid.count).map { dateField(field, ofSeconds: stepSeconds($0, grid)) }
      return [ColumnSeries(labels: .none, values: values)]
    }
    var series = try evaluateVector(argument, on: grid)
    for place in series.indices {
      series[place].labels = series[place].labels.withoutName
      for index in 0..<grid.count where !Missing.isMissing(series[place].values[index]) {
        series[place].values[index] = dateField(field, ofSeconds: series[place].values[index])
      }
    }
    return try joiningEqualLabels(series)
  }

  /// The time of a step in seconds, as `time()` gives it.
  func stepSeconds(_ index: Int, _ grid: StepGrid) -> Double {
    Timestamp(nanoseconds: grid.time(index)).fractionalSeconds
  }
}

/// A function of one number; further numbers are its scalar arguments.
private func apply(
  _ function: PointFunction, to value: Double, _ second: Double, _ third: Double
) -> Double {
  switch function {
  case .abs: value.magnitude
  case .acos: acos(value)
  case .acosh: acosh(value)
  case .asin: asin(value)
  case .asinh: asinh(value)
  case .atan: atan(value)
  case .atanh: atanh(value)
  case .ceil: value.rounded(.up)
  case .clamp:
    // Bounds that contradict each other leave nothing.
    third < second ? Missing.value : larger(second, smaller(third, value))
  case .clampMax: smaller(second, value)
  case .clampMin: larger(second, value)
  case .cos: cos(value)
  case .cosh: cosh(value)
  case .deg: value * 180 / .pi
  case .exp: exp(value)
  case .floor: value.rounded(.down)
  case .ln: log(value)
  case .log10: log10(value)
  case .log2: log2(value)
  case .rad: value * .pi / 180
  case .round: rounded(value, to: second)
  case .sgn: value < 0 ? -1 : value > 0 ? 1 : value
  case .sin: sin(value)
  case .sinh: sinh(value)
  case .sqrt: value.squareRoot()
  case .tan: tan(value)
  case .tanh: tanh(value)
  }
}

/// Rounds to a multiple, halves up.
///
/// The inverse is taken first: `0.1` is not a double, `10` is.
private func rounded(_ value: Double, to multiple: Double) -> Double {
  let inverse = 1 / multiple
  return (value * inverse + 0.5).rounded(.down) / inverse
}

/// The larger number; NaN where either is, unless the other is +infinity.
private func larger(_ left: Double, _ right: Double) -> Double {
  if left == .infinity || right == .infinity { return .infinity }
  if left.isNaN || right.isNaN { return .nan }
  return max(left, right)
}

/// The smaller number; NaN where either is, unless the other is -infinity.
private func smaller(_ left: Double, _ right: Double) -> Double {
  if left == -.infinity || right == -.infinity { return -.infinity }
  if left.isNaN || right.isNaN { return .nan }
  return min(left, right)
}

/// A field of the UTC date `seconds` after the epoch; NaN where there is no such date.
private func dateField(_ field: DateField, ofSeconds seconds: Double) -> Double {
  guard let whole = Int64(exactly: seconds.rounded(.towardZero)) else { return .nan }
  let (days, secondOfDay) = whole.flooredDivision(by: 86_400)
  // Years stay well inside the calendar's integer arithmetic; a double can name others.
  guard abs(days) < 1_000_000_000_000 else { return .nan }
  let date = CalendarText.civilDate(daysSinceEpoch: Int(days))
  switch field {
  case .dayOfMonth: return Double(date.day)
  case .dayOfWeek: return Double((days + 4).flooredDivision(by: 7).remainder)
  case .dayOfYear:
    let newYear = CalendarText.daysSinceEpoch(year: date.year, month: 1, day: 1)
    return Double(Int(days) - newYear + 1)
  case .daysInMonth: return Double(CalendarText.daysInMonth(year: date.year, month: date.month))
  case .hour: return Double(secondOfDay / 3600)
  case .minute: return Double(secondOfDay / 60 % 60)
  case .month: return Double(date.month)
  case .year: return Double(date.year)
  }
}
