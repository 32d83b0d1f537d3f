public import TSQCore

/// One past origin the whole method was run from, and how it did.
public struct BacktestFold: Hashable, Sendable {
  /// The last instant that fold's forecast knew.
  public var origin: Timestamp
  /// Future buckets that held a value to compare with.
  public var comparedSteps: Int
  /// Mean absolute error.
  public var error: Double
  /// Mean absolute error of the naive forecast on the same steps.
  public var naiveError: Double
  /// Whether the forecast passed its gates.
  public var isTrusted: Bool
}

/// The method's own past: forecasts from several old origins, scored against what happened.
///
/// Each fold runs the complete method, choice of weights and intervals included, on what was known
/// at its origin. Nothing that came later leaks into it.
public struct Backtest: Sendable {
  /// The folds, oldest first; those without anything to compare are left out.
  public var folds: [BacktestFold]
  /// Mean of the folds' errors, in the series' unit; `nil` without folds.
  public var error: Double?
  /// Mean of the folds' naive errors.
  public var naiveError: Double?
  /// 1 - error / naive error.
  public var skill: Double?
  /// Achieved coverage of each requested level over all folds and steps.
  public var coverage: [MeasuredCoverage]
  /// Every forecaster with its error and its weight as of the newest origin, best first.
  public var models: [ModelRecord]
  /// Last step of each horizon range that has weights of its own.
  public var rangeEnds: [Int]
  /// Whether the forecast from the newest origin may be acted on; its gates say what a history
  /// without folds lacks.
  public var verdict: ForecastVerdict

  /// Runs the method from past origins.
  ///
  /// - Parameters:
  ///   - grid: the history; the request's origin bounds it as in a forecast.
  ///   - request: horizon, levels and bounds to test.
  ///   - folds: how many origins at most; they lie evenly over the later half of the history, one
  ///     horizon before its end at the newest.
  /// - Returns: no folds where the history is too short for one.
  /// - Complexity: O(folds) forecasts.
  public static func run(
    _ grid: HistoryGrid, _ request: ForecastRequest, folds: Int = 12
  ) -> Backtest {
    let newest = Forecaster.forecast(grid, request)
    var result = Backtest(
      folds: [], error: nil, naiveError: nil, skill: nil, coverage: [], models: [], rangeEnds: [],
      verdict: newest.verdict)
    result.models = newest.evidence.models
    result.rangeEnds = newest.evidence.rangeEnds
    var plain = request
    plain.thresholds = []
    var inside = [Int](repeating: 0, count: request.levels.count)
    for last in origins(grid, request, folds: folds) {
      plain.origin = grid.time(ofBucket: last)
      let forecast = Forecaster.forecast(grid, plain)
      let naive = Forecaster.naive(grid, plain)
      var fold = BacktestFold(
        origin: plain.origin, comparedSteps: 0, error: 0, naiveError: 0,
        isTrusted: forecast.verdict.isTrusted)
      for (step, point) in forecast.points.enumerated() where last + 1 + step < grid.values.count {
        let actual = grid.values[last + 1 + step]
        guard actual.isFinite, step < naive.count else { continue }
        fold.comparedSteps += 1
        fold.error += abs(actual - point.mean)
        fold.naiveError += abs(actual - naive[step])
        for (index, interval) in point.intervals.enumerated()
        where interval.low <= actual && actual <= interval.high {
          inside[index] += 1
        }
      }
      guard fold.comparedSteps > 0 else { continue }
      fold.error /= Double(fold.comparedSteps)
      fold.naiveError /= Double(fold.comparedSteps)
      result.folds.append(fold)
    }
    result.summarise(inside: inside, levels: request.levels)
    return result
  }

  private mutating func summarise(inside: [Int], levels: [Double]) {
    guard !folds.isEmpty else { return }
    let count = Double(folds.count)
    let mean = folds.reduce(0) { $0 + $1.error / count }
    let naive = folds.reduce(0) { $0 + $1.naiveError / count }
    let compared = folds.reduce(0) { $0 + $1.comparedSteps }
    error = mean
    naiveError = naive
    skill = naive > 0 ? 1 - mean / naive : nil
    coverage = levels.indices.map {
      MeasuredCoverage(level: levels[$0], coverage: Double(inside[$0]) / Double(compared))
    }
  }

  /// The last known bucket of each fold, ascending.
  private static func origins(
    _ grid: HistoryGrid, _ request: ForecastRequest, folds: Int
  ) -> [Int] {
    var end = grid.values.count - 1
    while end >= 0, grid.time(ofBucket: end) > request.origin { end -= 1 }
    let steps = Int(min(request.horizonNanoseconds / grid.stepNanoseconds, Int64(Int32.max)))
    let newest = end - steps
    let oldest = max(end / 2, GateRules.fewestBuckets)
    guard folds > 0, steps > 0, newest >= oldest else {
      // Where history is short one test on what there is beats none.
      return folds > 0 && steps > 0 && newest >= GateRules.fewestBuckets ? [newest] : []
    }
    let count = min(folds, newest - oldest + 1)
    return (0..<count).map { fold in
      count == 1 ? newest : oldest + (newest - oldest) * fold / (count - 1)
    }
  }
}

extension Backtest {
  /// Runs the method from past origins on raw samples.
  ///
  /// - Parameters:
  ///   - samples: in any order.
  ///   - request: what a forecast would be asked.
  ///   - folds: how many origins at most.
  /// - Returns: no folds where the history is too short for one.
  public static func run(
    _ samples: SampleColumns, _ request: ForecastRequest, folds: Int = 12
  ) -> Backtest {
    let grid = HistoryGrid.build(
      from: samples, stepNanoseconds: request.stepNanoseconds, aggregation: request.aggregation,
      kind: request.kind, through: request.origin,
      horizonNanoseconds: request.horizonNanoseconds)
    return run(grid, request, folds: folds)
  }
}
