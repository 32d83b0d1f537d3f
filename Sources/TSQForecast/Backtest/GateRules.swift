internal import TSQCore

/// When a forecast must say that it does not know.
enum GateRules {
  /// Fewer buckets than this say nothing about any horizon.
  static let fewestBuckets = 12
  /// Share of the history's buckets that must hold a sample.
  static let neededCoverage = 0.5
  /// Windows without common data that the backtest must hold.
  static let neededWindows = 1.0
  /// A naive error below this share of the history's half range is as good as none.
  static let harmlessNaiveError = 1e-3

  /// The gates that fire, most fundamental first.
  static func gates(
    history: TrimmedHistory, run: EngineRun, seasons: Seasons, steps: Int, normaliser: Normaliser
  ) -> [ForecastGate] {
    var gates: [ForecastGate] = []
    let count = history.values.count
    let needed = max(fewestBuckets, steps)
    if count < needed {
      gates.append(
        .tooLittleHistory(
          buckets: count, neededBuckets: needed, stepNanoseconds: history.stepNanoseconds))
    }
    let filled = history.values.reduce(0) { $1.isFinite ? $0 + 1 : $0 }
    if Double(filled) < neededCoverage * Double(count) {
      gates.append(
        .lowCoverage(filledBuckets: filled, totalBuckets: count, neededShare: neededCoverage))
    }
    let windows = independentWindows(run.plan)
    if count >= needed, windows < neededWindows {
      gates.append(
        .lowEffectiveSampleSize(
          independentWindows: windows, needed: neededWindows, readsMore: history.readsMore))
    }
    let limit = staleLimit(history, seasons: seasons, steps: steps)
    if history.missingSteps > limit {
      gates.append(
        .stale(
          ageNanoseconds: history.ageNanoseconds,
          limitNanoseconds: Int64(limit) * history.stepNanoseconds))
    }
    if gates.isEmpty, let gate = skillGate(run, normaliser) { gates.append(gate) }
    return gates
  }

  /// How late data may be: half the horizon, at least three steps, at most one short season.
  private static func staleLimit(_ history: TrimmedHistory, seasons: Seasons, steps: Int) -> Int {
    max(3, min(steps / 2, seasons.short > 0 ? seasons.short : steps / 2))
  }

  /// Horizons' worth of data the backtest was compared with: overlapping windows count once.
  private static func independentWindows(_ plan: BacktestPlan) -> Double {
    guard plan.folds > 0 else { return 0 }
    let reach = plan.origins[plan.folds] - plan.origins[0]
    return Double(reach) / Double(plan.forecastSteps)
  }

  private static func skillGate(_ run: EngineRun, _ normaliser: Normaliser) -> ForecastGate? {
    // Where the naive forecast is exact, a difference is rounding and no lack of skill.
    guard run.combinedError.isFinite, run.naiveError > harmlessNaiveError,
      run.combinedError > run.naiveError
    else { return nil }
    return .noSkill(
      error: normaliser.restoredSize(run.combinedError),
      naiveError: normaliser.restoredSize(run.naiveError))
  }
}
