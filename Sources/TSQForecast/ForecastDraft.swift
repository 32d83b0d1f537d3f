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

  /// The answer for one or two values: the last one goes on, within what was seen.
  func naiveOnly(normaliser: Normaliser, normal: [Double]) -> Forecast {
    let last = history.values.last ?? 0
    let finite = history.values.filter(\.isFinite)
    let spread = (finite.max() ?? last) / 2 - (finite.min() ?? last) / 2
    let limit = Double.greatestFiniteMagnitude
    let mean = request.bounds.clip(last)
    let points = times.map { time in
      ForecastPoint(
        time: time, mean: mean,
        intervals: request.levels.map { level in
          let low = max(last - 2 * spread, -limit)
          let high = min(last + 2 * spread, limit)
          return PredictionInterval(
            level: level, low: min(request.bounds.clip(low), mean),
            high: max(request.bounds.clip(high), mean))
        })
    }
    let crossings = request.thresholds.map { threshold in
      let crossed = threshold.isCrossed(by: mean)
      return CrossingForecast(
        threshold: threshold, probabilityByStep: times.map { _ in crossed ? 1 : 0 }, times: times,
        alreadyCrossed: threshold.isCrossed(by: last))
    }
    let gate = ForecastGate.tooLittleHistory(
      buckets: normal.count, neededBuckets: GateRules.fewestBuckets,
      stepNanoseconds: history.stepNanoseconds)
    return forecast(
      points: points, verdict: .unknown([gate]), crossings: crossings, model: "last value")
  }

  /// The answer of a full run.
  mutating func finished(
    _ run: EngineRun, seasons: Seasons, normaliser: Normaliser, normal: [Double]
  ) -> Forecast {
    let gates = GateRules.gates(history: history, run: run, seasons: seasons, steps: steps)
    let monotone = Monotone(history.values)
    let useNaive = !gates.isEmpty && run.settings.gated
    let whole = useNaive ? run.naivePath : run.path
    let central = Array(whole.suffix(steps))
    let offsets = run.errorModel.offsets(levels: request.levels)
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
      for (index, level) in request.levels.enumerated() {
        let below = normaliser.restored(central[step] + offsets[index].low[skipped + step])
        let above = normaliser.restored(central[step] + offsets[index].high[skipped + step])
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
      crossings: crossings(run, whole: whole, normaliser: normaliser, times: times),
      skill: Evidence.skill(error: run.combinedError, naive: run.naiveError),
      intervalCoverage: zip(request.levels, run.errorModel.coverage(levels: request.levels)).map {
        MeasuredCoverage(level: $0, coverage: $1)
      }, model: useNaive ? Evidence.naiveWords(seasons) : Evidence.words(run),
      seasons: seasons.lengths(stepNanoseconds: history.stepNanoseconds), evidence: evidence)
  }

  private func crossings(
    _ run: EngineRun, whole: [Double], normaliser: Normaliser, times: [Timestamp]
  ) -> [CrossingForecast] {
    request.thresholds.map { threshold in
      let level = Threshold(
        limit: normaliser.normalised(threshold.limit), direction: threshold.direction)
      let all = ErrorPaths.crossing(forecast: whole, run: run, threshold: level)
      let probabilities = Array(all.suffix(steps))
      return CrossingForecast(
        threshold: threshold, probabilityByStep: probabilities, times: times,
        alreadyCrossed: threshold.isCrossed(by: history.values.last ?? .nan))
    }
  }
}
