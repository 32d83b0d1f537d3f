/// Puts a run into the words and numbers that `--explain` prints.
enum Evidence {
  /// 1 - error / naive error; `nil` where there is no naive error to compare with.
  static func skill(error: Double, naive: Double) -> Double? {
    guard error.isFinite, naive.isFinite, naive > 0 else { return nil }
    return 1 - error / naive
  }

  /// The evidence of a run, errors in the series' unit.
  static func make(
    _ run: EngineRun, history: TrimmedHistory, normaliser: Normaliser
  ) -> ForecastEvidence {
    var evidence = ForecastEvidence()
    evidence.historyBuckets = history.values.count
    evidence.filledBuckets = history.values.reduce(0) { $1.isFinite ? $0 : $0 + 1 }
    evidence.clippedValues = run.heldBack
    evidence.absurdValues = history.absurdValues
    evidence.folds = run.plan.folds
    evidence.backtestSteps = run.plan.backtestSteps
    evidence.rangeEnds = run.plan.rangeEnds
    if run.combinedError.isFinite {
      evidence.combinedError = normaliser.restoredSize(run.combinedError)
      evidence.naiveError = normaliser.restoredSize(run.naiveError)
    }
    evidence.levelShift = run.shift.map {
      LevelShift(
        bucketsAgo: $0.length, size: ($0.size < 0 ? -1 : 1) * normaliser.restoredSize(abs($0.size)))
    }
    evidence.monthDays = run.monthDays?.places ?? []
    evidence.models = records(run, normaliser)
    return evidence
  }

  private static func records(_ run: EngineRun, _ normaliser: Normaliser) -> [ModelRecord] {
    let share = stepShares(run.plan)
    let records = run.names.indices.map { index in
      let weights = run.shares.map { $0[index] }
      return ModelRecord(
        name: run.names[index], error: normaliser.restoredSize(run.score.errors[index]),
        skill: skill(error: run.score.errors[index], naive: run.naiveError),
        weight: zip(weights, share).reduce(0) { $0 + $1.0 * $1.1 },
        errorByRange: run.score.rangeErrors[index].map(normaliser.restoredSize),
        weightByRange: weights)
    }
    // The name breaks ties, so that the order is the same everywhere.
    return records.sorted { ($0.error, $0.name) < ($1.error, $1.name) }
  }

  /// The share of the forecast's steps that lie in each horizon range.
  private static func stepShares(_ plan: BacktestPlan) -> [Double] {
    let edges = plan.edges(within: plan.forecastSteps)
    return zip(edges, edges.dropFirst()).map {
      Double($1 - $0) / Double(max(plan.forecastSteps, 1))
    }
  }

  /// The combination's largest members in words; a weight is the mean over the forecast's steps.
  static func words(_ run: EngineRun) -> String {
    let share = stepShares(run.plan)
    var parts: [(name: String, weight: Double)] = []
    for index in run.names.indices {
      let weight = zip(run.shares, share).reduce(0) { $0 + $1.0[index] * $1.1 }
      if weight > 0 { parts.append((run.names[index], weight)) }
    }
    parts.sort { ($0.weight, $1.name) > ($1.weight, $0.name) }
    let shown = parts.prefix(4).map { "\($0.name) \(NumberWords.percent($0.weight))" }
    let rest = parts.count - shown.count
    let more = rest > 0 ? " and \(rest) more" : ""
    return "weighted median of " + shown.joined(separator: ", ") + more
  }

  /// The naive method in words.
  static func naiveWords(_ seasons: Seasons) -> String {
    seasons.short > 0 ? "seasonal naive (\(seasons.short) steps)" : "last value"
  }
}
