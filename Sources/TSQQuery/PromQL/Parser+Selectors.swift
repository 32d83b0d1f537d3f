internal import TSQCore
internal import TSQStorage

// MARK: - Primaries

extension Parser {
  /// A primary expression with the ranges and modifiers behind it.
  mutating func parsePostfix() throws(QueryError) -> Expression {
    let start = current.range.lowerBound
    var expression = try parsePrimary()
    while true {
      if isAt(.leftBracket) {
        expression = try parseBracket(after: expression, from: start)
      } else if isAt(keyword: "offset") {
        expression = try parseOffset(of: expression, from: start)
      } else if isAt(.at) {
        expression = try parseAt(of: expression, from: start)
      } else {
        return expression
      }
    }
  }

  private mutating func parsePrimary() throws(QueryError) -> Expression {
    let start = current.range.lowerBound
    switch current.kind {
    case .number(let value):
      advance()
      return try make(.number(value), from: start)
    case .duration(let nanoseconds):
      advance()
      return try make(.number(Double(nanoseconds) / 1e9), from: start)
    case .string(let text):
      advance()
      return try make(.string(text), from: start)
    case .symbol(.leftParenthesis):
      advance()
      let inner = try parseExpression()
      try expect(.rightParenthesis, "in parenthesised expression")
      return try make(.parenthesised(inner), from: start)
    case .symbol(.leftBrace):
      return try parseVectorSelector(metric: "", from: start)
    case .identifier(let name):
      return try parseNamed(name, from: start)
    default:
      throw unexpected("in expression")
    }
  }

  private mutating func parseNamed(
    _ name: String, from start: Int
  ) throws(QueryError) -> Expression {
    if let operation = aggregationHere { return try parseAggregation(operation) }
    if following.kind == .symbol(.leftParenthesis) { return try parseCall(name) }
    switch name.lowercased() {
    case "inf", "nan":
      advance()
      let value = name.lowercased() == "inf" ? Double.infinity : Double.nan
      return try make(.number(value), from: start)
    case "bool", "on", "ignoring", "group_left", "group_right", "atan2":
      throw unexpected("in expression")
    default:
      advance()
      return try parseVectorSelector(metric: name, from: start)
    }
  }
}

// MARK: - Vector selectors

extension Parser {
  private mutating func parseVectorSelector(
    metric written: String, from start: Int
  ) throws(QueryError) -> Expression {
    var metric = written
    var matchers: [LabelMatcher] = []
    if take(.leftBrace) {
      while !take(.rightBrace) {
        try parseMatcher(into: &matchers, metric: &metric)
        guard take(.comma) || isAt(.rightBrace) else {
          throw unexpected("in label matching, expected \",\" or \"}\"")
        }
      }
    }
    if !metric.isEmpty {
      if let twice = matchers.first(where: {
        $0.name == Labels.metricNameLabel && $0.kind == .equal
      }) {
        throw fail(
          "metric name must not be set twice: \"\(metric)\" or \"\(twice.value)\"", at: start)
      }
      matchers.append(.metric(metric))
    }
    guard matchers.contains(where: { !$0.matches("") }) else {
      throw QueryError(
        .parse(
          position: start,
          message: "vector selector must contain at least one non-empty matcher"),
        hint: "{__name__=~\".+\"} selects every series")
    }
    return try make(.vector(VectorSelector(metric: metric, matchers: matchers)), from: start)
  }

  /// `name="value"`, or a quoted metric name alone.
  private mutating func parseMatcher(
    into matchers: inout [LabelMatcher], metric: inout String
  ) throws(QueryError) {
    let place = current.range.lowerBound
    let name: String
    switch current.kind {
    case .identifier(let label) where Labels.isBareLabelName(label): name = label
    case .string(let label): name = label
    default: throw unexpected("in label matching, expected label name")
    }
    let isQuoted = if case .string = current.kind { true } else { false }
    advance()
    if isQuoted, isAt(.comma) || isAt(.rightBrace) {
      guard metric.isEmpty else {
        throw fail("metric name must not be set twice: \"\(metric)\" or \"\(name)\"", at: place)
      }
      guard !name.isEmpty else { throw fail("metric name must not be empty", at: place) }
      metric = name
      return
    }
    let kind: LabelMatcher.Kind
    switch current.kind {
    case .symbol(.assign): kind = .equal
    case .symbol(.notEqual): kind = .notEqual
    case .symbol(.regexMatch): kind = .regex
    case .symbol(.regexNoMatch): kind = .notRegex
    default: throw unexpected("in label matching, expected one of \"=\", \"!=\", \"=~\", \"!~\"")
    }
    advance()
    guard case .string(let value) = current.kind else {
      throw unexpected("in label matching, expected string")
    }
    let valuePlace = current.range.lowerBound
    advance()
    do {
      matchers.append(try LabelMatcher(name: name, kind: kind, value: value))
    } catch {
      throw fail(error.description, at: valuePlace)
    }
  }
}

// MARK: - Ranges, offsets and fixed times

extension Parser {
  /// `[5m]` or `[1h:5m]`; the current token is the bracket.
  private mutating func parseBracket(
    after expression: Expression, from start: Int
  ) throws(QueryError) -> Expression {
    let place = current.range.lowerBound
    advance()
    let range = try parsePositiveDuration("in range or subquery")
    if take(.colon) {
      let step = isAt(.rightBracket) ? nil : try parsePositiveDuration("in subquery step")
      try expect(.rightBracket, "in subquery selector")
      guard expression.type == .vector else {
        throw fail(
          "subquery is only allowed on instant vector, got \(expression.type.rawValue) instead",
          at: place)
      }
      return try make(
        .subquery(Subquery(inner: expression, range: range, step: step)), from: start)
    }
    try expect(.rightBracket, "in range selector")
    guard case .vector(let selector) = expression.node else {
      throw fail("ranges only allowed for vector selectors", at: place)
    }
    guard !selector.shift.hasOffset else {
      throw fail("no offset modifiers allowed before range", at: place)
    }
    guard selector.shift.fixed == nil else {
      throw fail("no @ modifiers allowed before range", at: place)
    }
    return try make(.matrix(MatrixSelector(selector: selector, range: range)), from: start)
  }

  private mutating func parsePositiveDuration(_ context: String) throws(QueryError) -> Int64 {
    let place = current.range.lowerBound
    let duration = try parseDuration(context)
    guard duration > 0 else { throw fail("duration must be greater than 0", at: place) }
    return duration
  }

  /// A duration, or a number of seconds; nanoseconds.
  private mutating func parseDuration(_ context: String) throws(QueryError) -> Int64 {
    let token = current
    switch token.kind {
    case .duration(let nanoseconds):
      advance()
      return nanoseconds
    case .number(let seconds):
      let nanoseconds = (seconds * 1e9).rounded()
      guard let whole = Int64(exactly: nanoseconds) else {
        throw fail("duration out of range", at: token.range.lowerBound)
      }
      advance()
      return whole
    default:
      throw unexpected("\(context), expected duration")
    }
  }

  private mutating func parseSign() -> Int64 {
    if take(.minus) { return -1 }
    _ = take(.plus)
    return 1
  }

  private mutating func parseOffset(
    of expression: Expression, from start: Int
  ) throws(QueryError) -> Expression {
    let place = current.range.lowerBound
    advance()
    let sign = parseSign()
    let offset = sign * (try parseDuration("in offset"))
    return try shifting(expression, from: start, word: "offset modifier", at: place) { shift in
      if shift.hasOffset { return false }
      shift.offset = offset
      shift.hasOffset = true
      return true
    }
  }

  private mutating func parseAt(
    of expression: Expression, from start: Int
  ) throws(QueryError) -> Expression {
    let place = current.range.lowerBound
    advance()
    let fixed: FixedTime
    if case .identifier(let name) = current.kind, ["start", "end"].contains(name.lowercased()) {
      fixed = name.lowercased() == "start" ? .start : .end
      advance()
      try expect(.leftParenthesis, "in @")
      try expect(.rightParenthesis, "in @")
    } else {
      let sign = parseSign()
      guard case .number(let seconds) = current.kind,
        let time = Timestamp(fractionalSeconds: Double(sign) * seconds)
      else { throw unexpected("in @, expected timestamp") }
      fixed = .at(time.nanoseconds)
      advance()
    }
    return try shifting(expression, from: start, word: "@ modifier", at: place) { shift in
      if shift.fixed != nil { return false }
      shift.fixed = fixed
      return true
    }
  }

  /// The expression with its time shifted; refused where it has no time, or is shifted twice.
  private func shifting(
    _ expression: Expression, from start: Int, word: String, at place: Int,
    _ change: (inout TimeShift) -> Bool
  ) throws(QueryError) -> Expression {
    let node: Expression.Node
    let isFirst: Bool
    switch expression.node {
    case .vector(var selector):
      isFirst = change(&selector.shift)
      node = .vector(selector)
    case .matrix(var matrix):
      isFirst = change(&matrix.selector.shift)
      node = .matrix(matrix)
    case .subquery(var subquery):
      isFirst = change(&subquery.shift)
      node = .subquery(subquery)
    default:
      throw fail(
        "\(word) must be preceded by an instant vector selector or range vector selector "
          + "or a subquery", at: place)
    }
    guard isFirst else {
      throw fail("\(word) may not be set multiple times per selector", at: place)
    }
    return try make(node, from: start)
  }
}
