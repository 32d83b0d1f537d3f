internal import TSQCore
internal import TSQStorage

/// Reads PromQL into an `Expression`, checking types on the way.
///
/// Recursive descent with precedence climbing for operators. Nesting is bounded: the parser and
/// the evaluator recurse, and what comes in is anybody's text.
package struct Parser {
  let tokens: [Token]
  let limits: QueryLimits
  var index = 0
  var nesting = 0

  /// Parses a whole expression.
  ///
  /// - Throws: `QueryError` of the kind `.parse` with the byte position, or `.limit`.
  /// - Complexity: O(bytes).
  package static func parse(
    _ text: String, limits: QueryLimits = QueryLimits()
  ) throws(QueryError) -> Expression {
    var parser = try Parser(text, limits: limits)
    if parser.current.kind == .end { throw parser.fail("no expression found in input") }
    let expression = try parser.parseExpression()
    guard parser.current.kind == .end else { throw parser.unexpected("in expression") }
    return expression
  }

  /// Parses a text that is one series selector and nothing more: `up{job="x"}`.
  package static func parseSelector(
    _ text: String, limits: QueryLimits = QueryLimits()
  ) throws(QueryError) -> VectorSelector {
    let expression = try parse(text, limits: limits)
    guard case .vector(let selector) = expression.node, selector.shift == TimeShift() else {
      throw QueryError(
        .parse(position: 0, message: "expected a series selector, got \(expression.type.rawValue)"),
        hint: "a selector looks like cpu_usage{host=\"a\"}")
    }
    return selector
  }

  private init(_ text: String, limits: QueryLimits) throws(QueryError) {
    guard text.utf8.count <= limits.expressionBytes else {
      throw QueryError(
        .limit(
          "expression has \(text.utf8.count) bytes, at most \(limits.expressionBytes) are allowed"))
    }
    self.tokens = try Lexer.tokens(of: text)
    self.limits = limits
  }

  // MARK: - Tokens

  var current: Token { tokens[index] }

  var following: Token { tokens[min(index + 1, tokens.count - 1)] }

  mutating func advance() { index = min(index + 1, tokens.count - 1) }

  func isAt(_ symbol: Token.Symbol) -> Bool { current.kind == .symbol(symbol) }

  mutating func take(_ symbol: Token.Symbol) -> Bool {
    guard isAt(symbol) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: Token.Symbol, _ context: String) throws(QueryError) {
    guard take(symbol) else { throw unexpected("\(context), expected \"\(symbol.rawValue)\"") }
  }

  /// Whether the current token is a keyword, which PromQL takes in any case.
  func isAt(keyword: String) -> Bool {
    guard case .identifier(let name) = current.kind else { return false }
    return name.lowercased() == keyword
  }

  func fail(_ message: String, at place: Int? = nil) -> QueryError {
    QueryError(.parse(position: place ?? current.range.lowerBound, message: message))
  }

  func unexpected(_ context: String) -> QueryError {
    fail("unexpected \(current.shown) \(context)")
  }

  /// An expression from a node, refused where it nests too deep.
  func make(_ node: Expression.Node, from start: Int) throws(QueryError) -> Expression {
    let end = index > 0 ? tokens[index - 1].range.upperBound : 0
    let expression = Expression(node, range: start..<max(start, end))
    guard expression.depth <= limits.depth else { throw tooDeep(at: start) }
    return expression
  }

  func tooDeep(at place: Int) -> QueryError {
    QueryError(
      .parse(position: place, message: "expression nests deeper than \(limits.depth) levels"))
  }

  // MARK: - Operators

  /// An expression of operators that bind at least as tightly as a precedence.
  mutating func parseExpression(precedence lowest: Int = 1) throws(QueryError) -> Expression {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= limits.depth else { throw tooDeep(at: current.range.lowerBound) }
    let start = current.range.lowerBound
    var left = try parseSigned()
    while let operation = currentOperator, operation.precedence >= lowest {
      let place = current.range
      advance()
      let (matching, returnsBool) = try parseModifiers(of: operation)
      let next = operation.precedence + (operation.isRightAssociative ? 0 : 1)
      let right = try parseExpression(precedence: next)
      let binary = Binary(
        operation: operation, left: left, right: right, matching: matching,
        returnsBool: returnsBool)
      let checked = try check(binary, at: place.lowerBound)
      left = try make(.binary(checked), from: start)
    }
    return left
  }

  private mutating func parseSigned() throws(QueryError) -> Expression {
    guard isAt(.plus) || isAt(.minus) else { return try parsePostfix() }
    let start = current.range.lowerBound
    let isNegation = isAt(.minus)
    advance()
    let inner = try parseExpression(precedence: BinaryOperator.signPrecedence + 1)
    guard inner.type == .scalar || inner.type == .vector else {
      throw fail(
        "a sign is only allowed on expressions of type scalar or instant vector, "
          + "got \(inner.type.rawValue)", at: start)
    }
    return try make(isNegation ? .negation(inner) : .positive(inner), from: start)
  }

  private var currentOperator: BinaryOperator? {
    switch current.kind {
    case .symbol(let symbol): BinaryOperator(rawValue: symbol.rawValue)
    case .identifier(let name): BinaryOperator(rawValue: name.lowercased())
    default: nil
    }
  }
}
