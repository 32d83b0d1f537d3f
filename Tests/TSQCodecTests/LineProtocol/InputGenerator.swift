import TSQTestSupport

/// Random line protocol: valid lines from a small vocabulary, damaged ones, and plain noise.
struct InputGenerator {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  enum Kind: CaseIterable { case valid, mutated, noise }

  mutating func input(_ kind: Kind, lines: Int) -> [UInt8] {
    switch kind {
    case .valid: return validInput(lines: lines)
    case .mutated: return mutated(validInput(lines: lines))
    case .noise: return noise(count: lines * 20)
    }
  }

  private mutating func pick<T>(_ choices: [T]) -> T {
    choices[Int.random(in: 0..<choices.count, using: &random)]
  }

  private mutating func chance(_ part: Int, of whole: Int) -> Bool {
    Int.random(in: 0..<whole, using: &random) < part
  }

  private mutating func validInput(lines: Int) -> [UInt8] {
    var text = ""
    for _ in 0..<lines {
      switch Int.random(in: 0..<20, using: &random) {
      case 0: text += pick(["# tsq sync 1", "#", "  # note", ""])
      default: text += line()
      }
      text += pick(["\n", "\n", "\n", "\r\n"])
    }
    if chance(1, of: 3) { text.removeLast() }
    return Array(text.utf8)
  }

  private mutating func line() -> String {
    var text = chance(1, of: 20) ? " " : ""
    text += pick(["cpu", "mem", "a\\ b", "dis=k", "x\\,y", "µ", "back\\\\", "c\\d"])
    let tags = [
      "host=a", "host=b", "z=1", "é=ü", "a\\ b=c\\=d", "path=C:\\dir", "end=x\\\\", "b=\\,",
    ]
    for _ in 0..<Int.random(in: 0...3, using: &random) { text += "," + pick(tags) }
    text += pick([" ", " ", " ", "  ", " \t"])
    let count = pick([1, 1, 2, 3, 5])
    text += (0..<count).map { _ in field() }.joined(separator: ",")
    switch Int.random(in: 0..<8, using: &random) {
    case 0: break
    case 1: text += " -\(UInt32.random(in: 0 ... .max, using: &random)) "
    case 2: text += "  \(Int64.random(in: .min ... .max, using: &random))"
    default: text += " \(Int64.random(in: 0...1_800_000_000_000_000_000, using: &random))"
    }
    return text
  }

  private mutating func field() -> String {
    let name = pick([
      "value", "v", "usage_user", "usage_system_percent", "a\\=b", "f\\ g", "ö", "q\"", "t\\\\",
    ])
    return name + "=" + value()
  }

  private mutating func value() -> String {
    switch Int.random(in: 0..<14, using: &random) {
    case 0: pick(["t", "T", "true", "True", "TRUE", "f", "F", "false", "False", "FALSE"])
    case 1:
      pick([
        "\"\"", "\"a b,c=d\"", "\"\\\"\"", "\"x\ny\"", "\"ü\"", "\"a\\\\\"", "\"\r\n\"",
        "\"\n# tsq ", "\"a\\\n# tsq sync 2\nb\"",
      ])
    case 2: "\(Int64.random(in: .min ... .max, using: &random))i"
    case 3: "\(UInt64.random(in: .min ... .max, using: &random))u"
    case 4: "\(Double(bitPattern: random.next() & 0xbfff_ffff_ffff_ffff))"
    case 5: "\(Double.random(in: -1...1, using: &random))"
    case 6: pick(["-0", "-0i", "1.", ".5", "-.5", "1e5", "1E-7", "007", "00.10", "1e-400"])
    case 7: "\(Int64(1) << 53 + Int64.random(in: -3...3, using: &random))i"
    case 8:
      "\(UInt64.random(in: 0...99_999_999_999, using: &random)).\(UInt16.random(in: 0 ... .max, using: &random))"
    default: "\(Int.random(in: -99_999...99_999, using: &random))" + pick(["", "i", ".25", ".5"])
    }
  }

  private mutating func mutated(_ input: [UInt8]) -> [UInt8] {
    var input = input
    for _ in 0..<Int.random(in: 1...8, using: &random) where !input.isEmpty {
      let place = Int.random(in: 0..<input.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: input[place] = noiseByte()
      case 1: input.insert(noiseByte(), at: place)
      default: input.remove(at: place)
      }
    }
    return input
  }

  private mutating func noise(count: Int) -> [UInt8] {
    (0..<Int.random(in: 0...count, using: &random)).map { _ in noiseByte() }
  }

  private mutating func noiseByte() -> UInt8 {
    let meaning = Array(",,== \"\\\n\n\r#.-1 2itTe+\tab".utf8)
    return chance(9, of: 10) ? pick(meaning) : UInt8.random(in: 0 ... .max, using: &random)
  }
}
