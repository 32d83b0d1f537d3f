import TSQCore

// MARK: - Numbers and durations

extension Lexer {
  /// A number or a duration: both begin with a digit, and the letter after the digits decides.
  mutating func scanNumberOrDuration() throws(QueryError) -> Token.Kind {
    let start = position
    if peek() == UInt8(ascii: "0"), peek(1) == UInt8(ascii: "x") || peek(1) == UInt8(ascii: "X") {
      return .number(try scanHexadecimal())
    }
    if let duration = try scanDuration() { return .duration(duration) }
    scanDigits()
    var isWhole = true
    if peek() == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      scanDigits()
    }
    if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
      let signed = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
      if peek(signed ? 2 : 1).isDigit {
        isWhole = false
        position += signed ? 2 : 1
        scanDigits()
      }
    }
    let raw = String(decoding: bytes[start..<position], as: UTF8.self)
    guard !peek().isNameStart, !peek().isDigit, peek() != UInt8(ascii: "."), wellSeparated(raw)
    else { throw badNumber(from: start) }
    let text = raw.filter { $0 != "_" }
    // A leading zero means octal where every digit allows it, as in Prometheus (and Go).
    if isWhole, text.count > 1, text.hasPrefix("0"), let octal = Int64(text, radix: 8) {
      return .number(Double(octal))
    }
    let padded = text.hasPrefix(".") ? "0" + text : text
    guard let value = Double(padded.replacingTrailingPoint()), value.isFinite else {
      throw badNumber(from: start)
    }
    return .number(value)
  }

  private mutating func scanDigits() {
    while peek().isDigit || peek() == UInt8(ascii: "_") { position += 1 }
  }

  /// Underscores stand between digits only.
  private func wellSeparated(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    for index in bytes.indices where bytes[index] == UInt8(ascii: "_") {
      guard index > 0, index + 1 < bytes.count, bytes[index - 1].hexValue != nil,
        bytes[index + 1].hexValue != nil
      else { return false }
    }
    return true
  }

  private mutating func scanHexadecimal() throws(QueryError) -> Double {
    let start = position
    position += 2
    let digitsStart = position
    while peek().hexValue != nil || peek() == UInt8(ascii: "_") { position += 1 }
    // The prefix counts as a digit: `0x_ff` is well formed.
    let digits = "0" + String(decoding: bytes[digitsStart..<position], as: UTF8.self)
    guard !peek().isNameStart, digits.count > 1, wellSeparated(digits),
      let value = Int64(digits.filter { $0 != "_" }, radix: 16)
    else { throw badNumber(from: start) }
    return Double(value)
  }

  private mutating func badNumber(from start: Int) -> QueryError {
    while peek().isNameStart || peek().isDigit || peek() == UInt8(ascii: ".") { position += 1 }
    let shown = String(decoding: bytes[start..<position], as: UTF8.self)
    return fail("bad number or duration syntax: \"\(shown)\"", at: start)
  }

  /// A duration where one stands here, else `nil` with nothing consumed.
  private mutating func scanDuration() throws(QueryError) -> Int64? {
    var end = position
    var parts = 0
    while end < bytes.count, bytes[end].isDigit {
      while end < bytes.count, bytes[end].isDigit { end += 1 }
      let letters = bytes[end...].prefix { $0.isNameStart }
      let unit = String(decoding: letters, as: UTF8.self)
      guard DurationText.units.contains(where: { $0.name == unit }) else { break }
      end += letters.count
      parts += 1
    }
    let endsInUnit = end > position && bytes[end - 1].isNameStart
    guard parts > 0, endsInUnit else { return nil }
    let text = String(decoding: bytes[position..<end], as: UTF8.self)
    guard let nanoseconds = DurationText.nanoseconds(text) else {
      throw QueryError(
        .parse(position: position, message: "bad duration \"\(text)\""),
        hint: "longer units come first, each once, up to 292 years: 1h30m")
    }
    position = end
    return nanoseconds
  }
}

extension String {
  /// `5.` means `5.0`.
  fileprivate func replacingTrailingPoint() -> String {
    guard let point = firstIndex(of: ".") else { return self }
    let after = index(after: point)
    let needsZero = after == endIndex || !("0"..."9").contains(self[after])
    return needsZero ? self[..<after] + "0" + self[after...] : self
  }
}

// MARK: - Strings

extension Lexer {
  /// A quoted text; escapes as in Go, none inside backticks.
  mutating func scanString() throws(QueryError) -> String {
    let start = position
    let quote = peek()
    position += 1
    var content: [UInt8] = []
    while position < bytes.count, bytes[position] != quote {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "`") {
        try scanEscape(quote: quote, into: &content)
      } else if byte == 0x0a, quote != UInt8(ascii: "`") {
        throw fail("unterminated quoted string", at: start)
      } else {
        content.append(byte)
        position += 1
      }
    }
    guard position < bytes.count else { throw fail("unterminated quoted string", at: start) }
    position += 1
    guard let text = String(validating: content, as: UTF8.self) else {
      throw fail("the quoted string is not valid UTF-8", at: start)
    }
    return text
  }

  private mutating func scanEscape(
    quote: UInt8, into content: inout [UInt8]
  ) throws(QueryError) {
    let start = position
    let letter = peek(1)
    position += 2
    switch letter {
    case UInt8(ascii: "a"): content.append(0x07)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0c)
    case UInt8(ascii: "n"): content.append(0x0a)
    case UInt8(ascii: "r"): content.append(0x0d)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "v"): content.append(0x0b)
    case UInt8(ascii: "\\"), quote: content.append(letter)
    case UInt8(ascii: "x"): content.append(UInt8(try scanCode(digits: 2, radix: 16, start)))
    case UInt8(ascii: "u"): try appendScalar(try scanCode(digits: 4, radix: 16, start), start)
    case UInt8(ascii: "U"): try appendScalar(try scanCode(digits: 8, radix: 16, start), start)
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      position -= 1
      let code = try scanCode(digits: 3, radix: 8, start)
      guard code <= 255 else { throw fail("octal escape value over 255", at: start) }
      content.append(UInt8(code))
    default: throw fail("unknown escape sequence", at: start)
    }

    func appendScalar(_ code: UInt32, _ place: Int) throws(QueryError) {
      guard let scalar = Unicode.Scalar(code) else {
        throw fail("escape is not a Unicode character", at: place)
      }
      content.append(contentsOf: Array(String(Character(scalar)).utf8))
    }
  }

  private mutating func scanCode(
    digits: Int, radix: UInt32, _ start: Int
  ) throws(QueryError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<digits {
      guard let digit = peek().hexValue, digit < radix else {
        throw fail("escape sequence needs \(digits) digits", at: start)
      }
      code = code &* radix &+ digit
      position += 1
    }
    return code
  }
}
