/// Whole paths the future may take, and the probability that they pass a threshold.
///
/// Two kinds: the forecast plus each fold's own errors, which keeps the errors' correlation in
/// time; and what the series did in past windows that began at the origin's place in the season,
/// which keeps its own roughness. Newer windows reach past the newest value and end there without
/// an answer: such paths are censored, and the probability is Kaplan and Meier's.
///
/// Source: Kaplan & Meier, "Nonparametric Estimation from Incomplete Observations", JASA 53, 1958.
struct ErrorPaths {
  let threshold: Threshold
  /// Weight of the paths that pass the threshold first at each step.
  private var passed: [Double]
  /// Weight of the paths that end before each step without having passed it.
  private var ended: [Double]
  private var total = 0.0

  /// No paths yet.
  init(threshold: Threshold, steps: Int) {
    self.threshold = threshold
    passed = [Double](repeating: 0, count: steps)
    ended = [Double](repeating: 0, count: steps + 1)
  }

  /// Cumulative probability that a path has passed a threshold, per step.
  ///
  /// - Parameters:
  ///   - forecast: the central path, as long as the plan's forecast.
  ///   - run: the backtest the errors come from, and the history.
  ///   - threshold: in the same unit as the path.
  /// - Returns: one probability per step, never falling.
  static func crossing(
    forecast: [Double], run: EngineRun, threshold: Threshold
  ) -> [Double] {
    guard run.plan.fullFolds > 0 else {
      var crossed = false
      return forecast.map { value in
        crossed = crossed || threshold.isCrossed(by: value)
        return crossed ? 1 : 0
      }
    }
    var paths = ErrorPaths(threshold: threshold, steps: forecast.count)
    let windows = paths.windows(run)
    paths.addErrors(to: forecast, run, mirrored: windows == 0 ? run.settings.pathMirror : 0)
    paths.addWindows(run, count: windows)
    return paths.probabilities()
  }

  /// Follows a path until it passes the threshold or ends.
  mutating func follow(weight: Double, length: Int, _ value: (Int) -> Double) {
    total += weight
    for step in 0..<length where threshold.isCrossed(by: value(step)) {
      passed[step] += weight
      return
    }
    ended[length] += weight
  }

  /// Follows a path, in each of the courses that a fresh jump of the level may take.
  private mutating func follow(
    _ run: EngineRun, weight: Double, length: Int, _ value: (Int) -> Double
  ) {
    guard let jump = run.jumpReturn else {
      return follow(weight: weight, length: length, value)
    }
    for (end, share) in jump.courses() {
      follow(weight: weight * share, length: length) {
        value($0) + jump.distance($0, endingAt: end)
      }
    }
  }

  /// Adds the forecast plus each fold's errors; `mirrored` is the weight of the errors turned round.
  private mutating func addErrors(to forecast: [Double], _ run: EngineRun, mirrored: Double) {
    let (plan, errors) = (run.plan, run.errorModel.scaledErrors)
    let sizes = run.errorModel.pathSizes()
    let steps = plan.backtestSteps
    let signs = [(1.0, 1 - mirrored), (-1, mirrored)].filter { $0.1 > 0 }
    for fold in 0..<plan.folds {
      var weight = 1.0
      for _ in 0..<max(plan.ages[fold], 0) { weight *= run.settings.pathDecay }
      let row = plan.rowStarts[fold]
      // Past the tested distance a full path's errors come again.
      let length = fold < plan.fullFolds ? forecast.count : plan.rowSteps[fold]
      for (sign, part) in signs {
        for (side, share) in [(-1.0, 0.25), (0, 0.5), (1, 0.25)] {
          follow(
            run, weight: weight * part * share, length: min(length, forecast.count)
          ) { step in
            let error = errors[row + step % steps]
            return forecast[step] + side * sizes.shift[step]
              + (error.isNaN ? 0 : sign * error * sizes.error[step])
          }
        }
      }
    }
  }

  /// How many past windows take part: none if the series was never beyond the threshold in them.
  ///
  /// How often a level was reached says nothing about one that never was.
  private func windows(_ run: EngineRun) -> Int {
    let (series, season) = (run.series, run.season)
    guard season > 0 else { return 0 }
    let last = series.count - 1
    let windows = min(run.settings.windowLimit, last / season)
    let newest = series[(last - windows * season)...]
    return newest.contains(where: threshold.isCrossed) ? windows : 0
  }

  /// Adds past windows of the series, one a season, that began on the side of the threshold where the
  /// series is now.
  ///
  /// From above a threshold the next value is mostly above it too: windows from the other side say
  /// nothing about the first steps. What they would have weighed is left to the errors.
  private mutating func addWindows(_ run: EngineRun, count: Int) {
    guard count > 0 else { return }
    let (series, season, settings) = (run.series, run.season, run.settings)
    let last = series.count - 1
    var (weights, weight) = ([Double](), 1.0)
    for _ in 0..<count {
      weights.append(weight)
      weight *= settings.windowDecay
    }
    let share = settings.windowShare / (1 - settings.windowShare)
    let scale = total * share / weights.reduce(0, +)
    for back in 1...count {
      let start = last - back * season
      guard threshold.isCrossed(by: series[start]) == threshold.isCrossed(by: series[last]) else {
        continue
      }
      // The history was moved to a jump's new level: the path's distance from it is no part of it. Days
      // of the month that stand out were taken out of it.
      follow(run, weight: weights[back - 1] * scale, length: min(passed.count, last - start)) {
        series[start + 1 + $0] - (run.jumpReturn?.distance($0, endingAt: .max) ?? 0)
          + (run.monthDays?.ahead($0) ?? 0)
      }
    }
  }

  /// The share of paths that have passed the threshold by each step.
  func probabilities() -> [Double] {
    var survival = 1.0
    var atRisk = total
    return passed.indices.map { step in
      atRisk -= ended[step]
      // What is left of a difference of sums below this is rounding.
      if atRisk > 1e-12 * total { survival *= max(1 - passed[step] / atRisk, 0) }
      atRisk -= passed[step]
      return min(max(1 - survival, 0), 1)
    }
  }
}
