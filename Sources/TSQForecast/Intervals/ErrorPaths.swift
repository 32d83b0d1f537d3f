/// Whole paths the future may take: the forecast plus each fold's own errors.
///
/// An error path keeps the errors' correlation in time, without which the probability of crossing a
/// level at any step of a window would come out far too high.
struct ErrorPaths {
  /// Cumulative probability that a path has passed a threshold, per step.
  ///
  /// - Parameters:
  ///   - forecast: the central path.
  ///   - model: the backtest's errors.
  ///   - plan: the folds they come from.
  ///   - threshold: in the same unit as the path.
  static func crossing(
    forecast: [Double], model: ErrorModel, plan: BacktestPlan, threshold: Threshold
  ) -> [Double] {
    let steps = plan.backtestSteps
    var hits = [Double](repeating: 0, count: forecast.count)
    guard plan.folds > 0 else {
      var crossed = false
      return forecast.map { value in
        crossed = crossed || threshold.isCrossed(by: value)
        return crossed ? 1 : 0
      }
    }
    for fold in 0..<plan.folds {
      for step in forecast.indices {
        let error = model.scaledErrors[fold * steps + step % steps]
        let growth = max(1, Double(step + 1) / Double(steps)).squareRoot()
        let lift = error.isNaN ? 0 : error * model.stepScale[step] * growth
        if threshold.isCrossed(by: forecast[step] + lift) {
          hits[step] += 1
          break
        }
      }
    }
    var sum = 0.0
    return hits.map { hit in
      sum += hit
      return sum / Double(plan.folds)
    }
  }
}
