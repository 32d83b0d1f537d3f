internal import TSQCore
internal import TSQStorage

// MARK: - Modifiers of operators

extension Parser {
  /// `bool`, `on (...)` or `ignoring (...)`, `group_left (...)` or `group_right (...)`.
  mutating func parseModifiers(
    of operation: BinaryOperator
  ) throws(QueryError) -> (VectorMatching, Bool) {
    var matching = VectorMatching()
    var returnsBool = false
    if isAt(keyword: "bool") {
      guard operation.isComparison else {
        throw fail("bool modifier can only be used on comparison operators")
      }
      returnsBool = true
      advance()
    }
    if operation.isSet { matching.cardinality = .manyToMany }
    guard isAt(keyword: "on") || isAt(keyword: "ignoring") else { return (matching, returnsBool) }
    matching.isOn = isAt(keyword: "on")
    matching.isExplicit = true
    advance()
    matching.labels = try parseLabelNames("in grouping opts")
    guard isAt(keyword: "group_left") || isAt(keyword: "group_right") else {
      return (matching, returnsBool)
    }
    guard !operation.isSet else {
      throw fail("no grouping allowed for \"\(operation.rawValue)\" operation")
    }
    matching.cardinality = isAt(keyword: "group_left") ? .manyToOne : .oneToMany
    let place = current.range.lowerBound
    advance()
    if isAt(.leftParenthesis) { matching.include = try parseLabelNames("in grouping opts") }
    if matching.isOn, let twice = matching.include.first(where: matching.labels.contains) {
      throw fail("label \"\(twice)\" must not occur in ON and GROUP clause at once", at: place)
    }
    return (matching, returnsBool)
  }

  /// `(a, b, "c d")`, possibly empty, with an optional comma at the end.
  mutating func parseLabelNames(_ context: String) throws(QueryError) -> [String] {
    try expect(.leftParenthesis, context)
    var names: [String] = []
    while !take(.rightParenthesis) {
      switch current.kind {
      case .identifier(let name) where Labels.isBareLabelName(name): names.append(name)
      case .string(let name) where !name.isEmpty: names.append(name)
      default: throw unexpected("\(context), expected label")
      }
      advance()
      guard take(.comma) || isAt(.rightParenthesis) else {
        throw unexpected("\(context), expected \",\" or \")\"")
      }
    }
    return names
  }

  /// The rules of types between the two sides.
  func check(_ binary: Binary, at place: Int) throws(QueryError) -> Binary {
    let sides = [binary.left.type, binary.right.type]
    for (side, type) in zip([binary.left, binary.right], sides) {
      guard type == .scalar || type == .vector else {
        throw fail(
          "binary expression must contain only scalar and instant vector types, "
            + "got \(type.rawValue)", at: side.range.lowerBound)
      }
    }
    let scalars = sides.filter { $0 == .scalar }.count
    if binary.operation.isSet, scalars > 0 {
      throw fail(
        "set operator \"\(binary.operation.rawValue)\" not allowed in binary scalar expression",
        at: place)
    }
    if binary.operation.isComparison, scalars == 2, !binary.returnsBool {
      throw fail("comparisons between scalars must use BOOL modifier", at: place)
    }
    if scalars > 0, binary.matching.isExplicit {
      throw fail("vector matching only allowed between instant vectors", at: place)
    }
    return binary
  }
}

// MARK: - Calls and aggregations

extension Parser {
  /// `name(argument, ...)`; the current token is the name.
  mutating func parseCall(_ name: String) throws(QueryError) -> Expression {
    let start = current.range.lowerBound
    guard let function = FunctionSignature.named(name) else {
      throw fail("unknown function with name \"\(name)\"")
    }
    advance()
    let arguments = try parseArguments()
    let (least, most) = (
      function.arguments.count - function.optionalCount,
      function.isVariadic ? Int.max : function.arguments.count
    )
    guard (least...most).contains(arguments.count) else {
      let expected =
        least == most ? "\(least)" : most == Int.max ? "at least \(least)" : "\(least) to \(most)"
      throw fail(
        "expected \(expected) argument(s) in call to \"\(name)\", got \(arguments.count)",
        at: start)
    }
    for (index, argument) in arguments.enumerated() {
      let type = function.arguments[min(index, function.arguments.count - 1)]
      try expectType(type, of: argument, "in call to function \"\(name)\"")
    }
    return try make(.call(Call(function: function, arguments: arguments)), from: start)
  }

  private mutating func parseArguments() throws(QueryError) -> [Expression] {
    try expect(.leftParenthesis, "in function call")
    var arguments: [Expression] = []
    if take(.rightParenthesis) { return arguments }
    while true {
      arguments.append(try parseExpression())
      if take(.rightParenthesis) { return arguments }
      try expect(.comma, "in function call")
      if isAt(.rightParenthesis) { throw fail("trailing commas not allowed in function call args") }
    }
  }

  func expectType(
    _ type: ValueType, of expression: Expression, _ context: String
  ) throws(QueryError) {
    guard expression.type == type else {
      throw fail(
        "expected type \(type.rawValue) \(context), got \(expression.type.rawValue)",
        at: expression.range.lowerBound)
    }
  }

  /// Whether an aggregation begins here, and not a metric of that name.
  var aggregationHere: AggregationOperator? {
    guard case .identifier(let name) = current.kind,
      let operation = AggregationOperator(rawValue: name.lowercased())
    else { return nil }
    switch following.kind {
    case .symbol(.leftParenthesis): return operation
    case .identifier(let next) where ["by", "without"].contains(next.lowercased()):
      return operation
    default: return nil
    }
  }

  mutating func parseAggregation(_ operation: AggregationOperator) throws(QueryError) -> Expression
  {
    let start = current.range.lowerBound
    advance()
    var grouping = try parseGrouping()
    let arguments = try parseArguments()
    if grouping == nil { grouping = try parseGrouping() }
    let expected = operation.parameterType == nil ? 1 : 2
    guard arguments.count == expected, let inner = arguments.last else {
      throw fail(
        "wrong number of arguments for aggregate expression provided, expected \(expected), "
          + "got \(arguments.count)", at: start)
    }
    try expectType(.vector, of: inner, "in aggregation expression")
    if let type = operation.parameterType, let parameter = arguments.first {
      try expectType(type, of: parameter, "in aggregation parameter")
    }
    let aggregation = Aggregation(
      operation: operation, inner: inner, parameter: expected == 2 ? arguments.first : nil,
      grouping: grouping?.labels ?? [], without: grouping?.without ?? false)
    return try make(.aggregation(aggregation), from: start)
  }

  private mutating func parseGrouping() throws(QueryError) -> (labels: [String], without: Bool)? {
    guard isAt(keyword: "by") || isAt(keyword: "without") else { return nil }
    let without = isAt(keyword: "without")
    advance()
    return (try parseLabelNames("in grouping opts"), without)
  }
}
