import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Series registry")
struct SeriesRegistryTests {
  @Test("series keep their number and their labels, up to the limit")
  func numbers() throws {
    let registry = SeriesRegistry()
    let all = try (0..<500).map { index in
      try #require(Labels(metric: "m\(index % 7)", [("id", "\(index)")]))
    }
    let ids = try all.map { try #require(registry.resolve($0, limit: 500)) }
    #expect(Set(ids).count == 500)
    let more = try #require(Labels(metric: "one too many"))
    #expect(registry.resolve(more, limit: 500) == nil)
    #expect(registry.resolve(all[3], limit: 1) == ids[3])
    #expect(registry.find(more) == nil)
    #expect(registry.labels(of: ids) == all)
    #expect(registry.id(of: more).rawValue == 500)
  }

  @Test("two spellings of one letter are two series")
  func spellings() throws {
    let registry = SeriesRegistry()
    let composed = try #require(Labels(metric: "m", [("city", "K\u{F6}ln")]))
    let decomposed = try #require(Labels(metric: "m", [("city", "Ko\u{308}ln")]))
    let (first, second) = (registry.id(of: composed), registry.id(of: decomposed))
    #expect(first != second)
    #expect(registry.select([.equal("city", "Ko\u{308}ln")], below: 2) == [second])
    #expect(registry.select([.equal("city", "K\u{F6}ln")], below: 2) == [first])
    let city = registry.labels(of: second)["city"] ?? ""
    #expect(Array(city.utf8) == Array("Ko\u{308}ln".utf8))
  }

  @Test("texts of different bytes are different series, however they read")
  func bytesDecide() throws {
    let registry = SeriesRegistry()
    let texts = ["\u{e9}", "e\u{301}"]
    let labels = try texts.map { try #require(Labels(metric: "m", [("a", $0)])) }
    let ids = labels.map { registry.id(of: $0) }
    #expect(ids[0] != ids[1])
    for (id, text) in zip(ids, texts) {
      #expect(registry.labels(of: id)["a"].map { Array($0.utf8) } == Array(text.utf8))
      #expect(registry.select([.equal("a", text)], below: 2) == [id])
    }
  }

  @Test("selection is what trying every series gives", arguments: propertySeeds(8))
  func selection(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let registry = SeriesRegistry()
    var all: [Labels] = []
    for _ in 0..<300 {
      var pairs: [(String, String)] = []
      for name in ["host", "zone", "disk"] where Bool.random(using: &generator) {
        pairs.append((name, "\(name.prefix(1))\(Int.random(in: 0..<12, using: &generator))"))
      }
      let metric = "m\(Int.random(in: 0..<3, using: &generator))"
      let labels = try #require(Labels(metric: metric, pairs))
      if registry.find(labels) == nil { all.append(labels) }
      _ = registry.id(of: labels)
    }
    let values = ["", "h1", "z3", "h.*", ".*", ".+", "h1|z2|", "[hz][1-5]", "d1|d2", "h(1|2)?"]
    for _ in 0..<60 {
      var matchers: [LabelMatcher] = []
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let name = ["host", "zone", "disk", "none", "__name__"].randomElement(using: &generator)
        let kind = LabelMatcher.Kind.allCases.randomElement(using: &generator)
        matchers.append(
          try LabelMatcher(
            name: name ?? "host", kind: kind ?? .equal,
            value: values.randomElement(using: &generator) ?? ""))
      }
      let expected = all.filter { labels in matchers.allSatisfy { $0.matches(labels) } }
      let found = registry.labels(of: registry.select(matchers, below: registry.count))
      #expect(found == expected, "\(matchers), seed \(seed)")
      #expect(registry.select(matchers, below: 20).allSatisfy { $0.rawValue < 20 })
    }
  }

  @Test("a page of labels gives the numbers that its label sets have", arguments: propertySeeds(8))
  func pages(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let texts = ["a", "ab", "b", "K\u{F6}ln", "Ko\u{308}ln", "10", "100", "1"]
    var all: Set<Labels> = []
    for _ in 0..<200 {
      let metric = texts.randomElement(using: &generator) ?? "m"
      let pairs = ["A", "host", "zone"].filter { _ in Bool.random(using: &generator) }
        .map { ($0, texts.randomElement(using: &generator) ?? "x") }
      all.insert(try #require(Labels(metric: metric, pairs)))
    }
    let sorted = all.sorted { LabelOrder.compare($0, $1) < 0 }
    let registry = SeriesRegistry()
    // Some are known before: they keep their numbers.
    let known = sorted.shuffled(using: &generator).prefix(20).map { registry.id(of: $0) }
    let page = LabelPage.encode(sorted)
    let numbers = try registry.numbers(ofPage: page, count: sorted.count)
    #expect(registry.labels(of: numbers.map(SeriesID.init(rawValue:))) == sorted, "seed \(seed)")
    #expect(registry.count == sorted.count && Set(numbers).isSuperset(of: known.map(\.rawValue)))
    #expect(try registry.numbers(ofPage: page, count: sorted.count) == numbers)
    #expect(throws: (any Error).self) {
      try registry.numbers(ofPage: page, count: sorted.count - 1)
    }
    let swapped = LabelPage.encode([sorted[1], sorted[0]])
    #expect(throws: InvalidPart.self) { try registry.numbers(ofPage: swapped, count: 2) }
  }

  @Test("no page makes the registry trap, and what it takes a page decodes")
  func wildPages() throws {
    var generator = SeededGenerator(seed: 5)
    let labels = try (0..<20).map { try #require(Labels(metric: "m", [("a", "\($0 + 10)")])) }
    let page = LabelPage.encode(labels)
    for _ in 0..<2_000 {
      var bytes = page
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        bytes[Int.random(in: bytes.indices, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      let decoded = try? LabelPage.decode(bytes, count: labels.count)
      let registry = SeriesRegistry()
      let numbers = try? registry.numbers(ofPage: bytes, count: labels.count)
      #expect(numbers.map { registry.labels(of: $0.map(SeriesID.init(rawValue:))) } == decoded)
    }
  }

  @Test("selection is right before and after the postings are made anew")
  func postings() throws {
    let registry = SeriesRegistry()
    for number in 0..<2_000 {
      let pairs = [("even", number % 2 == 0 ? "yes" : "no"), ("n", "\(number)")]
      _ = registry.id(of: try #require(Labels(metric: "m", pairs)))
      guard number % 97 == 0 else { continue }
      #expect(registry.select([.equal("even", "yes")], below: 2_000).count == number / 2 + 1)
      let one = registry.select([.equal("n", "\(number)")], below: Int(UInt32.max))
      #expect(one.map(\.rawValue) == [UInt32(number)])
    }
  }
}

@Suite("Label matcher")
struct LabelMatcherTests {
  @Test(
    "expressions match the whole value",
    arguments: [
      ("a", "a", true), ("a", "ab", false), ("a|b", "b", true), ("a|b", "ab", false),
      ("a.*", "abc", true), ("a.*", "ba", false), (".*", "", true), (".+", "", false),
      (".+", "x", true), ("a.c", "a\nc", true), ("(?i)ABC", "abc", true), ("a\\.b", "a.b", true),
      ("a\\.b", "axb", false), ("a$", "a", true), ("a", "a\n", false), ("", "", true),
      ("ü+", "üü", true), ("x{2,3}", "xxxx", false), ("a|", "", true),
    ])
  func regex(pattern: String, text: String, expected: Bool) throws {
    let positive = try LabelMatcher(name: "l", kind: .regex, value: pattern)
    #expect(positive.matches(text) == expected)
    let negative = try LabelMatcher(name: "l", kind: .notRegex, value: pattern)
    #expect(negative.matches(text) == !expected)
    #expect(positive.negated == negative)
    #expect(positive.negated.matches(text) == !expected)
  }

  @Test("a missing label counts as empty")
  func missing() throws {
    let labels = try #require(Labels(metric: "m", [("a", "1")]))
    #expect(LabelMatcher.equal("b", "").matches(labels))
    #expect(!LabelMatcher.equal("a", "").matches(labels))
    #expect(LabelMatcher.metric("m").matches(labels))
    #expect(LabelMatcher.anything().matches(labels))
  }

  @Test("an expression takes time in proportion to the text, however it is nested")
  func linearTime() throws {
    let matcher = try LabelMatcher(name: "l", kind: .regex, value: "(a+)+(b|a*)*c")
    // A backtracking engine would take 2^100000 steps.
    let text = String(repeating: "a", count: 100_000)
    #expect(!matcher.matches(text))
    #expect(matcher.matches(text + "c"))
  }

  @Test("a dot matches newlines, texts are whole, letters are characters")
  func expressions() throws {
    for (pattern, text, matches) in [
      ("a.b", "a\nb", true), ("a", "ab", false), ("b", "ab", false), ("a|ab", "ab", true),
      ("(?i)A.", "aß", true), ("h..e", "hé€e", true), ("\\d+", "12", true), ("[^a]*", "", true),
      ("a{2,3}", "aaa", true), ("(?P<n>a)b", "ab", true), ("\\pL+", "жé", true),
    ] {
      let matcher = try LabelMatcher(name: "l", kind: .regex, value: pattern)
      #expect(matcher.matches(text) == matches, "\(pattern) \(text)")
    }
    let glob = LabelMatcher.metric(glob: "a.b*(c)")
    #expect(glob.matches("a.bX(c)") && !glob.matches("aXb(c)"))
  }

  @Test("a bad expression or an empty name is refused in words")
  func refused() {
    for pattern in ["(", "a)|(b", "[", "(?<=a)b", "(a)\\1"] {
      #expect {
        _ = try LabelMatcher(name: "l", kind: .regex, value: pattern)
      } throws: { error in
        guard case .badPattern("l", pattern, let reason) = error as? LabelMatcherError else {
          return false
        }
        return !reason.isEmpty
      }
    }
    #expect(throws: LabelMatcherError.emptyName) {
      try LabelMatcher(name: "", kind: .equal, value: "x")
    }
  }

  @Test("shows as PromQL writes it")
  func text() throws {
    #expect(LabelMatcher.equal("host", "a\"b").description == "host=\"a\\\"b\"")
    let quoted = try LabelMatcher(name: "a.b", kind: .notRegex, value: "x+")
    #expect(quoted.description == "\"a.b\"!~\"x+\"")
  }
}
