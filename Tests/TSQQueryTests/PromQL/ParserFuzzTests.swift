import TSQCore
import TSQQuery
import TSQTestSupport
import Testing

@Suite struct ParserFuzzTests {
  static let pieces = [
    "up", "sum", "by", "without", "on", "ignoring", "group_left", "bool", "and", "or", "unless",
    "offset", "@", "start", "end", "(", ")", "{", "}", "[", "]", ",", ":", "+", "-", "*", "/",
    "%", "^", "==", "!=", "=~", "!~", ">", "<=", "=", "5m", "1h30m", "0x1f", "1e9", ".5", "1_0",
    "\"a\"", "'b'", "`c`", "\"\\x41\"", "\"\\", "#", "\n", " ", "rate", "abs", "topk", "inf", "nan",
    "__name__", "job", "9223372036854775807", "1e400", "99999999999y", "é", "\u{0}", "~", "!",
  ]

  @Test("no text makes the parser trap, and what parses prints back", arguments: propertySeeds(40))
  func tokens(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let count = Int.random(in: 1...24, using: &random)
      var text = ""
      for _ in 0..<count {
        text += Self.pieces.randomElement(using: &random) ?? ""
        if Bool.random(using: &random) { text += " " }
      }
      try check(text, seed)
    }
  }

  @Test("bytes changed in valid expressions do not trap either", arguments: propertySeeds(20))
  func mutations(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let valid =
      "sum by (job, \"le x\") (rate(http_total{job=~\"a|b\",x!=\"\"}[5m:1m] offset -1h)) > bool 0x1f"
    for _ in 0..<300 {
      var bytes = Array(valid.utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8.random(in: 32...126, using: &random), at: place)
        }
      }
      try check(String(decoding: bytes, as: UTF8.self), seed)
    }
  }

  private func check(_ text: String, _ seed: UInt64) throws {
    let parsed: Expression
    do {
      parsed = try Parser.parse(text)
    } catch {
      if case .parse(let position, _) = error.kind {
        #expect((0...text.utf8.count).contains(position), "seed \(seed): \(text)")
      }
      return
    }
    let printed = parsed.description
    let again = try Parser.parse(printed)
    #expect(again.description == printed, "seed \(seed): \(text)")
    #expect(again.type == parsed.type, "seed \(seed): \(text)")
  }
}
