/// Whole paths the future may take: the forecast plus each fold's own errors.
///
/// An error path keeps the errors' correlation in time, without which the probability of crossing a
/// level at any step of a window would come out far too high.
enum ErrorPaths {
  /// How much less a path counts per stride of its fold's age.
  static let decay = 0.95

  /// Cumulative probability that a path has passed a threshold, per step.
  ///
  /// - Parameters:
  ///   - forecast: the central path, as long as the plan's forecast.
  ///   - model: the backtest's errors.
  ///   - plan: the folds they come from; only those with a whole horizon after them are used.
  ///   - threshold: in the same unit as the path.
  /// - Returns: one probability per step, never falling.
  static func crossing(
    forecast: [Double], model: ErrorModel, plan: BacktestPlan, threshold: Threshold
  ) -> [Double] {
    guard plan.fullFolds > 0 else {
      var crossed = false
      return forecast.map { value in
        crossed = crossed || threshold.isCrossed(by: value)
        return crossed ? 1 : 0
      }
    }
    let steps = plan.backtestSteps
    var hits = [Double](repeating: 0, count: forecast.count)
    var total = 0.0
    for fold in 0..<plan.fullFolds {
      var weight = 1.0
      for _ in 0..<plan.ages[fold] { weight *= decay }
      total += weight
      let row = plan.rowStarts[fold]
      var place = 0
      for step in forecast.indices {
        let error = model.scaledErrors[row + place]
        place = place + 1 == steps ? 0 : place + 1
        // Past the tested distance a path's errors come again, larger as a random walk's.
        let growth = step < steps ? 1 : (Double(step + 1) / Double(steps)).squareRoot()
        let lift = error.isNaN ? 0 : error * model.stepScale[step] * growth
        if threshold.isCrossed(by: forecast[step] + lift) {
          hits[step] += weight
          break
        }
      }
    }
    var sum = 0.0
    return hits.map { hit in
      sum += hit
      return min(sum / total, 1)
    }
  }
}
