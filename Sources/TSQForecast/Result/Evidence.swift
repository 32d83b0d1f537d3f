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
    evidence.models = records(run, normaliser)
    return evidence
  }

  private static func records(_ run: EngineRun, _ normaliser: Normaliser) -> [ModelRecord] {
    let ranges = (0..<run.plan.forecastSteps).map { run.plan.range(ofStep: $0) }
    var share = [Double](repeating: 0, count: run.shares.count)
    for range in ranges { share[range] += 1 / Double(max(ranges.count, 1)) }
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

  /// The combination's largest members in words.
  static func words(_ run: EngineRun) -> String {
    var parts: [(name: String, weight: Double)] = []
    for index in run.names.indices {
      var sum = 0.0
      for range in run.shares { sum += range[index] / Double(run.shares.count) }
      if sum > 0 { parts.append((run.names[index], sum)) }
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
