/// How well each forecaster did, by horizon range, and what weight that earns it.
struct BankScore {
  /// Mean absolute error over the whole window, per forecaster.
  var errors: [Double]
  /// Mean absolute error by range: `rangeErrors[forecaster][range]`.
  var rangeErrors: [[Double]]
  /// Weight by range: `weights[range][forecaster]`; the largest of a range is 1.
  var weights: [[Double]]

  /// Scores a bank against what happened.
  ///
  /// - Parameters:
  ///   - table: the bank's paths.
  ///   - actual: the history; gaps are NaN and take no part.
  ///   - seasonal: whether the series has a season, which decides how sharp the weights are.
  init(table: PathTable, actual: [Double], seasonal: Bool, settings: EngineSettings) {
    let plan = table.plan
    let ranges = plan.rangeEnds.count + 1
    let (truth, stepWeights) = BankScore.truth(plan: plan, actual: actual)
    let edges = BankScore.edges(plan)
    var rangeMass = [Double](repeating: 0, count: ranges)
    for fold in 0..<plan.folds {
      for range in 0..<ranges {
        for step in edges[range]..<edges[range + 1] {
          rangeMass[range] += stepWeights[fold * plan.backtestSteps + step]
        }
      }
    }
    let mass = rangeMass.reduce(0, +)
    var meanSize = 0.0
    for index in truth.indices { meanSize += abs(truth[index]) }
    // Errors below this are rounding, not merit.
    let floor = 1e-9 * (meanSize / Double(max(truth.count, 1)) + 1e-9)
    errors = []
    rangeErrors = []
    for forecaster in 0..<table.count {
      var sums = [Double](repeating: 0, count: ranges)
      let base = forecaster * table.stride
      for fold in 0..<plan.folds {
        let row = fold * plan.backtestSteps
        for range in 0..<ranges {
          var sum = 0.0
          for step in edges[range]..<edges[range + 1] {
            sum +=
              abs(table.values[base + row + step] - truth[row + step])
              * stepWeights[row + step]
          }
          sums[range] += sum
        }
      }
      let all = sums.reduce(0, +) / max(mass, 1e-9) + floor
      errors.append(all)
      rangeErrors.append(
        (0..<ranges).map { range in
          guard rangeMass[range] > 0 else { return all }
          return sums[range] / rangeMass[range] + floor
        })
    }
    weights = BankScore.weights(
      errors: errors, rangeErrors: rangeErrors, rangeMass: rangeMass,
      power: seasonal ? settings.weightPower : settings.plainWeightPower,
      keep: seasonal ? settings.keepFactor : settings.plainKeepFactor,
      ownShare: settings.ownRangeShare)
  }

  /// The first step of each horizon range inside the backtest, and the end of the last.
  static func edges(_ plan: BacktestPlan) -> [Int] {
    [0] + plan.rangeEnds.map { min($0, plan.backtestSteps) } + [plan.backtestSteps]
  }

  /// What happened after each past origin, and how much each step counts; gaps count nothing.
  static func truth(plan: BacktestPlan, actual: [Double]) -> (values: [Double], weights: [Double]) {
    var values = [Double](repeating: 0, count: plan.folds * plan.backtestSteps)
    var weights = values
    for fold in 0..<plan.folds {
      for step in 0..<plan.backtestSteps {
        let value = actual[plan.origins[fold] + 1 + step]
        guard value.isFinite else { continue }
        values[fold * plan.backtestSteps + step] = value
        weights[fold * plan.backtestSteps + step] = plan.foldWeights[fold]
      }
    }
    return (values, weights)
  }

  private static func weights(
    errors: [Double], rangeErrors: [[Double]], rangeMass: [Double], power: Int, keep: Double,
    ownShare: Double
  ) -> [[Double]] {
    var all: [[Double]] = []
    for range in rangeMass.indices {
      if rangeMass[range] == 0, let previous = all.last {
        all.append(previous)
        continue
      }
      // Each range also looks at the whole window a little, so that a few steps do not decide.
      let mixed = errors.indices.map {
        ownShare * rangeErrors[$0][range] + (1 - ownShare) * errors[$0]
      }
      let best = mixed.min() ?? 1
      all.append(
        mixed.map { error in
          let ratio = best / error
          guard error <= keep * best else { return 0 }
          var weight = 1.0
          for _ in 0..<power { weight *= ratio }
          return weight
        })
    }
    return all
  }
}
