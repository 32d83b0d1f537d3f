/// What the combination's own backtest errors say about its next ones.
///
/// Split conformal prediction on rolling-origin errors. Errors are first divided by their usual size
/// at that place in the season and at that distance, so that all of them can share one
/// distribution. Source: Vovk, Gammerman & Shafer, "Algorithmic Learning in a Random World", 2005;
/// Lei et al., "Distribution-Free Predictive Inference for Regression", JASA 113, 2018.
struct ErrorModel {
  /// Backtest errors over their usual size, row by row; NaN where nothing was measured.
  let scaledErrors: [Double]
  /// Usual size of an error at each future step.
  let stepScale: [Double]
  /// The measured ones among `scaledErrors`.
  private let pooled: [Double]
  private let ranges: [RangeWidth]
  private let plan: BacktestPlan
  private let settings: EngineSettings

  /// What makes a horizon range's intervals wider than the errors' own spread.
  private struct RangeWidth {
    /// Errors without common data or memory that were measured.
    let independent: Double
    /// Growth past the tested distance.
    let growth: Double
  }

  /// How many measurements' worth the overall size counts against a place's or a step's own.
  private static let placeShrinkage = 4.0
  private static let stepShrinkage = 20.0
  /// Steps on either side, as a share of the distance, that a step's usual size is averaged over.
  private static let stepWindow = 0.4

  /// An error model from the combination's backtest errors.
  ///
  /// - Parameters:
  ///   - errors: actual minus forecast, laid out as the plan's past rows; NaN for gaps.
  ///   - plan: the rows.
  ///   - season: steps in the short season, 0 for none.
  ///   - count: buckets of history.
  ///   - settings: the constants of the method.
  init(
    errors: [Double], plan: BacktestPlan, season: Int, count: Int, settings: EngineSettings
  ) {
    self.plan = plan
    self.settings = settings
    var scaled = errors
    var future = [Double](repeating: 1, count: plan.forecastSteps)
    if season > 0 {
      let place = ErrorModel.placeScale(errors, plan: plan, season: season)
      for fold in 0..<plan.folds {
        let row = plan.rowStarts[fold]
        var phase = (plan.origins[fold] + 1) % season
        for step in 0..<plan.rowSteps[fold] {
          scaled[row + step] /= place[phase]
          phase = phase + 1 == season ? 0 : phase + 1
        }
      }
      for step in future.indices { future[step] = place[(count + step) % season] }
    }
    let growth = ErrorModel.stepGrowth(scaled, plan: plan)
    for fold in 0..<plan.folds {
      for step in 0..<plan.rowSteps[fold] { scaled[plan.rowStarts[fold] + step] /= growth[step] }
    }
    for step in future.indices { future[step] *= growth[min(step, growth.count - 1)] }
    scaledErrors = scaled
    stepScale = future
    pooled = scaled.filter { !$0.isNaN }
    ranges = ErrorModel.rangeWidths(
      plan, base: season > 0 ? season : 4, memory: ErrorModel.memory(scaled, plan: plan))
  }

  /// Mean absolute error by place in the season, drawn towards the overall mean and smoothed.
  private static func placeScale(_ errors: [Double], plan: BacktestPlan, season: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: season)
    var counts = sums
    var (total, seen) = (0.0, 0.0)
    for fold in 0..<plan.folds {
      var place = (plan.origins[fold] + 1) % season
      for index in plan.rowStarts[fold]..<plan.rowStarts[fold + 1] {
        let error = abs(errors[index])
        if !error.isNaN {
          sums[place] += error
          counts[place] += 1
          total += error
          seen += 1
        }
        place = place + 1 == season ? 0 : place + 1
      }
    }
    let overall = total / max(seen, 1) + 1e-12
    let raw = (0..<season).map {
      (sums[$0] + placeShrinkage * overall) / (counts[$0] + placeShrinkage)
    }
    return (0..<season).map {
      (raw[($0 + season - 1) % season] + 2 * raw[$0] + raw[($0 + 1) % season]) / 4
    }
  }

  /// Usual size of an error at each distance, relative to the overall size.
  private static func stepGrowth(_ errors: [Double], plan: BacktestPlan) -> [Double] {
    let steps = plan.backtestSteps
    var sums = [Double](repeating: 0, count: steps + 1)
    var counts = sums
    for fold in 0..<plan.folds {
      for step in 0..<plan.rowSteps[fold] {
        let error = abs(errors[plan.rowStarts[fold] + step])
        if !error.isNaN {
          sums[step + 1] += error
          counts[step + 1] += 1
        }
      }
    }
    for step in 0..<steps {
      sums[step + 1] += sums[step]
      counts[step + 1] += counts[step]
    }
    let overall = sums[steps] / max(counts[steps], 1) + 1e-12
    return (0..<steps).map { step in
      let reach = max(1, Int(Double(step + 1) * stepWindow))
      let (low, high) = (max(0, step - reach), min(steps, step + reach + 1))
      let sum = sums[high] - sums[low] + stepShrinkage * overall
      return sum / (counts[high] - counts[low] + stepShrinkage) / overall
    }
  }

  /// Steps that the errors of one window hang together over: the variance of a window's sum over that of
  /// as many independent errors (the design effect of Kish, "Survey Sampling", 1965).
  ///
  /// One for errors without memory, near the window's length for a forecast that is wrong the same way
  /// throughout.
  private static func memory(_ scaled: [Double], plan: BacktestPlan) -> Double {
    var (together, apart) = (0.0, 0.0)
    for fold in 0..<plan.fullFolds {
      var sum = 0.0
      for index in plan.rowStarts[fold]..<plan.rowStarts[fold + 1] where !scaled[index].isNaN {
        sum += scaled[index]
        apart += scaled[index] * scaled[index]
      }
      together += sum * sum
    }
    return apart > 0 ? max(together / apart, 1) : 1
  }

  private static func rangeWidths(
    _ plan: BacktestPlan, base: Int, memory: Double
  ) -> [RangeWidth] {
    let edges = plan.edges(within: plan.backtestSteps)
    let first = plan.origins[0]
    let reach = plan.folds > 0 ? plan.origins[plan.folds - 1] - first + plan.backtestSteps : 0
    var widths: [RangeWidth] = []
    for range in 0...plan.rangeEnds.count {
      let width = edges[range + 1] - edges[range]
      if width > 0 || widths.isEmpty {
        let share = min(max(Double(width), Double(base) / 4), memory)
        widths.append(RangeWidth(independent: max(2, Double(reach) / share), growth: 1))
        continue
      }
      // Past what was tested errors grow as a random walk's: with the root of the distance.
      let start = range == 0 ? 0 : plan.rangeEnds[range - 1]
      let end = range < plan.rangeEnds.count ? plan.rangeEnds[range] : plan.forecastSteps
      let middle = Double(start + max(min(end, plan.forecastSteps), start + 1) - 1) / 2
      let factor = ((middle + 1) / (Double(plan.backtestSteps) * 0.75)).squareRoot()
      let previous = widths[range - 1]
      widths.append(
        RangeWidth(independent: previous.independent, growth: previous.growth * max(factor, 1)))
    }
    return widths
  }
}

extension ErrorModel {
  /// What a path of errors is made of at each future step: the usual size of an error, and how far the
  /// whole path may lie to one side of it.
  ///
  /// What few windows do not show (the level, the choice of weights) is the same for all steps of a path.
  /// An 80 % interval is wider by `w` for it, so that a shift of variance w² - 1 in units of the errors'
  /// does the same to each step, and leaves the path as rough as it was. Taken on either side with a
  /// quarter of the weight each, the shift is the root of twice that variance.
  func pathSizes() -> (error: [Double], shift: [Double]) {
    let edges = plan.edges(within: stepScale.count)
    let square = pooled.reduce(0) { $0 + $1 * $1 } / Double(max(pooled.count, 1))
    var (error, shift) = (stepScale, stepScale)
    for (index, range) in ranges.enumerated() {
      let widening = widening(of: range, level: 0.8)
      let common = (2 * square * (widening * widening - 1)).squareRoot()
      for step in edges[index]..<edges[index + 1] {
        error[step] *= range.growth
        shift[step] *= range.growth * common
      }
    }
    return (error, shift)
  }

  /// Usual size of an error at each future step, as much larger as intervals of a level are.
  private func widened(level: Double) -> [Double] {
    let edges = plan.edges(within: stepScale.count)
    var scale = stepScale
    for (index, range) in ranges.enumerated() {
      let widen = widening(of: range, level: level) * range.growth
      for step in edges[index]..<edges[index + 1] { scale[step] *= widen }
    }
    return scale
  }

  /// How much wider an interval is for what few independent errors do not show.
  private func widening(of range: RangeWidth, level: Double) -> Double {
    1 + inflation(level) / range.independent.squareRoot()
  }

  /// How far the ends of an interval lie from the forecast at every step, per level.
  ///
  /// A fresh jump of the level, which may stay or go back, makes them those of the two levels together.
  func offsets(
    levels: [Double], jump: JumpReturn? = nil
  ) -> [(low: [Double], high: [Double])] {
    if let jump {
      return levels.map { jump.offsets(level: $0, errors: pooled, scale: widened(level: $0)) }
    }
    let edges = plan.edges(within: stepScale.count)
    return ends(levels: levels, of: pooled).map { ends in
      var (low, high) = (stepScale, stepScale)
      for range in ranges.indices {
        for step in edges[range]..<edges[range + 1] {
          low[step] *= ends[range].low
          high[step] *= ends[range].high
        }
      }
      return (low, high)
    }
  }

  /// Share of the backtest's values inside the interval of each level; none where too few were
  /// compared.
  ///
  /// Each half of the folds is judged by intervals made from the other half.
  func coverage(levels: [Double]) -> [Double] {
    let middle = plan.folds / 2
    let cut = plan.rowStarts[middle]
    let older = scaledErrors[..<cut].filter { !$0.isNaN }
    let newer = scaledErrors[cut...].filter { !$0.isNaN }
    guard older.count >= 5, newer.count >= 5 else { return [] }
    let byNewer = ends(levels: levels, of: newer)
    let byOlder = ends(levels: levels, of: older)
    return levels.indices.map { level in
      let first = inside(0..<middle, byNewer[level])
      let second = inside(middle..<plan.folds, byOlder[level])
      return Double(first.inside + second.inside) / Double(max(first.all + second.all, 1))
    }
  }

  private func inside(
    _ folds: Range<Int>, _ ends: [(low: Double, high: Double)]
  ) -> (inside: Int, all: Int) {
    var (inside, all) = (0, 0)
    for fold in folds {
      let edges = plan.edges(within: plan.rowSteps[fold])
      for range in ranges.indices {
        for step in edges[range]..<edges[range + 1] {
          let error = scaledErrors[plan.rowStarts[fold] + step]
          guard !error.isNaN else { continue }
          all += 1
          if ends[range].low <= error, error <= ends[range].high { inside += 1 }
        }
      }
    }
    return (inside, all)
  }

  /// The ends of the interval of each level in usual sizes, by horizon range.
  private func ends(levels: [Double], of errors: [Double]) -> [[(low: Double, high: Double)]] {
    let tails = levels.flatMap { [(1 - $0) / 2, 1 - (1 - $0) / 2] }
    let quantiles = Selection.quantiles(errors, tails)
    return levels.indices.map { index in
      let bottom = min(quantiles[2 * index], 0)
      let top = max(quantiles[2 * index + 1], 0)
      var ends: [(low: Double, high: Double)] = []
      for range in ranges {
        let widen = widening(of: range, level: levels[index]) * range.growth
        // Never much narrower further out.
        ends.append(
          (
            min(bottom * widen, 0.9 * (ends.last?.low ?? 0)),
            max(top * widen, 0.9 * (ends.last?.high ?? 0))
          ))
      }
      return ends
    }
  }

  /// Extra width for few errors; between and beyond the two set levels by the normal quantile.
  private func inflation(_ level: Double) -> Double {
    let (z80, z95) = (1.2815515655446004, 1.959963984540054)
    let slope = (settings.inflation95 - settings.inflation80) / (z95 - z80)
    return max(settings.inflation80 + slope * (Quantile.normal(0.5 + level / 2) - z80), 0)
  }
}
