internal import TSQCore
package import TSQStorage

/// The type of an expression's value.
package enum ValueType: String, Hashable, Sendable {
  case scalar = "scalar"
  case string = "string"
  case vector = "instant vector"
  case matrix = "range vector"
}

/// The instant that `@` fixes a selector to.
package enum FixedTime: Hashable, Sendable {
  /// A moment, nanoseconds since the epoch.
  case at(Int64)
  /// The first step of the query.
  case start
  /// The last step of the query.
  case end
}

/// What shifts the time a selector or subquery looks at.
package struct TimeShift: Hashable, Sendable {
  /// How far back from the evaluation time, nanoseconds; negative looks ahead.
  package var offset: Int64 = 0
  /// Whether `offset` was written, even as 0.
  package var hasOffset = false
  /// The fixed instant in place of the evaluation time.
  package var fixed: FixedTime?
}

/// `name{label="value"}`: the latest sample of each matching series.
package struct VectorSelector: Hashable, Sendable {
  /// The metric name written outside the braces, empty where there is none.
  package var metric: String
  /// All matchers, the one on the metric name included.
  package var matchers: [LabelMatcher]
  package var shift = TimeShift()
}

/// `name{...}[5m]`: the samples of a window.
package struct MatrixSelector: Hashable, Sendable {
  package var selector: VectorSelector
  /// Length of the window, nanoseconds; positive.
  package var range: Int64
}

/// `expression[1h:5m]`: an instant expression evaluated at regular steps of a window.
package struct Subquery: Hashable, Sendable {
  package var inner: Expression
  /// Length of the window, nanoseconds; positive.
  package var range: Int64
  /// Distance of the steps, nanoseconds; `nil` takes the default.
  package var step: Int64?
  package var shift = TimeShift()
}

/// `name(arguments)`.
package struct Call: Hashable, Sendable {
  package var function: FunctionSignature
  package var arguments: [Expression]
}

/// The aggregation operators.
package enum AggregationOperator: String, Hashable, Sendable, CaseIterable {
  case sum, avg, min, max, count, stddev, stdvar, group, quantile, topk, bottomk
  case countValues = "count_values"
  case limitk
  case limitRatio = "limit_ratio"

  /// The type of the parameter before the vector, where there is one.
  package var parameterType: ValueType? {
    switch self {
    case .quantile, .topk, .bottomk, .limitk, .limitRatio: .scalar
    case .countValues: .string
    default: nil
    }
  }
}

/// `sum by (labels) (expression)`.
package struct Aggregation: Hashable, Sendable {
  package var operation: AggregationOperator
  package var inner: Expression
  package var parameter: Expression?
  package var grouping: [String]
  /// Whether `grouping` names the labels left out instead of those kept.
  package var without: Bool
}

/// The operators between two expressions.
package enum BinaryOperator: String, Hashable, Sendable, CaseIterable {
  case or, and, unless
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case atan2
  case power = "^"

  /// How tightly it binds; higher binds first.
  package var precedence: Int {
    switch self {
    case .or: 1
    case .and, .unless: 2
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 3
    case .add, .subtract: 4
    case .multiply, .divide, .modulo, .atan2: 5
    case .power: 6
    }
  }

  /// The precedence of `*`, which a leading sign shares: `-2^2` is -(2^2).
  static let signPrecedence = 5

  package var isComparison: Bool { precedence == 3 }
  package var isSet: Bool { precedence <= 2 }
  package var isRightAssociative: Bool { self == .power }
}

/// How the series of the two sides of an operator find each other.
package struct VectorMatching: Hashable, Sendable {
  /// How many series of a side may share a match.
  package enum Cardinality: Hashable, Sendable {
    case oneToOne
    /// `group_left`: many on the left.
    case manyToOne
    /// `group_right`: many on the right.
    case oneToMany
    /// The set operators.
    case manyToMany
  }

  package var cardinality = Cardinality.oneToOne
  /// The labels of `on` or `ignoring`.
  package var labels: [String] = []
  /// Whether `labels` come from `on`.
  package var isOn = false
  /// Whether `on` or `ignoring` was written.
  package var isExplicit = false
  /// The labels `group_left(...)` or `group_right(...)` takes from the "one" side.
  package var include: [String] = []
}

/// `left operator right`.
package struct Binary: Hashable, Sendable {
  package var operation: BinaryOperator
  package var left: Expression
  package var right: Expression
  package var matching = VectorMatching()
  /// `bool`: a comparison gives 1 or 0 instead of filtering.
  package var returnsBool = false
}

/// A parsed expression with its place in the text.
package struct Expression: Hashable, Sendable {
  /// The kinds of expression.
  package indirect enum Node: Hashable, Sendable {
    case number(Double)
    case string(String)
    case vector(VectorSelector)
    case matrix(MatrixSelector)
    case subquery(Subquery)
    case call(Call)
    case aggregation(Aggregation)
    case negation(Expression)
    case positive(Expression)
    case binary(Binary)
    case parenthesised(Expression)
  }

  package var node: Node
  /// The bytes of the text it stands in.
  package var range: Range<Int>
  /// Levels of expression below and including this one; bounded, since the evaluator recurses.
  package var depth: Int

  init(_ node: Node, range: Range<Int>) {
    self.node = node
    self.range = range
    self.depth = 1 + (node.children.map(\.depth).max() ?? 0)
  }

  /// The type of its value.
  package var type: ValueType {
    switch node {
    case .number: .scalar
    case .string: .string
    case .vector: .vector
    case .matrix, .subquery: .matrix
    case .call(let call): call.function.result
    case .aggregation: .vector
    case .negation(let inner), .positive(let inner), .parenthesised(let inner): inner.type
    case .binary(let binary):
      binary.left.type == .scalar && binary.right.type == .scalar ? .scalar : .vector
    }
  }

  /// The expression inside any parentheses.
  package var unwrapped: Expression {
    if case .parenthesised(let inner) = node { return inner.unwrapped }
    return self
  }
}

extension Expression.Node {
  /// The expressions directly inside.
  var children: [Expression] {
    switch self {
    case .number, .string, .vector, .matrix: []
    case .subquery(let subquery): [subquery.inner]
    case .call(let call): call.arguments
    case .aggregation(let aggregation):
      [aggregation.inner] + (aggregation.parameter.map { [$0] } ?? [])
    case .negation(let inner), .positive(let inner), .parenthesised(let inner): [inner]
    case .binary(let binary): [binary.left, binary.right]
    }
  }
}
