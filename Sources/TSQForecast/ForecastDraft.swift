internal import TSQCore

/// Turns a run of the engine into what callers see: units, bounds, gates, crossings and words.
struct ForecastDraft {
  let history: TrimmedHistory
  let request: ForecastRequest
  let steps: Int

  /// The instants of the points.
  private var times: [Timestamp] {
    (0..<steps).map {
      request.origin.adding(nanoseconds: Int64($0 + 1) * history.stepNanoseconds)
    }
  }

  private func forecast(
    points: [ForecastPoint], verdict: ForecastVerdict, crossings: [CrossingForecast], model: String
  ) -> Forecast {
    Forecast(
      origin: request.origin, stepNanoseconds: history.stepNanoseconds, points: points,
      verdict: verdict, crossings: crossings, skill: nil, intervalCoverage: [], model: model,
      seasons: [], evidence: ForecastEvidence())
  }

  /// The answer where there is nothing to forecast from.
  func withoutData() -> Forecast {
    forecast(
      points: [], verdict: .unknown([.noData]),
      crossings: request.thresholds.map {
        CrossingForecast(
          threshold: $0, probabilityByStep: [], times: [], alreadyCrossed: false)
      }, model: "none")
  }

  /// The answer for one or two values, or without a step to forecast: the last one goes on, with an
  /// interval only where two values tell how far the next may lie.
  func naiveOnly(normaliser: Normaliser, normal: [Double]) -> Forecast {
    let last = history.values.last ?? 0
    let mean = request.bounds.clip(last)
    let offsets = offsets(of: nil, normal: normal, steps: steps)
    let points = times.enumerated().map { step, time in
      ForecastPoint(
        time: time, mean: mean,
        intervals: offsets.map { level, low, high in
          let ends = [low[step], high[step]].map {
            request.bounds.clip(normaliser.restored(normaliser.normalised(last) + $0))
          }
          return PredictionInterval(level: level, low: min(ends[0], mean), high: max(ends[1], mean))
        })
    }
    let few = FewValues(normal)
    let crossings = request.thresholds.map { threshold in
      let reachable = request.bounds.reachable(threshold)
      let crossed: Double = reachable.isCrossed(by: mean) ? 1 : 0
      let walk = isExcluded(threshold) ? nil : few
      let chances = walk.flatMap { passing(threshold, $0, from: last, normaliser, steps: steps) }
      return CrossingForecast(
        threshold: threshold, probabilityByStep: chances ?? times.map { _ in crossed },
        times: times, alreadyCrossed: reachable.isCrossed(by: last),
        countsReaching: request.bounds.isEnd(threshold))
    }
    let gate =
      steps == 0
      ? ForecastGate.horizonTooShort(
        horizonNanoseconds: request.horizonNanoseconds, stepNanoseconds: history.stepNanoseconds)
      : .tooLittleHistory(
        buckets: normal.count, neededBuckets: GateRules.fewestBuckets,
        stepNanoseconds: history.stepNanoseconds)
    return forecast(
      points: points, verdict: .unknown([gate]), crossings: crossings, model: "last value")
  }

  /// The chance that a walk from the newest value passes a threshold; `nil` where no size is known.
  private func passing(
    _ threshold: Threshold, _ few: FewValues, from last: Double, _ normaliser: Normaliser,
    steps: Int
  ) -> [Double]? {
    guard few.tellsSize else { return nil }
    let ahead = normaliser.normalised(threshold.limit) - normaliser.normalised(last)
    return few.passing(distance: threshold.direction == .above ? ahead : -ahead, steps: steps)
  }

  /// How far the ends of each level's interval lie from the forecast, step by step.
  ///
  /// A handful of values widens what their errors show, and where they are all equal there is no
  /// interval: nothing says how far the next may lie.
  private func offsets(
    of errors: ErrorModel?, jump: JumpReturn? = nil, normal: [Double], steps: Int
  ) -> [(level: Double, low: [Double], high: [Double])] {
    let few = FewValues(normal)
    if let few, !few.tellsSize { return [] }
    let none = [Double](repeating: 0, count: steps)
    let measured =
      errors?.offsets(levels: request.levels, jump: jump)
      ?? request.levels.map { _ in (none, none) }
    return zip(request.levels, measured).map { level, ends in
      guard let reach = few?.reach(level: level, steps: steps) else {
        return (level, ends.0, ends.1)
      }
      return (
        level, zip(ends.0, reach).map { min($0, -$1) }, zip(ends.1, reach).map { max($0, $1) }
      )
    }
  }

  /// The answer of a full run.
  mutating func finished(
    _ given: EngineRun, seasons: Seasons, normaliser: Normaliser, normal: [Double]
  ) -> Forecast {
    let gates = GateRules.gates(
      history: history, run: given, seasons: seasons, steps: steps, normaliser: normaliser)
    let monotone = Monotone(history.values)
    let useNaive = !gates.isEmpty && given.settings.gated
    let run = useNaive ? given.naive() : given
    let whole = run.path
    let central = Array(whole.suffix(steps))
    let offsets = offsets(
      of: run.errorModel, jump: run.jumpReturn, normal: normal, steps: whole.count)
    let skipped = history.missingSteps
    var bounded = false
    var means: [Double] = []
    var points: [ForecastPoint] = []
    points.reserveCapacity(steps)
    let times = times
    var low = [Double](repeating: monotone.falls ? .infinity : -.infinity, count: offsets.count)
    var high = low
    var floor = monotone.start(history.values)
    for step in 0..<steps {
      let raw = normaliser.restored(central[step])
      let mean = monotone.held(request.bounds.clip(raw), &floor)
      if mean != raw { bounded = true }
      var intervals: [PredictionInterval] = []
      intervals.reserveCapacity(offsets.count)
      for (index, (level, lows, highs)) in offsets.enumerated() {
        let below = normaliser.restored(central[step] + lows[skipped + step])
        let above = normaliser.restored(central[step] + highs[skipped + step])
        let bottom = monotone.held(request.bounds.clip(below), &low[index], floor: history.values)
        let top = monotone.held(request.bounds.clip(above), &high[index], floor: history.values)
        intervals.append(
          PredictionInterval(level: level, low: min(bottom, mean), high: max(top, mean)))
      }
      means.append(mean)
      points.append(ForecastPoint(time: times[step], mean: mean, intervals: intervals))
    }
    var evidence = Evidence.make(run, history: history, normaliser: normaliser)
    evidence.isMonotone = monotone.rises || monotone.falls
    evidence.boundsApplied = bounded
    return Forecast(
      origin: request.origin, stepNanoseconds: history.stepNanoseconds, points: points,
      verdict: gates.isEmpty ? .trusted : .unknown(gates),
      crossings: crossings(
        run, normal: normal, normaliser: normaliser, times: times,
        isCurrent: !gates.contains(where: \.isStale)),
      skill: Evidence.skill(error: run.combinedError, naive: run.naiveError),
      intervalCoverage: zip(request.levels, run.errorModel.coverage(levels: request.levels)).map {
        MeasuredCoverage(level: $0, coverage: $1)
      }, model: useNaive ? Evidence.naiveWords(seasons) : Evidence.words(run),
      seasons: seasons.lengths(stepNanoseconds: history.stepNanoseconds), evidence: evidence)
  }

  private func crossings(
    _ run: EngineRun, normal: [Double], normaliser: Normaliser, times: [Timestamp],
    isCurrent: Bool
  ) -> [CrossingForecast] {
    let few = FewValues(normal)
    let last = history.values.last ?? .nan
    return request.thresholds.map { threshold in
      let reachable = request.bounds.reachable(threshold)
      var probabilities = [Double](repeating: 0, count: steps)
      if !isExcluded(threshold) {
        // The normaliser rounds: what is reached has to be seen behind it too.
        let level = Threshold(
          limit: normaliser.normalised(threshold.limit), direction: threshold.direction)
        let asked = request.bounds.isEnd(threshold) ? level.reached : level
        var all = ErrorPaths.crossing(forecast: run.path, run: run, threshold: asked)
        if let few, let walk = passing(threshold, few, from: last, normaliser, steps: all.count) {
          all = zip(all, walk).map(max)
        }
        probabilities = Array(all.suffix(steps))
      }
      return CrossingForecast(
        threshold: threshold, probabilityByStep: probabilities, times: times,
        alreadyCrossed: isCurrent && reachable.isCrossed(by: last),
        countsReaching: request.bounds.isEnd(threshold))
    }
  }

  /// Whether a threshold lies beyond the declared bounds, and the history does not say that they are wrong.
  private func isExcluded(_ threshold: Threshold) -> Bool {
    request.bounds.excludes(threshold) && !history.values.contains(where: threshold.isCrossed)
  }
}
