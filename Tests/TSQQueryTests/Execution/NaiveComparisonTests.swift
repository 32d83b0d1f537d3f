import TSQCore
import TSQQuery
import TSQTestSupport
import Testing

/// The engine against an evaluator that is too simple to be wrong, on random data and expressions.
@Suite struct NaiveComparisonTests {
  /// Random series of two metrics with gaps, resets, stale markers and irregular times.
  static func data(_ random: inout SeededGenerator) throws -> MemoryProvider {
    var provider = MemoryProvider()
    provider.runLengths = (0..<4).map { _ in Int.random(in: 1...40, using: &random) }
    for metric in ["a", "b"] {
      for (x, y) in [("1", "p"), ("2", "p"), ("1", "q"), ("3", "q")]
      where Int.random(in: 0..<5, using: &random) > 0 {
        let labels = try #require(Labels(metric: metric, [("x", x), ("y", y)]))
        var columns = SampleColumns()
        var (time, total) = (Int64.random(in: 0...600, using: &random), 0.0)
        while time < 7200 {
          total = Int.random(in: 0..<30, using: &random) == 0 ? 0 : total
          total += Double(Int.random(in: 0...50, using: &random)) / 4
          let isStale = Int.random(in: 0..<60, using: &random) == 0
          columns.append(
            time: time * 1_000_000_000,
            value: isStale ? Double(bitPattern: SpecialValue.staleBits) : total)
          time += Int64.random(in: 5...40, using: &random)
          if Int.random(in: 0..<40, using: &random) == 0 { time += 700 }
        }
        provider.add(labels, columns)
      }
    }
    return provider
  }

  static func selector(_ random: inout SeededGenerator) -> String {
    ["a", "b", "a{x=\"1\"}", "b{y!=\"p\"}", "{__name__=~\"a|b\",x=\"1\"}"]
      .randomElement(using: &random) ?? "a"
  }

  static func shift(_ random: inout SeededGenerator) -> String {
    ["", "", "", " offset 7m", " offset -3m", " @ 3001", " @ end()", " @ start() offset 1m"]
      .randomElement(using: &random) ?? ""
  }

  static func window(_ random: inout SeededGenerator) -> String {
    let range = ["1m", "5m", "17m", "1h", "100m"].randomElement(using: &random) ?? "5m"
    let body =
      Int.random(in: 0..<4, using: &random) == 0
      ? "\(selector(&random))[\(range):7m]" : "\(selector(&random))[\(range)]"
    let argument = body + shift(&random)
    switch Int.random(in: 0..<18, using: &random) {
    case 0: return "predict_linear(\(argument), 500)"
    case 1: return "quantile_over_time(0.9, \(argument))"
    case let pick:
      let names =
        [
          "sum", "avg", "min", "max", "count", "last", "present", "stdvar", "stddev",
        ].map { $0 + "_over_time" } + [
          "changes", "resets", "rate", "increase", "delta", "deriv", "idelta",
        ]
      return "\(names[pick - 2])(\(argument))"
    }
  }

  static func expression(_ random: inout SeededGenerator, depth: Int) -> String {
    let kinds = depth == 0 ? 2 : 7
    switch Int.random(in: 0..<kinds, using: &random) {
    case 0: return selector(&random) + shift(&random)
    case 1: return window(&random)
    case 2, 3:
      let name =
        ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"]
        .randomElement(using: &random) ?? "sum"
      let grouping =
        ["", " by (x)", " without (x)", " by (x, y)", " by (__name__)"]
        .randomElement(using: &random) ?? ""
      return "\(name)\(grouping)(\(expression(&random, depth: depth - 1)))"
    case 4:
      let operation =
        ["+", "-", "*", "/", ">", "<= bool", "=="].randomElement(using: &random) ?? "+"
      return "(\(expression(&random, depth: depth - 1)) \(operation) 10)"
    case 5: return "-\(expression(&random, depth: depth - 1))"
    default:
      let operation =
        [
          "+", "/ on (x, y)", "- ignoring (y)", "> ignoring (x)", "== bool on (x)", "and",
          "or", "unless on (x)", "and ignoring (y)", "or on (y)",
        ].randomElement(using: &random) ?? "+"
      return
        "(\(expression(&random, depth: depth - 1)) \(operation) \(expression(&random, depth: depth - 1)))"
    }
  }

  @Test("the engine agrees with the obvious evaluator", arguments: propertySeeds(40))
  func agrees(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var provider = try Self.data(&random)
    provider.summarises = Bool.random(using: &random)
    var naive = NaiveEvaluator()
    for one in provider.series {
      naive.series.append(
        (one.labels, zip(one.columns.times, one.columns.values).map { (time: $0, value: $1) }))
    }
    for _ in 0..<25 {
      let text = Self.expression(&random, depth: 2)
      let start = Int64.random(in: 100...6000, using: &random) * 1_000_000_000
      let step = Int64.random(in: 10...900, using: &random) * 1_000_000_000
      let count = Int64.random(in: 1...8, using: &random)
      let end = start + (count - 1) * step
      naive.outer = (start, end)
      try compare(
        text, from: start, through: end, step: step, provider, naive, "seed \(seed): \(text)")
    }
  }

  private func compare(
    _ text: String, from start: Int64, through end: Int64, step: Int64,
    _ provider: MemoryProvider, _ naive: NaiveEvaluator, _ comment: String
  ) throws {
    let parsed = try Parser.parse(text)
    var expected: [Labels: [Int64: Double]] = [:]
    var mayFail = false
    for time in stride(from: start, through: end, by: Int(step)) {
      do {
        guard case .vector(let vector) = try naive.value(parsed, at: time) else { continue }
        for (labels, value) in vector { expected[labels, default: [:]][time] = value }
      } catch {
        mayFail = true
      }
    }
    let result: QueryResult
    do {
      result = try QueryEngine(provider: provider).range(
        text, from: Timestamp(nanoseconds: start), through: Timestamp(nanoseconds: end),
        stepNanoseconds: step)
    } catch {
      // Over a range two series of one name fail even where they take turns, step by step they do not.
      let isTakingTurns = error.message.contains("same labelset") && text.contains("a|b")
      #expect(mayFail || isTakingTurns, "\(comment): \(error)")
      return
    }
    #expect(!mayFail, "\(comment): the engine answered where matches are ambiguous")
    guard case .matrix(let series) = result.value else { return }
    #expect(Set(series.map(\.labels)) == Set(expected.keys), "\(comment)")
    for one in series {
      let wanted = expected[one.labels] ?? [:]
      #expect(one.columns.times == wanted.keys.sorted(), "\(comment) \(one.labels)")
      for (time, value) in zip(one.columns.times, one.columns.values) {
        let other = wanted[time] ?? .nan
        #expect(close(value, other), "\(comment) \(one.labels) at \(time): \(value), not \(other)")
      }
    }
  }

  private func close(_ left: Double, _ right: Double) -> Bool {
    if left == right || (left.isNaN && right.isNaN) { return true }
    return (left - right).magnitude <= 1e-7 * max(1, left.magnitude, right.magnitude)
  }
}
