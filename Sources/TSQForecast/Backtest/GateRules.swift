internal import TSQCore

/// When a forecast must say that it does not know.
enum GateRules {
  /// Fewer buckets than this say nothing about any horizon.
  static let fewestBuckets = 12
  /// Share of the history's buckets that must hold a sample.
  static let neededCoverage = 0.5
  /// Windows without common data that the backtest must hold.
  static let neededWindows = 2.0
  /// A naive error below this share of the history's own spread is good enough to show.
  static let harmlessNaiveShare = 0.25

  /// The gates that fire, most fundamental first.
  static func gates(
    history: TrimmedHistory, run: EngineRun, seasons: Seasons, steps: Int
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
    let limit = staleLimit(history, seasons: seasons, steps: steps)
    if history.missingSteps > limit {
      gates.append(
        .stale(
          ageNanoseconds: Int64(history.missingSteps) * history.stepNanoseconds,
          limitNanoseconds: Int64(limit) * history.stepNanoseconds))
    }
    if gates.isEmpty, let gate = skillGate(run) { gates.append(gate) }
    return gates
  }

  /// How late data may be: half the horizon, at least three steps, at most one short season.
  private static func staleLimit(_ history: TrimmedHistory, seasons: Seasons, steps: Int) -> Int {
    max(3, min(steps / 2, seasons.short > 0 ? seasons.short : steps / 2))
  }

  private static func skillGate(_ run: EngineRun) -> ForecastGate? {
    guard run.combinedError.isFinite, run.combinedError > run.naiveError else { return nil }
    return .noSkill(error: run.combinedError, naiveError: run.naiveError)
  }
}
