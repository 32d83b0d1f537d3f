/// What a function of the language takes and gives, and how it is evaluated.
package struct FunctionSignature: Hashable, Sendable {
  /// How a function is evaluated.
  enum Implementation: Hashable, Sendable {
    /// One number per window of a range vector.
    case window(WindowFunction)
    /// One number per number of an instant vector.
    case pointwise(PointFunction)
    /// A field of the UTC date of a number of seconds; without an argument, of the evaluation time.
    case date(DateField)
    /// Everything with a rule of its own.
    case special(SpecialFunction)
    /// Known to Prometheus, not executed here.
    case notSupported
  }

  package let name: String
  /// Types of the arguments, in order; the last repeats where `isVariadic`.
  package let arguments: [ValueType]
  /// How many of the last arguments may be left out.
  package let optionalCount: Int
  /// Whether any number of further arguments of the last type may follow.
  package let isVariadic: Bool
  package let result: ValueType
  let implementation: Implementation

  init(
    _ name: String, _ arguments: [ValueType], optional: Int = 0, variadic: Bool = false,
    result: ValueType = .vector, _ implementation: Implementation
  ) {
    self.name = name
    self.arguments = arguments
    self.optionalCount = optional
    self.isVariadic = variadic
    self.result = result
    self.implementation = implementation
  }

  /// The function of a name, which is case-sensitive; `nil` where there is none.
  package static func named(_ name: String) -> FunctionSignature? { table[name] }

  /// The names of all functions, sorted.
  package static var names: [String] { table.keys.sorted() }

  private static let table: [String: FunctionSignature] = {
    var table: [String: FunctionSignature] = [:]
    for signature in windows + points + dates + specials + unsupported {
      table[signature.name] = signature
    }
    return table
  }()

  private static let windows: [FunctionSignature] = WindowFunction.allCases.map { function in
    switch function {
    case .quantile: .init(function.rawValue, [.scalar, .matrix], .window(function))
    case .predictLinear: .init(function.rawValue, [.matrix, .scalar], .window(function))
    case .doubleExponentialSmoothing:
      .init(function.rawValue, [.matrix, .scalar, .scalar], .window(function))
    default: .init(function.rawValue, [.matrix], .window(function))
    }
  }

  private static let points: [FunctionSignature] = PointFunction.allCases.map { function in
    switch function {
    case .clamp: .init(function.rawValue, [.vector, .scalar, .scalar], .pointwise(function))
    case .clampMin, .clampMax:
      .init(function.rawValue, [.vector, .scalar], .pointwise(function))
    case .round:
      .init(function.rawValue, [.vector, .scalar], optional: 1, .pointwise(function))
    default: .init(function.rawValue, [.vector], .pointwise(function))
    }
  }

  private static let dates: [FunctionSignature] = DateField.allCases.map {
    .init($0.rawValue, [.vector], optional: 1, .date($0))
  }

  private static let specials: [FunctionSignature] = [
    .init("absent", [.vector], .special(.absent)),
    .init("absent_over_time", [.matrix], .special(.absentOverTime)),
    .init("histogram_quantile", [.scalar, .vector], .special(.histogramQuantile)),
    .init(
      "label_join", [.vector, .string, .string, .string], optional: 1, variadic: true,
      .special(.labelJoin)),
    .init(
      "label_replace", [.vector, .string, .string, .string, .string], .special(.labelReplace)),
    .init("pi", [], result: .scalar, .special(.pi)),
    .init("scalar", [.vector], result: .scalar, .special(.scalar)),
    .init("sort", [.vector], .special(.sort)),
    .init("sort_desc", [.vector], .special(.sortDescending)),
    .init("time", [], result: .scalar, .special(.time)),
    .init("timestamp", [.vector], .special(.timestamp)),
    .init("vector", [.scalar], .special(.vector)),
  ]

  /// Functions of native histograms and experimental ones: parsed, so that the error can say so.
  private static let unsupported: [FunctionSignature] = [
    .init("histogram_avg", [.vector], .notSupported),
    .init("histogram_count", [.vector], .notSupported),
    .init("histogram_fraction", [.scalar, .scalar, .vector], .notSupported),
    .init("histogram_stddev", [.vector], .notSupported),
    .init("histogram_stdvar", [.vector], .notSupported),
    .init("histogram_sum", [.vector], .notSupported),
    .init("info", [.vector, .vector], optional: 1, .notSupported),
    .init("sort_by_label", [.vector, .string], variadic: true, .notSupported),
    .init("sort_by_label_desc", [.vector, .string], variadic: true, .notSupported),
  ]
}

/// Functions of the samples of one window.
enum WindowFunction: String, Hashable, Sendable, CaseIterable {
  case avg = "avg_over_time"
  case changes
  case count = "count_over_time"
  case delta
  case deriv
  case doubleExponentialSmoothing = "double_exponential_smoothing"
  case first = "first_over_time"
  case idelta
  case increase
  case irate
  case last = "last_over_time"
  case mad = "mad_over_time"
  case max = "max_over_time"
  case min = "min_over_time"
  case predictLinear = "predict_linear"
  case present = "present_over_time"
  case quantile = "quantile_over_time"
  case rate
  case resets
  case stddev = "stddev_over_time"
  case stdvar = "stdvar_over_time"
  case sum = "sum_over_time"

  /// Whether a `SeriesSummary` determines the answer, so that whole blocks need not be decoded.
  var needsOnlySummary: Bool {
    switch self {
    case .doubleExponentialSmoothing, .idelta, .irate, .mad, .quantile: false
    default: true
    }
  }

  /// Whether the answer still has the metric's meaning, so that its name stays.
  var keepsName: Bool { self == .last || self == .first }
}

/// Functions of one number.
enum PointFunction: String, Hashable, Sendable, CaseIterable {
  case abs, acos, acosh, asin, asinh, atan, atanh, ceil, clamp
  case clampMax = "clamp_max"
  case clampMin = "clamp_min"
  case cos, cosh, deg, exp, floor, ln, log10, log2, rad, round, sgn, sin, sinh, sqrt, tan, tanh
}

/// Fields of a UTC date.
enum DateField: String, Hashable, Sendable, CaseIterable {
  case dayOfMonth = "day_of_month"
  case dayOfWeek = "day_of_week"
  case dayOfYear = "day_of_year"
  case daysInMonth = "days_in_month"
  case hour, minute, month, year
}

/// Functions with a rule of their own.
enum SpecialFunction: Hashable, Sendable {
  case absent, absentOverTime, histogramQuantile, labelJoin, labelReplace, pi, scalar, sort
  case sortDescending, time, timestamp, vector
}
