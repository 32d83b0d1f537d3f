/// One run of the method over a normalised history: bank, backtest, combination, errors.
struct EngineRun {
  let plan: BacktestPlan
  let names: [String]
  let score: BankScore
  /// The central path, one value per step.
  let path: [Double]
  /// The seasonal naive's path.
  let naivePath: [Double]
  let errorModel: ErrorModel
  /// Mean absolute backtest error of the combination and of the seasonal naive; NaN without folds.
  let combinedError: Double
  let naiveError: Double
  /// The combination's backtest errors, fold by fold; NaN where nothing was measured.
  let errors: [Double]

  /// Runs the method.
  ///
  /// - Parameters:
  ///   - history: gaps are NaN; the first and the last value are not gaps.
  ///   - seasons: the seasons to use.
  ///   - horizon: steps to forecast, at least 1.
  init(history: [Double], seasons: Seasons, horizon: Int, settings: EngineSettings) {
    let filled = GapFilling.filled(history, season: max(seasons.short, 1))
    let plan = BacktestPlan(
      count: history.count, season: seasons.short, horizon: horizon, settings: settings)
    let bank = Bank(series: filled, seasons: seasons)
    let table = bank.paths(plan: plan)
    let score = BankScore(
      table: table, actual: history, seasonal: seasons.short > 0, settings: settings)
    let combination = Combination(weights: score.weights)
    let steps = plan.backtestSteps
    var backtest = [Double](repeating: 0, count: plan.folds * steps)
    for fold in 0..<plan.folds {
      combination.path(table, row: fold, into: &backtest, at: fold * steps)
    }
    var path = [Double](repeating: 0, count: horizon)
    combination.path(table, row: plan.folds, into: &path, at: 0)
    let naive = EngineRun.naiveIndex(table, seasons)
    naivePath = Array(
      table.values[table.offset(naive, row: plan.folds)..<table.offset(naive + 1, row: 0)])
    var (error, naiveError, seen) = (0.0, 0.0, 0.0)
    for fold in 0..<plan.folds {
      for step in 0..<steps {
        let actual = history[plan.origins[fold] + 1 + step]
        let index = fold * steps + step
        backtest[index] = actual - backtest[index]
        guard !actual.isNaN else { continue }
        error += abs(backtest[index])
        naiveError += abs(actual - table.values[table.offset(naive, row: fold) + step])
        seen += 1
      }
    }
    self.combinedError = error / seen
    self.naiveError = naiveError / seen
    self.errors = backtest
    self.path = path
    self.plan = plan
    self.names = table.names
    self.score = score
    self.errorModel = ErrorModel(
      errors: backtest, plan: plan, season: seasons.short, count: history.count,
      settings: settings)
  }

  /// The forecaster that counts as naive: last season's values, or the last value.
  private static func naiveIndex(_ table: PathTable, _ seasons: Seasons) -> Int {
    table.names.firstIndex(of: "season-\(seasons.short)x1") ?? 0
  }
}
