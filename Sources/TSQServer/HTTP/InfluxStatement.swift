/// A statement of InfluxQL that clients send around their writes; queries are asked in PromQL.
enum InfluxStatement: Hashable, Sendable {
  /// `CREATE DATABASE name`, with or without a retention policy, which is not used.
  case createDatabase(String)
  /// `SHOW DATABASES`.
  case showDatabases

  /// The statements of a text, which `;` separates.
  static func all(in text: String) throws(InfluxStatementError) -> [InfluxStatement] {
    var words = InfluxWords(text)
    var statements: [InfluxStatement] = []
    while true {
      while words.next == .mark(";") { try words.advance() }
      guard let first = words.next else { break }
      statements.append(try statement(first, &words))
      guard words.next == nil || words.next == .mark(";") else { throw .unexpected(words.shown) }
    }
    guard !statements.isEmpty else { throw .empty }
    return statements
  }

  private static func statement(
    _ first: InfluxWords.Word, _ words: inout InfluxWords
  ) throws(InfluxStatementError) -> InfluxStatement {
    guard case .bare(let verb) = first else { throw .unexpected(words.shown) }
    try words.advance()
    switch verb.uppercased() {
    case "SHOW" where words.isKeyword("DATABASES"):
      try words.advance()
      return .showDatabases
    case "CREATE" where words.isKeyword("DATABASE"):
      try words.advance()
      guard let name = words.name, !name.isEmpty else { throw .unexpected(words.shown) }
      try words.advance()
      if words.isKeyword("WITH") {
        while let word = words.next, word != .mark(";") { try words.advance() }
      }
      return .createDatabase(name)
    default:
      throw .unknown(verb)
    }
  }
}

/// Why a text is none of the statements that are answered.
enum InfluxStatementError: Error, Hashable, CustomStringConvertible {
  /// There is no statement in it.
  case empty
  /// A statement that tsq does not answer, by its first word.
  case unknown(String)
  /// A word that does not belong where it stands; `nil` for the end.
  case unexpected(String?)
  /// A quoted name without its closing quote.
  case openQuote

  var description: String {
    switch self {
    case .empty: "no statement"
    case .unknown(let verb):
      "`\(verb)` is not answered here, only CREATE DATABASE and SHOW DATABASES; "
        + "ask in PromQL at /api/v1/query"
    case .unexpected(let word?): "unexpected `\(word)`"
    case .unexpected(nil): "unexpected end"
    case .openQuote: "a quoted name is not closed"
    }
  }
}

/// The words of a text of InfluxQL.
private struct InfluxWords {
  enum Word: Hashable {
    case bare(String)
    case quoted(String)
    case mark(String)
  }

  private var rest: Substring
  private(set) var next: Word?

  init(_ text: String) {
    rest = text[...]
    next = .mark(";")
  }

  /// The next word's name, where it can be one.
  var name: String? {
    switch next {
    case .bare(let text), .quoted(let text): text
    default: nil
    }
  }

  /// The next word as a message shows it.
  var shown: String? {
    switch next {
    case .bare(let text), .quoted(let text), .mark(let text): String(text.prefix(40))
    case nil: nil
    }
  }

  func isKeyword(_ keyword: String) -> Bool {
    if case .bare(let text) = next { return text.uppercased() == keyword }
    return false
  }

  mutating func advance() throws(InfluxStatementError) {
    rest = rest.drop(while: \.isWhitespace)
    guard let first = rest.first else {
      next = nil
      return
    }
    if first == "\"" {
      next = .quoted(try quotedName())
      return
    }
    let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == "." }
    next = word.isEmpty ? .mark(String(first)) : .bare(String(word))
    rest = rest.dropFirst(max(1, word.count))
  }

  private mutating func quotedName() throws(InfluxStatementError) -> String {
    var name = ""
    var isEscaped = false
    for index in rest.indices.dropFirst() {
      let character = rest[index]
      if isEscaped {
        name.append(character == "n" ? "\n" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        rest = rest[rest.index(after: index)...]
        return name
      } else {
        name.append(character)
      }
    }
    throw .openQuote
  }
}
