import TSQCore
import TSQTestSupport
import Testing

@testable import TSQForecast

@Suite("Backtest")
struct BacktestTests {
  @Test("a plan never looks past the history, whatever its size", arguments: propertySeeds(40))
  func planInvariants(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = Int.random(in: 3...1500, using: &generator)
    let season = [0, 7, 24, 96].randomElement(using: &generator) ?? 0
    let horizon = Int.random(in: 1...700, using: &generator)
    let plan = BacktestPlan(
      count: count, season: count >= 2 * season + 4 ? season : 0, horizon: horizon,
      settings: EngineSettings())
    #expect(plan.origins.last == count - 1, "seed \(seed)")
    for (row, origin) in plan.origins.dropLast().enumerated() {
      #expect(origin >= 1 && origin < plan.origins[row + 1], "seed \(seed)")
      #expect(plan.rowSteps[row] >= 1, "seed \(seed)")
      #expect(origin + plan.rowSteps[row] < count, "seed \(seed)")
      if row < plan.fullFolds { #expect(plan.rowSteps[row] == plan.backtestSteps, "seed \(seed)") }
    }
    #expect(plan.rowSteps.last == horizon, "seed \(seed)")
    for (end, next) in zip(plan.rangeEnds, plan.rangeEnds.dropFirst()) { #expect(end < next) }
  }

  @Test("the weighted median splits the weight, evenly between two where it must")
  func weightedMedian() {
    func median(_ values: [Double], _ weights: [Double]) -> Double {
      var medians = WeightedMedians(weights)
      for (member, value) in values.enumerated() {
        medians.set(member, SIMD4(repeating: value))
      }
      return medians.medians()[2]
    }
    #expect(median([1, 2, 9], [1, 1, 1]) == 2)
    #expect(median([1, 2, 9], [1, 1, 5]) == 9)
    #expect(median([1, 3], [2, 2]) == 2)
    #expect(median([4], [0.1]) == 4)
    #expect(median([3, 1, 3, 3], [0.25, 1, 0.25, 0.5]) == 2)
  }

  @Test("the weighted median is what adding up sorted weights gives", arguments: propertySeeds(200))
  func weightedMedianBySorting(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...10, using: &random)
    let weights = (0..<count).map { _ in Double(Int.random(in: 1...8, using: &random)) / 8 }
    var medians = WeightedMedians(weights)
    var lanes = [[Double]](repeating: [], count: 4)
    for member in 0..<count {
      let four = (0..<4).map { _ in Double(Int.random(in: -6...6, using: &random)) }
      medians.set(member, SIMD4(four))
      for lane in 0..<4 { lanes[lane].append(four[lane]) }
    }
    let found = medians.medians()
    let half = weights.reduce(0, +) / 2
    for lane in 0..<4 {
      let sorted = zip(lanes[lane], weights).sorted { $0.0 < $1.0 }
      var (below, expected) = (0.0, Double.nan)
      for (index, (value, weight)) in sorted.enumerated() where expected.isNaN {
        below += weight
        if below > half { expected = value }
        if below == half { expected = (value + sorted[index + 1].0) / 2 }
      }
      #expect(found[lane] == expected, "seed \(seed)")
    }
  }

  @Test("a forecaster is dropped only where it gets no weight", arguments: propertySeeds(10))
  func dropped(seed: UInt64) throws {
    let noise = Synthetic.white(700, seed: seed)
    let series = noise.indices.map { Synthetic.wave($0) + noise[$0] }
    let settings = EngineSettings()
    let plan = BacktestPlan(count: series.count, season: 24, horizon: 60, settings: settings)
    let bank = Bank(series: series, seasons: Seasons(short: 24, long: 168))
    let all = bank.paths(plan: plan)
    let scored = BankScore(table: all, actual: series, seasonal: true, settings: settings)
    let some = bank.paths(
      plan: plan,
      judge: BankScore(plan: plan, actual: series, seasonal: true, settings: settings))
    var judge = try #require(some.judge)
    judge.weigh()
    #expect(judge.weights == scored.weights, "seed \(seed)")
    #expect(some.names == all.names, "seed \(seed)")
    #expect(some.values.count < all.values.count, "seed \(seed)")
    let both = [some, all].map { table in
      var path = [Double](repeating: 0, count: 60)
      Combination(weights: scored.weights, limit: settings.memberLimit)
        .path(table, row: plan.folds, into: &path, at: 0)
      return path
    }
    #expect(both[0] == both[1], "seed \(seed)")
  }

  @Test("every adjustable constant can be set, and nothing else")
  func namedSettings() {
    for name in EngineSettings.adjustable {
      var settings = EngineSettings()
      let before = String(describing: settings)
      #expect(settings.set(name, to: 0.75) && String(describing: settings) != before, "\(name)")
      #expect(!settings.set(name, to: -1) && !settings.set(name, to: .nan), "\(name)")
    }
    var settings = EngineSettings()
    #expect(!settings.set("folds", to: 3) && !settings.set("windowShare", to: 1))
  }

  @Test("what only rises or only falls is told from what does both")
  func monotone() {
    let rising = Monotone((0..<50).map { Double($0 / 3) })
    #expect(rising.rises && !rising.falls)
    let falling = Monotone((0..<50).map { -Double($0) })
    #expect(falling.falls && !falling.rises)
    let constant = Monotone([Double](repeating: 1, count: 50))
    #expect(!constant.rises && !constant.falls)
    // A quota raised once was constant on either side.
    let raised = Monotone((0..<50).map { $0 < 40 ? 10 : 20 })
    #expect(!raised.rises && !raised.falls)
    let both = Monotone((0..<50).map { Double($0 % 10) })
    #expect(!both.rises && !both.falls)
    var reached = 5.0
    #expect(rising.held(4, &reached) == 5)
    #expect(rising.held(7, &reached) == 7)
  }

  @Test("folds see nothing newer than their origins, and the sums agree")
  func folds() throws {
    let values = ForecasterPropertyTests.wave(seed: 41, count: 500)
    let samples = Synthetic.samples(values)
    let request = ForecasterPropertyTests.request(500)
    let backtest = Backtest.run(samples, request, folds: 6)
    #expect(backtest.folds.count == 6)
    #expect(backtest.folds.map(\.comparedSteps) == [Int](repeating: 24, count: 6))
    let grid = HistoryGrid.build(
      from: samples, stepNanoseconds: Synthetic.hour, through: request.origin)
    for fold in backtest.folds {
      // The same fold by hand, on a history that ends at its origin.
      var cut = grid
      let last = Int((fold.origin.nanoseconds - grid.start.nanoseconds) / Synthetic.hour)
      cut.values = Array(grid.values[...last])
      var asked = request
      asked.origin = fold.origin
      let points = Forecaster.forecast(cut, asked).points
      var error = 0.0
      for (step, point) in points.enumerated() {
        error += abs(grid.values[last + 1 + step] - point.mean) / 24
      }
      #expect(abs(error - fold.error) < 1e-12)
    }
    let error = try #require(backtest.error)
    let naive = try #require(backtest.naiveError)
    let skill = try #require(backtest.skill)
    #expect(abs(skill - (1 - error / naive)) < 1e-12)
    #expect(skill > 0)
    #expect(backtest.coverage.map(\.level) == [0.80, 0.95])
    #expect(backtest.coverage[0].coverage <= backtest.coverage[1].coverage)
    #expect(backtest.models.map(\.error) == backtest.models.map(\.error).sorted())
  }

  @Test("a history too short for a fold has none")
  func tooShort() {
    let request = ForecasterPropertyTests.request(20)
    let backtest = Backtest.run(Synthetic.samples(Synthetic.white(20, seed: 1)), request)
    #expect(backtest.folds.isEmpty && backtest.error == nil && backtest.skill == nil)
  }

  @Test("intervals of white noise hold about as often as they say")
  func calibration() {
    var (inside80, inside95, all) = (0, 0, 0)
    for seed in propertySeeds(12) {
      let values = Synthetic.white(424, seed: seed)
      let forecast = ForecasterPropertyTests.forecast(Array(values.prefix(400)))
      for (step, point) in forecast.points.enumerated() {
        let actual = values[400 + step]
        all += 1
        if point.intervals[0].low <= actual, actual <= point.intervals[0].high { inside80 += 1 }
        if point.intervals[1].low <= actual, actual <= point.intervals[1].high { inside95 += 1 }
      }
    }
    let (share80, share95) = (Double(inside80) / Double(all), Double(inside95) / Double(all))
    #expect(share80 > 0.72 && share80 < 0.90, "\(share80)")
    #expect(share95 > 0.91, "\(share95)")
  }

  @Test("a short history shows a season only where there is one")
  func seasonSupport() {
    let noise = Synthetic.white(35, seed: 8)
    let week: [Double] = [0, 0, 0, 0, 0, -4, -5]
    let calendar = Seasons(short: 7, long: 0)
    #expect(calendar.supported(by: noise) == Seasons())
    let weekly = noise.indices.map { noise[$0] + week[$0 % 7] + 0.2 * Double($0) }
    #expect(calendar.supported(by: weekly) == calendar)
    // A long history is the backtest's to judge.
    #expect(calendar.supported(by: Synthetic.white(70, seed: 9)) == calendar)
  }

  @Test("a line with noise that remembers nothing is favoured, one with memory is not")
  func steadyLine() {
    let noise = Synthetic.white(60, seed: 15)
    let none = Seasons()
    let line = noise.indices.map { noise[$0] + 0.5 * Double($0) }
    #expect(SteadyLine.favourite(line, seasons: none) == "line")
    #expect(SteadyLine.favourite(noise, seasons: none) == "mean")
    // One wild value neither hides a wave nor makes memory of noise.
    var (wave, wild) = (line, line)
    for index in wave.indices { wave[index] += 10 * Double(abs(index % 24 - 12)) }
    wave[wave.count / 2] += 5_000
    wild[wild.count / 2] += 50
    #expect(SteadyLine.favourite(wave, seasons: none) == nil)
    #expect(SteadyLine.favourite(wild, seasons: none) == "line")
    let walk = Synthetic.autoregressive(60, rho: 0.95, seed: 16)
    #expect(SteadyLine.favourite(walk, seasons: none) == nil)
    let exact = (0..<20).map { 2 * Double($0) }
    #expect(SteadyLine.favourite(exact, seasons: none) == "line")
  }
}
