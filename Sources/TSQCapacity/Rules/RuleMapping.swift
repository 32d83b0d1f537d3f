internal import TSQCore
internal import TSQForecast
internal import Yams

/// One YAML mapping being read: remembers which keys were asked for, so that the rest are errors.
struct RuleMapping {
  private let pairs: [(key: String, node: Node, line: Int)]
  private let title: String
  private var used: Set<String> = []
  /// Where the mapping starts.
  let line: Int

  init(_ node: Node, _ title: String) throws(RuleFileError) {
    let line = node.mark?.line ?? 0
    guard let mapping = node.mapping else {
      throw RuleFileError(line: line, message: "\(title) must be a mapping of `key: value`")
    }
    var pairs: [(key: String, node: Node, line: Int)] = []
    for (key, value) in mapping {
      let name = key.string ?? ""
      pairs.append((name, value, key.mark?.line ?? line))
    }
    self.pairs = pairs
    self.title = title
    self.line = line
  }

  private mutating func take(_ key: String) -> (node: Node, line: Int)? {
    used.insert(key)
    return pairs.first { $0.key == key }.map { ($0.node, $0.line) }
  }

  private mutating func require(_ key: String) throws(RuleFileError) -> (node: Node, line: Int) {
    guard let found = take(key) else {
      throw RuleFileError(line: line, message: "\(title) lacks `\(key)`")
    }
    return found
  }

  /// A list of mappings, each read by `body`; absent is empty.
  mutating func list<Entry>(
    _ key: String, _ body: (inout RuleMapping) throws(RuleFileError) -> Entry
  ) throws(RuleFileError) -> [Entry] {
    guard let (node, line) = take(key) else { return [] }
    guard let sequence = node.sequence else {
      throw RuleFileError(line: line, message: "`\(key)` must be a list")
    }
    var entries: [Entry] = []
    for item in sequence {
      var mapping = try RuleMapping(item, "this entry of `\(key)`")
      entries.append(try body(&mapping))
    }
    return entries
  }

  /// A text that is not empty.
  mutating func text(_ key: String) throws(RuleFileError) -> String {
    let (node, line) = try require(key)
    guard let text = node.string, !text.isEmpty else {
      throw RuleFileError(line: line, message: "`\(key)` must be a text")
    }
    return text
  }

  /// One of a closed set of words.
  mutating func choice<Word>(
    _ key: String, _ type: Word.Type, default preset: Word? = nil
  ) throws(RuleFileError) -> Word where Word: RawRepresentable<String> & CaseIterable {
    guard let (node, line) = take(key) else {
      if let preset { return preset }
      throw RuleFileError(line: line, message: "\(title) lacks `\(key)`")
    }
    guard let word = node.string, let value = Word(rawValue: word) else {
      let words = Word.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
      throw RuleFileError(
        line: line, message: "`\(key)` is `\(node.string ?? "?")`", hint: "use one of \(words)")
    }
    return value
  }

  /// On which side the trouble lies; `above` where nothing is said.
  mutating func direction() throws(RuleFileError) -> Threshold.Direction {
    guard let (node, line) = take("direction") else { return .above }
    switch node.string {
    case "above": return .above
    case "below": return .below
    default:
      throw RuleFileError(
        line: line, message: "`direction` is `\(node.string ?? "?")`",
        hint: "use `above` or `below`")
    }
  }

  /// A number inside the bounds of a unit.
  mutating func number(
    _ key: String, within unit: MetricUnit, default preset: Double? = nil
  ) throws(RuleFileError) -> Double {
    guard let (node, line) = take(key) else {
      if let preset { return preset }
      throw RuleFileError(line: line, message: "\(title) lacks `\(key)`")
    }
    guard let value = node.float, value.isFinite else {
      throw RuleFileError(line: line, message: "`\(key)` must be a number")
    }
    let bounds = unit.bounds
    if let lower = bounds.lower, value < lower {
      throw RuleFileError(
        line: line,
        message: "`\(key)` \(value) lies below what `\(unit.rawValue)` can be (\(lower))")
    }
    if let upper = bounds.upper, value > upper {
      throw RuleFileError(
        line: line,
        message: "`\(key)` \(value) lies above what `\(unit.rawValue)` can be (\(upper))",
        hint: unit == .fraction ? "90 % as a fraction is 0.9; or set `unit: percent`" : nil)
    }
    return value
  }

  /// A finite number without a unit.
  mutating func plainNumber(
    _ key: String, default preset: Double
  ) throws(RuleFileError) -> Double {
    try number(key, within: .number, default: preset)
  }

  /// A length of time, nanoseconds.
  mutating func duration(
    _ key: String, default preset: String
  ) throws(RuleFileError) -> Int64 {
    let found = take(key)
    let text = found?.node.string ?? preset
    guard let length = DurationText.nanoseconds(text) else {
      throw RuleFileError(
        line: found?.line ?? line, message: "`\(key)` is `\(text)`, not a duration",
        hint: "write 30d, 12h, 15m or 90s")
    }
    return length
  }

  /// Every key must have been one that is known.
  func finish() throws(RuleFileError) {
    for pair in pairs where !used.contains(pair.key) {
      let known = used.sorted().map { "`\($0)`" }.joined(separator: ", ")
      throw RuleFileError(
        line: pair.line, message: "\(title) has an unknown key `\(pair.key)`",
        hint: "known here: \(known)")
    }
  }
}
