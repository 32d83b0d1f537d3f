/// How well each forecaster did, by horizon range, and what weight that earns it.
struct BankScore {
  /// Mean absolute error over the whole window, per forecaster.
  private(set) var errors: [Double] = []
  /// Mean absolute error by range: `rangeErrors[forecaster][range]`.
  private(set) var rangeErrors: [[Double]] = []
  /// Weight by range: `weights[range][forecaster]`; the largest of a range is 1.
  private(set) var weights: [[Double]] = []

  private let plan: BacktestPlan
  private let settings: EngineSettings
  private let seasonal: Bool
  /// Where each range begins in each past row.
  private let edges: [[Int]]
  private let truth: [Double]
  private let stepWeights: [Double]
  /// How much was compared in each range.
  private var mass: [Double]
  /// Errors below this are rounding, not merit.
  private let floor: Double
  /// The smallest error by range so far.
  private var best: [Double]

  /// A score without forecasters yet.
  ///
  /// - Parameters:
  ///   - plan: the rows that will be scored.
  ///   - actual: the history; gaps are NaN and take no part.
  ///   - seasonal: whether the series has a season, which decides how sharp the weights are.
  ///   - settings: the constants of the method.
  init(plan: BacktestPlan, actual: [Double], seasonal: Bool, settings: EngineSettings) {
    self.plan = plan
    self.settings = settings
    self.seasonal = seasonal
    let ranges = plan.rangeEnds.count + 1
    edges = (0..<plan.folds).map { plan.edges(within: plan.rowSteps[$0]) }
    (truth, stepWeights) = BankScore.truth(plan, edges, actual, settings)
    mass = [Double](repeating: 0, count: ranges)
    best = [Double](repeating: .infinity, count: ranges)
    for fold in 0..<plan.folds {
      for range in 0..<ranges {
        for step in edges[fold][range]..<edges[fold][range + 1] {
          mass[range] += stepWeights[plan.rowStarts[fold] + step]
        }
      }
    }
    var size = 0.0
    for value in truth { size += abs(value) }
    floor = 1e-9 * (size / Double(max(truth.count, 1)) + 1e-9)
  }

  /// Scores a bank that is already written.
  init(table: PathTable, actual: [Double], seasonal: Bool, settings: EngineSettings) {
    self.init(plan: table.plan, actual: actual, seasonal: seasonal, settings: settings)
    for forecaster in 0..<table.count {
      add(table.values, at: table.offset(forecaster, row: 0))
    }
    weigh()
  }

  private var power: Int { seasonal ? settings.weightPower : settings.plainWeightPower }
  private var keep: Double { seasonal ? settings.keepFactor : settings.plainKeepFactor }

  /// Scores the next forecaster, whose block begins at `base`.
  mutating func add(_ values: [Double], at base: Int) {
    var sums = [Double](repeating: 0, count: mass.count)
    for fold in 0..<plan.folds {
      let row = plan.rowStarts[fold]
      for range in mass.indices {
        sums[range] += BankScore.weightedError(
          values, base, truth, stepWeights,
          (row + edges[fold][range])..<(row + edges[fold][range + 1]))
      }
    }
    let total = mass.reduce(0, +)
    let all = sums.reduce(0, +) / max(total, 1e-9) + floor
    var own = mass.indices.map { mass[$0] > 0 ? sums[$0] / mass[$0] + floor : all }
    pool(&own)
    errors.append(all)
    rangeErrors.append(own)
    for range in own.indices { best[range] = min(best[range], own[range]) }
  }

  /// Whether a forecaster can still get a weight: not where in every range another is better by more
  /// than the factor that is kept.
  func mayCount(_ forecaster: Int) -> Bool {
    best.indices.contains { rangeErrors[forecaster][$0] <= keep * best[$0] }
  }

  /// Draws the errors of the ranges beyond the first season towards their common mean.
  private func pool(_ own: inout [Double]) {
    guard let near = plan.rangeEnds.firstIndex(where: { $0 >= plan.nearSteps }) else { return }
    let far = ((near + 1)..<mass.count).filter { mass[$0] > 0 }
    // The last range of the first season belongs to the mean, but keeps its own error.
    let all = mass[near] > 0 ? [near] + far : far
    let total = all.reduce(0) { $0 + mass[$1] }
    var sum = 0.0
    for range in all { sum += own[range] * mass[range] }
    for range in far { own[range] += settings.farPooling * (sum / total - own[range]) }
  }

  /// Sets the weights once all forecasters are scored.
  mutating func weigh() {
    weights = BankScore.weights(rangeErrors: rangeErrors, mass: mass, power: power, keep: keep)
  }

  /// Makes one forecaster decide wherever it was tested, whatever its record.
  mutating func favour(_ forecaster: Int) {
    for range in weights.indices { weights[range][forecaster] = SteadyLine.favour }
  }

  private static func weightedError(
    _ values: [Double], _ base: Int, _ truth: [Double], _ weights: [Double], _ indices: Range<Int>
  ) -> Double {
    // Four sums side by side: one alone would wait for each addition.
    var lanes = SIMD4<Double>()
    var index = indices.lowerBound
    while index + 4 <= indices.upperBound {
      let forecast = SIMD4(
        values[base + index], values[base + index + 1], values[base + index + 2],
        values[base + index + 3])
      let actual = SIMD4(truth[index], truth[index + 1], truth[index + 2], truth[index + 3])
      let weight = SIMD4(weights[index], weights[index + 1], weights[index + 2], weights[index + 3])
      let error = forecast - actual
      lanes += error.replacing(with: -error, where: error .< 0) * weight
      index += 4
    }
    var sum = lanes.sum()
    while index < indices.upperBound {
      sum += abs(values[base + index] - truth[index]) * weights[index]
      index += 1
    }
    return sum
  }

  /// What happened after each past origin, and how much each step counts; gaps count nothing.
  private static func truth(
    _ plan: BacktestPlan, _ edges: [[Int]], _ actual: [Double], _ settings: EngineSettings
  ) -> (values: [Double], weights: [Double]) {
    var values = [Double](repeating: 0, count: plan.pastLength)
    var weights = values
    for range in 0...plan.rangeEnds.count {
      let foldWeights = plan.foldWeights(range: range, settings: settings)
      for fold in 0..<plan.folds {
        for step in edges[fold][range]..<edges[fold][range + 1] {
          let value = actual[plan.origins[fold] + 1 + step]
          guard value.isFinite else { continue }
          values[plan.rowStarts[fold] + step] = value
          weights[plan.rowStarts[fold] + step] = foldWeights[fold]
        }
      }
    }
    return (values, weights)
  }

  private static func weights(
    rangeErrors: [[Double]], mass: [Double], power: Int, keep: Double
  ) -> [[Double]] {
    var all: [[Double]] = []
    for range in mass.indices {
      // What was never tested keeps the weights of the range before it.
      if mass[range] == 0, let previous = all.last {
        all.append(previous)
        continue
      }
      let best = rangeErrors.reduce(Double.infinity) { min($0, $1[range]) }
      all.append(
        rangeErrors.map { errors in
          guard errors[range] <= keep * best else { return 0 }
          let ratio = best / errors[range]
          var weight = 1.0
          for _ in 0..<power { weight *= ratio }
          return weight
        })
    }
    return all
  }
}
