/// One piece of an expression.
struct Token: Hashable, Sendable {
  /// What the piece is.
  enum Kind: Hashable, Sendable {
    /// A name without colons in it may be a label; one with colons only a metric.
    case identifier(String)
    /// A number.
    case number(Double)
    /// A length of time such as `1h30m`, nanoseconds; also usable as a number of seconds.
    case duration(Int64)
    /// A quoted text, escapes resolved.
    case string(String)
    /// An operator or a bracket, by its characters.
    case symbol(Symbol)
    /// The end of the expression.
    case end
  }

  /// The characters with a meaning of their own.
  enum Symbol: String, Hashable, Sendable {
    case leftParenthesis = "("
    case rightParenthesis = ")"
    case leftBrace = "{"
    case rightBrace = "}"
    case leftBracket = "["
    case rightBracket = "]"
    case comma = ","
    case colon = ":"
    case at = "@"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divide = "/"
    case modulo = "%"
    case power = "^"
    case assign = "="
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case regexMatch = "=~"
    case regexNoMatch = "!~"
  }

  var kind: Kind
  /// The bytes of the expression it stands in.
  var range: Range<Int>

  /// How an error message names it.
  var shown: String {
    switch kind {
    case .identifier(let name): "identifier \"\(name)\""
    case .number(let value): "number \(value)"
    case .duration: "duration"
    case .string(let text): "string \"\(text)\""
    case .symbol(let symbol): "\"\(symbol.rawValue)\""
    case .end: "end of input"
    }
  }
}
