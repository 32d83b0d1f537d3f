internal import TSQCore

/// Crossing chances over a long horizon, whose beginning is judged at finer steps.
///
/// A long step's mean hides what a shorter one sees pass a limit for an hour, so that the chance told for a
/// month would be smaller than that for a week. So the first stretch is judged at the samples' own pace, each
/// one behind it at a step some times as long, and the rest at the forecast's own: a crossing is none before a
/// stretch and one in it, whose chance is the stretch's own forecast's.
struct StagedCrossings {
  /// How many times as long the step of each stretch is, at least, as that of the one before.
  private static let coarsening: Int64 = 3

  /// One stretch's forecast; each begins at the origin, and counts from where the one before ends.
  private let stages: [Forecast]

  /// Forecasts the stretches before the last.
  ///
  /// - Parameters:
  ///   - samples: as given.
  ///   - request: without a step.
  ///   - stepNanoseconds: the step that was chosen for all of the horizon.
  ///   - forecast: makes one.
  /// - Complexity: one forecast for each three times that the step is longer than the samples' pace.
  init(
    _ samples: SampleColumns, _ request: ForecastRequest, stepNanoseconds: Int64,
    _ forecast: (ForecastRequest) -> Forecast
  ) {
    var stages: [Forecast] = []
    for step in StepChoice.finerSteps(
      samples, through: request.origin, than: stepNanoseconds, coarsening: Self.coarsening)
    {
      var asked = request
      asked.stepNanoseconds = step
      asked.horizonNanoseconds = step * StepChoice.horizonPoints
      guard asked.horizonNanoseconds < request.horizonNanoseconds else { break }
      let stage = forecast(asked)
      // What a gate withholds has no chance to be told either; the next step may be trusted.
      if stage.verdict.isTrusted { stages.append(stage) }
    }
    self.stages = stages
  }

  /// Stretches that are forecast already.
  init(stages: [Forecast]) { self.stages = stages }

  /// Puts the stretches' chances into a forecast of the whole horizon.
  func put(into forecast: inout Forecast) {
    guard !stages.isEmpty else { return }
    for (index, crossing) in forecast.crossings.enumerated() {
      let times = forecast.points.map(\.time)
      forecast.crossings[index] = CrossingForecast(
        threshold: crossing.threshold,
        probabilityByStep: times.map { chance(index, by: $0, forecast) }, times: times,
        alreadyCrossed: crossing.alreadyCrossed, countsReaching: crossing.countsReaching)
    }
  }

  /// The chance that a threshold was passed by an instant.
  private func chance(_ index: Int, by time: Timestamp, _ last: Forecast) -> Double {
    var (survival, from) = (1.0, last.origin)
    for stage in stages + [last] {
      let end = min(time, stage.points.last?.time ?? time)
      if end > from {
        let (before, after) = (Self.told(stage, index, from), Self.told(stage, index, end))
        survival *= before < 1 ? (1 - after) / (1 - before) : 0
        from = end
      }
    }
    return min(max(1 - survival, 0), 1)
  }

  /// What a stretch's own forecast says has happened by an instant.
  private static func told(_ stage: Forecast, _ index: Int, _ time: Timestamp) -> Double {
    let chances = stage.crossings[index].probabilityByStep
    let steps = Int(time.nanoseconds(since: stage.origin) / stage.stepNanoseconds)
    return steps < 1 || chances.isEmpty ? 0 : chances[min(steps, chances.count) - 1]
  }
}
