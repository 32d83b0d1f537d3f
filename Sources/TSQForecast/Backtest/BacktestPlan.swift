/// From which past instants the bank is tested, how far, and which steps share weights.
struct BacktestPlan {
  /// Indices of the last value each path may know, ascending; the last one is the forecast's own.
  let origins: [Int]
  /// Steps forecast from each past origin.
  let backtestSteps: Int
  /// Steps forecast from the newest value.
  let forecastSteps: Int
  /// Number of steps after which each horizon range ends, exclusive, ascending; the last is open.
  let rangeEnds: [Int]
  /// Weight of each fold, newest 1.
  let foldWeights: [Double]

  /// Past origins, the forecast's own not counted.
  var folds: Int { origins.count - 1 }
  /// The horizon range each step belongs to.
  func range(ofStep step: Int) -> Int {
    var range = 0
    while range < rangeEnds.count, step >= rangeEnds[range] { range += 1 }
    return range
  }
  /// Steps of a path from the given origin.
  func steps(ofRow row: Int) -> Int { row < folds ? backtestSteps : forecastSteps }

  /// The plan for a history of a given length.
  ///
  /// Origins lie a stride apart that is coprime to the day where possible (just over seven of 24
  /// hours), so that few folds see many hours of the day.
  init(count: Int, season: Int, horizon: Int, settings: EngineSettings) {
    let base = season > 0 ? season : 4
    let room = max(1, (count - 2 * base) / 2)
    let steps = max(1, min(horizon, max(min(horizon, base), room)))
    let earliest = max(2 * base, min(count / 3, 4 * base))
    let available = count - 1 - steps - earliest
    let wanted = max(1, min(settings.folds, available + 1))
    var stride = 1
    if available > 0 {
      let widest = season > 0 ? season * 7 / 24 + 1 : 4
      stride = max(1, min(available / max(wanted - 1, 1), widest))
    }
    var past: [Int] = []
    for fold in 0..<wanted {
      let origin = count - 1 - steps - stride * fold
      if origin >= earliest { past.append(origin) }
    }
    if past.isEmpty, count - 1 - steps >= 0 { past.append(count - 1 - steps) }
    past.reverse()
    self.origins = past + [count - 1]
    self.backtestSteps = steps
    self.forecastSteps = horizon
    let length = season > 0 ? season : 13
    var ends: [Int] = []
    for end in [max(1, length / 8), max(2, length / 2), length, 3 * length]
    where end > (ends.last ?? 0) { ends.append(end) }
    self.rangeEnds = ends
    var weights = [Double](repeating: 1, count: past.count)
    for fold in past.indices.dropLast().reversed() {
      weights[fold] = weights[fold + 1] * settings.foldDecay
    }
    self.foldWeights = weights
  }
}
