/// One run of the method over a normalised history: bank, backtest, combination, errors.
struct EngineRun {
  let plan: BacktestPlan
  let names: [String]
  let score: BankScore
  /// Share of each forecaster in the combination: `shares[range][forecaster]`.
  let shares: [[Double]]
  /// The central path, one value per step.
  private(set) var path: [Double]
  private(set) var errorModel: ErrorModel
  /// The seasonal naive's path and its own errors in the backtest.
  private let naivePath: [Double]
  private let naiveErrors: [Double]
  /// Mean absolute backtest error of the combination; NaN where nothing could be compared.
  let combinedError: Double
  /// Mean absolute backtest error of the seasonal naive on the same steps.
  let naiveError: Double
  /// A fresh jump of the level, taken into account.
  let shift: LevelShiftGuard?
  /// Days of the month that stand out; the history the bank runs over is without them.
  let monthDays: MonthDays?
  /// What may become of a fresh jump.
  let jumpReturn: JumpReturn?
  /// The history the bank ran over: no gaps, a fresh jump moved.
  let series: [Double]
  /// Steps in the short season, 0 for none.
  let season: Int
  /// The constants it ran with.
  let settings: EngineSettings
  /// Values a smoother held back as outliers.
  let heldBack: Int

  /// Runs the method.
  ///
  /// - Parameters:
  ///   - given: the history; gaps are NaN; the first and the last value are not gaps.
  ///   - seasons: the seasons to use.
  ///   - horizon: steps to forecast, at least 1.
  ///   - calendar: the place in its month of each day of history and horizon; empty for other steps.
  ///   - settings: the constants of the method.
  init(
    history given: [Double], seasons: Seasons, horizon: Int, calendar: [Int] = [],
    settings: EngineSettings
  ) {
    let prepared = PreparedHistory(
      given, season: seasons.short, horizon: horizon, calendar: calendar, settings: settings)
    let (history, filled) = (prepared.history, prepared.filled)
    (monthDays, shift) = (prepared.monthDays, prepared.shift)
    let plan = BacktestPlan(
      count: history.count, season: seasons.short, horizon: horizon, settings: settings)
    let judge = BankScore(
      plan: plan, actual: history, seasonal: seasons.short > 0, settings: settings)
    let table = Bank(series: filled, seasons: seasons).paths(plan: plan, judge: judge)
    var score = table.judge ?? judge
    score.weigh()
    if shift == nil, let name = SteadyLine.favourite(filled, seasons: seasons),
      let steady = table.names.firstIndex(of: name)
    {
      score.favour(steady)
    }
    self.score = score
    let combination = Combination(weights: score.weights, limit: settings.memberLimit)
    var backtest = [Double](repeating: 0, count: plan.pastLength)
    for fold in 0..<plan.folds {
      combination.path(table, row: fold, into: &backtest, at: plan.rowStarts[fold])
    }
    var central = [Double](repeating: 0, count: horizon)
    combination.path(table, row: plan.folds, into: &central, at: 0)
    let naive = table.names.firstIndex(of: Bank.naiveName(seasons)) ?? 0
    let own = table.offset(naive, row: plan.folds)
    var plain = Array(table.values[own..<own + horizon])
    let first = table.offset(naive, row: 0)
    var naiveBacktest = Array(table.values[first..<first + plan.pastLength])
    (combinedError, naiveError) = EngineRun.compare(&backtest, history, plan, naive: &naiveBacktest)
    naiveErrors = naiveBacktest
    jumpReturn = shift.map { JumpReturn($0, steps: horizon, settings: settings) }
    jumpReturn?.fade(&central)
    jumpReturn?.fade(&plain)
    monthDays?.add(to: &central)
    monthDays?.add(to: &plain)
    path = central
    naivePath = plain
    series = filled
    season = seasons.short
    heldBack = table.heldBack
    self.settings = settings
    self.plan = plan
    names = table.names
    shares = combination.shares(forecasters: table.count)
    errorModel = ErrorModel(
      errors: backtest, plan: plan, season: seasons.short, count: history.count,
      settings: settings)
  }

  /// The same run showing the seasonal naive forecast, with the intervals of its own errors.
  func naive() -> EngineRun {
    var run = self
    run.path = naivePath
    run.errorModel = ErrorModel(
      errors: naiveErrors, plan: plan, season: season, count: series.count, settings: settings)
    return run
  }

  /// Turns the past paths of the combination and of the naive forecast into errors, NaN for gaps, and
  /// sums up their sizes.
  private static func compare(
    _ paths: inout [Double], _ history: [Double], _ plan: BacktestPlan, naive: inout [Double]
  ) -> (error: Double, naiveError: Double) {
    var (error, naiveError, seen) = (0.0, 0.0, 0.0)
    for fold in 0..<plan.folds {
      for step in 0..<plan.rowSteps[fold] {
        let actual = history[plan.origins[fold] + 1 + step]
        let index = plan.rowStarts[fold] + step
        paths[index] = actual - paths[index]
        naive[index] = actual - naive[index]
        guard !actual.isNaN else { continue }
        error += abs(paths[index])
        naiveError += abs(naive[index])
        seen += 1
      }
    }
    return (error / seen, naiveError / seen)
  }
}

/// A history as the bank runs over it: without days of the month that stand out, at the level of a
/// fresh jump.
private struct PreparedHistory {
  let monthDays: MonthDays?
  let shift: LevelShiftGuard?
  /// Gaps are NaN.
  private(set) var history: [Double]
  /// The same without gaps.
  private(set) var filled: [Double]

  init(
    _ given: [Double], season: Int, horizon: Int, calendar: [Int], settings: EngineSettings
  ) {
    monthDays = MonthDays(given, calendar: calendar)
    history = monthDays?.removed(given) ?? given
    filled = GapFilling.filled(history, season: max(season, 1))
    shift = LevelShiftGuard(
      series: filled, season: season, horizon: horizon, threshold: settings.shiftThreshold)
    guard let shift else { return }
    history = shift.moved(history)
    filled = shift.moved(filled)
  }
}
