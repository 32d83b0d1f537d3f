import TSQCore
import TSQQuery
import TSQTestSupport
import Testing

/// The same answers with and without block summaries, however the blocks are cut.
@Suite struct SummaryEqualityTests {
  static let functions = [
    "sum_over_time", "avg_over_time", "min_over_time", "max_over_time", "count_over_time",
    "last_over_time", "first_over_time", "present_over_time", "stddev_over_time",
    "stdvar_over_time", "changes", "resets", "rate", "increase", "delta", "deriv",
  ]

  static func data(_ random: inout SeededGenerator, special: Bool) throws -> MemoryProvider {
    var provider = MemoryProvider()
    for host in 0..<3 {
      let labels = try #require(Labels(metric: "m", [("host", "\(host)")]))
      var columns = SampleColumns()
      var (time, value) = (Int64(0), Double.random(in: 0...1e6, using: &random))
      for _ in 0..<600 {
        let odd = special ? Int.random(in: 0..<200, using: &random) : 9
        let chosen: Double =
          switch odd {
          case 0: .nan
          case 1: .infinity
          case 2: -.infinity
          case 3: Double(bitPattern: SpecialValue.staleBits)
          default: value
          }
        columns.append(time: time, value: chosen)
        time += Int64.random(in: 10...20, using: &random) * 1_000_000_000
        value =
          Int.random(in: 0..<50, using: &random) == 0
          ? Double.random(in: 0...10, using: &random)
          : value + Double.random(in: 0...3, using: &random)
      }
      provider.add(labels, columns)
    }
    return provider
  }

  @Test(
    "windows over whole blocks and over samples agree", arguments: propertySeeds(12), [false, true])
  func windows(seed: UInt64, special: Bool) throws {
    var random = SeededGenerator(seed: seed)
    var cut = try Self.data(&random, special: special)
    var whole = cut
    whole.runLengths = [10_000]
    whole.summarises = false
    cut.runLengths = (0..<5).map { _ in Int.random(in: 1...60, using: &random) }
    for function in Self.functions {
      let range = [120, 900, 3000, 7200].randomElement(using: &random) ?? 900
      let step = [30, 300, 2000].randomElement(using: &random) ?? 300
      let text = "\(function)(m[\(range)s])"
      let (expected, _) = try matrix(text, step, whole)
      let (found, _) = try matrix(text, step, cut)
      let comment: Comment = "seed \(seed): \(text) step \(step) runs \(cut.runLengths)"
      #expect(found.map(\.labels) == expected.map(\.labels), comment)
      for (one, other) in zip(found, expected) {
        #expect(one.columns.times == other.columns.times, comment)
        for (a, b) in zip(one.columns.values, other.columns.values) {
          // These subtract means that are far larger than the differences: some digits go.
          let loses = function == "deriv" || function.hasPrefix("std")
          let tolerance = loses ? 1e-9 : 1e-12
          #expect(Self.close(a, b, tolerance), "\(comment): \(a), not \(b)")
        }
      }
    }
  }

  static func close(_ left: Double, _ right: Double, _ tolerance: Double) -> Bool {
    if left == right || (left.isNaN && right.isNaN) { return true }
    return (left - right).magnitude <= tolerance * max(left.magnitude, right.magnitude)
  }

  private func matrix(
    _ text: String, _ step: Int, _ provider: MemoryProvider
  ) throws -> ([SeriesSamples], QueryStatistics) {
    let result = try QueryEngine(provider: provider).range(
      text, from: minutes(1), through: minutes(200), stepNanoseconds: Int64(step) * 1_000_000_000)
    guard case .matrix(let series) = result.value else { return ([], result.statistics) }
    return (series, result.statistics)
  }

  @Test("a window of whole blocks reads no samples, and edges decode only their own block")
  func statistics() throws {
    // 100 blocks of 10 samples, one a minute.
    let provider = try loading(runLengths: [10], "m 0+1x999")
    let engine = QueryEngine(provider: provider)
    let whole = try engine.instant("sum_over_time(m[1d])", at: minutes(999)).statistics
    #expect(whole.blocksFromSummaries == 100)
    #expect(whole.blocksDecoded == 0)
    #expect(whole.samplesDecoded == 0)
    let edges = try engine.instant("avg_over_time(m[995m])", at: minutes(994)).statistics
    #expect(edges.blocksDecoded == 1, "the last block is cut, the first is not")
    #expect(edges.blocksFromSummaries == 99)
    #expect(edges.samplesDecoded == 10)
    let order = try engine.instant("quantile_over_time(0.5, m[1d])", at: minutes(999)).statistics
    #expect(order.blocksFromSummaries == 0, "a quantile needs every sample")
    #expect(order.blocksDecoded == 100)
  }

  @Test("overlapping windows decode a block once, whatever the number of steps")
  func decodesOnce() throws {
    let provider = try loading(runLengths: [10], "m 0+1x999")
    let engine = QueryEngine(provider: provider)
    for function in ["rate", "sum_over_time", "max_over_time", "irate"] {
      let result = try engine.range(
        "\(function)(m[200m])", from: minutes(200), through: minutes(999),
        stepNanoseconds: 60_000_000_000)
      #expect(result.statistics.blocksDecoded <= 100, "\(function)")
      #expect(result.statistics.samplesDecoded <= 1000, "\(function)")
    }
    let steps = try engine.range(
      "m", from: minutes(0), through: minutes(999), stepNanoseconds: 60_000_000_000)
    #expect(steps.statistics.blocksDecoded == 100)
  }

  @Test("an instant selector with long steps decodes only the blocks its steps look at")
  func sparseSteps() throws {
    let provider = try loading(runLengths: [10], "m 0+1x999")
    let result = try QueryEngine(provider: provider).range(
      "m", from: minutes(99), through: minutes(999), stepNanoseconds: 100 * 60_000_000_000)
    #expect(result.statistics.blocksDecoded == 10)
  }
}
