import TSQCore

/// Cuts an expression into tokens.
///
/// Works on bytes; the text is valid UTF-8 because it is a `String`. It never traps: whatever is
/// not PromQL is an error with the byte where it stands.
struct Lexer {
  let bytes: [UInt8]
  var position = 0
  /// Inside `[...]` a colon separates range and step; elsewhere it may begin a metric name.
  private var bracketDepth = 0

  init(_ text: String) { self.bytes = Array(text.utf8) }

  /// All tokens, the last of them `.end`.
  ///
  /// - Complexity: O(bytes).
  static func tokens(of text: String) throws(QueryError) -> [Token] {
    var lexer = Lexer(text)
    var tokens: [Token] = []
    while true {
      let token = try lexer.next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  /// The byte `offset` places ahead, or 0 past the end: no PromQL token holds a zero byte.
  func peek(_ offset: Int = 0) -> UInt8 {
    position + offset < bytes.count ? bytes[position + offset] : 0
  }

  func fail(_ message: String, at place: Int) -> QueryError {
    QueryError(.parse(position: place, message: message))
  }

  private mutating func next() throws(QueryError) -> Token {
    skipBlanksAndComments()
    let start = position
    guard start < bytes.count else { return Token(kind: .end, range: start..<start) }
    let byte = peek()
    let kind: Token.Kind
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") {
      kind = .string(try scanString())
    } else if byte.isDigit || (byte == UInt8(ascii: ".") && peek(1).isDigit) {
      kind = try scanNumberOrDuration()
    } else if byte.isNameStart || (byte == UInt8(ascii: ":") && bracketDepth == 0) {
      kind = .identifier(scanIdentifier())
    } else {
      kind = .symbol(try scanSymbol())
    }
    return Token(kind: kind, range: start..<position)
  }

  private mutating func skipBlanksAndComments() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      case UInt8(ascii: "#"):
        while position < bytes.count, bytes[position] != 0x0a { position += 1 }
      default: return
      }
    }
  }

  private mutating func scanIdentifier() -> String {
    let start = position
    while peek().isNameStart || peek().isDigit
      || (peek() == UInt8(ascii: ":") && bracketDepth == 0)
    {
      position += 1
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func scanSymbol() throws(QueryError) -> Token.Symbol {
    let two = String(decoding: [peek(), peek(1)], as: UTF8.self)
    if let symbol = Token.Symbol(rawValue: two) {
      position += 2
      return symbol
    }
    let one = String(decoding: [peek()], as: UTF8.self)
    guard let symbol = Token.Symbol(rawValue: one) else {
      throw fail("unexpected character \(shownCharacter())", at: position)
    }
    if symbol == .leftBracket { bracketDepth += 1 }
    if symbol == .rightBracket { bracketDepth = max(0, bracketDepth - 1) }
    position += 1
    return symbol
  }

  /// The character at the position, quoted; control characters by number.
  private func shownCharacter() -> String {
    let rest = String(decoding: bytes[position...].prefix(4), as: UTF8.self)
    guard let scalar = rest.unicodeScalars.first else { return "\"\"" }
    return scalar.value < 0x20 ? "U+\(String(scalar.value, radix: 16))" : "\"\(scalar)\""
  }
}

extension UInt8 {
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  var isNameStart: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  var hexValue: UInt32? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(self - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(self - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(self - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}
