/// What the combination's own backtest errors say about its next ones.
///
/// Split conformal prediction on rolling-origin errors, scaled by the place in the season: an error
/// at a busy hour says little about a quiet one. Source: Vovk, Gammerman & Shafer, "Algorithmic
/// Learning in a Random World", 2005; Lei et al., "Distribution-Free Predictive Inference for
/// Regression", JASA 113, 2018.
struct ErrorModel {
  /// Backtest errors over their place's scale, fold by fold; NaN where nothing was measured.
  let scaledErrors: [Double]
  /// Usual size of an error at each future step.
  let stepScale: [Double]
  /// The measured errors of each horizon range, ascending.
  private let sortedByRange: [[Double]]
  /// Windows without common data, per range.
  private let independent: [Double]
  private let rangeGrowth: [Double]
  private let plan: BacktestPlan
  private let settings: EngineSettings

  /// An error model from the combination's backtest errors.
  ///
  /// - Parameters:
  ///   - errors: actual minus forecast, fold by fold, `plan.backtestSteps` each; NaN for gaps.
  ///   - season: steps in the short season, 0 for none.
  ///   - count: buckets of history.
  init(
    errors: [Double], plan: BacktestPlan, season: Int, count: Int, settings: EngineSettings
  ) {
    self.plan = plan
    self.settings = settings
    let steps = plan.backtestSteps
    let scale = ErrorModel.phaseScale(errors: errors, plan: plan, season: season)
    var scaled = errors
    if season > 0 {
      for fold in 0..<plan.folds {
        for step in 0..<steps {
          scaled[fold * steps + step] /= scale[(plan.origins[fold] + 1 + step) % season]
        }
      }
      stepScale = (0..<plan.forecastSteps).map { scale[(count + $0) % season] }
    } else {
      stepScale = [Double](repeating: 1, count: plan.forecastSteps)
    }
    scaledErrors = scaled
    let edges = BankScore.edges(plan)
    let everything = scaled.filter { !$0.isNaN }.sorted()
    let base = season > 0 ? season : 4
    let first = plan.origins.first ?? 0
    let reach = plan.folds > 0 ? plan.origins[plan.folds - 1] - first + steps : 0
    var (sorted, windows, growth): ([[Double]], [Double], [Double]) = ([], [], [])
    for range in 0...plan.rangeEnds.count {
      let width = edges[range + 1] - edges[range]
      if width == 0 {
        // Past what was tested errors grow as a random walk's: with the root of the distance.
        let middle = ErrorModel.middle(range, plan)
        let factor = ((middle + 1) / (Double(steps) * 0.75)).squareRoot()
        sorted.append(sorted.last ?? everything)
        windows.append(windows.last ?? 2)
        growth.append((growth.last ?? 1) * max(factor, 1))
        continue
      }
      var members: [Double] = []
      for fold in 0..<plan.folds {
        for step in edges[range]..<edges[range + 1] where !scaled[fold * steps + step].isNaN {
          members.append(scaled[fold * steps + step])
        }
      }
      members.sort()
      sorted.append(members.count < 5 ? everything : members)
      windows.append(max(2, Double(reach) / max(Double(width), Double(base) / 4)))
      growth.append(1)
    }
    sortedByRange = sorted
    independent = windows
    rangeGrowth = growth
  }

  /// Mean absolute error by place in the season, drawn towards the overall mean and smoothed.
  private static func phaseScale(errors: [Double], plan: BacktestPlan, season: Int) -> [Double] {
    guard season > 0 else { return [] }
    var sums = [Double](repeating: 0, count: season)
    var counts = sums
    var (total, seen) = (0.0, 0.0)
    for fold in 0..<plan.folds {
      for step in 0..<plan.backtestSteps {
        let error = abs(errors[fold * plan.backtestSteps + step])
        guard !error.isNaN else { continue }
        let place = (plan.origins[fold] + 1 + step) % season
        sums[place] += error
        counts[place] += 1
        total += error
        seen += 1
      }
    }
    let overall = total / max(seen, 1) + 1e-12
    let raw = (0..<season).map { (sums[$0] + 4 * overall) / (counts[$0] + 4) }
    return (0..<season).map {
      (raw[($0 + season - 1) % season] + 2 * raw[$0] + raw[($0 + 1) % season]) / 4
    }
  }

  /// The middle step of a range of the forecast.
  private static func middle(_ range: Int, _ plan: BacktestPlan) -> Double {
    let start = range == 0 ? 0 : plan.rangeEnds[range - 1]
    let end = range < plan.rangeEnds.count ? plan.rangeEnds[range] : plan.forecastSteps
    return Double(start + max(min(end, plan.forecastSteps), start + 1) - 1) / 2
  }

  /// How far the ends of an interval lie from the forecast at every step.
  func offsets(level: Double) -> (low: [Double], high: [Double]) {
    let tail = (1 - level) / 2
    var ends: [(low: Double, high: Double)] = []
    for range in sortedByRange.indices {
      let widen = (1 + inflation(level) / independent[range].squareRoot()) * rangeGrowth[range]
      var low = min(ErrorModel.quantile(sortedByRange[range], tail) * widen, 0)
      var high = max(ErrorModel.quantile(sortedByRange[range], 1 - tail) * widen, 0)
      if let previous = ends.last {
        // Never much narrower further out.
        low = min(low, 0.9 * previous.low)
        high = max(high, 0.9 * previous.high)
      }
      ends.append((low, high))
    }
    var (low, high) = (stepScale, stepScale)
    for step in stepScale.indices {
      let range = plan.range(ofStep: step)
      low[step] *= ends[range].low
      high[step] *= ends[range].high
    }
    return (low, high)
  }

  /// Extra width for few windows; between and beyond the two set levels by the normal quantile.
  private func inflation(_ level: Double) -> Double {
    let z80 = 1.2815515655446004
    let z95 = 1.959963984540054
    let z = Quantile.normal(0.5 + level / 2)
    let slope = (settings.inflation95 - settings.inflation80) / (z95 - z80)
    return max(settings.inflation80 + slope * (z - z80), 0.5)
  }

  /// A quantile of sorted values by linear interpolation (type 7 of Hyndman & Fan, 1996).
  static func quantile(_ sorted: [Double], _ probability: Double) -> Double {
    guard let last = sorted.last else { return 0 }
    let position = probability * Double(sorted.count - 1)
    let index = Int(position)
    guard index + 1 < sorted.count else { return last }
    return sorted[index] + (position - Double(index)) * (sorted[index + 1] - sorted[index])
  }
}
