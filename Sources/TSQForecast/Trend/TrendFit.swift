internal import TSQCore

/// The least-squares line of merged moments and its interval.
struct TrendFit {
  /// Long stretches of samples, ascending; some may be empty.
  let batches: [Moments]
  /// All of them together.
  let all: Moments
  /// The Theil-Sen slope.
  let robust: TheilSen.Slope?

  /// The line with its interval, or `nil` where it is not determined.
  func estimate(end: Int64) -> TrendEstimate? {
    guard all.count > 1, all.sumSquaresTime > 0 else { return nil }
    let slope = all.sumProducts / all.sumSquaresTime
    let residual = max(all.sumSquaresValue - slope * all.sumProducts, 0)
    let (error, degrees) = slopeError(all, slope: slope, residual: residual)
    let reach = Quantile.studentT(0.5 + Trend.slopeLevel / 2, degrees: degrees) * error
    let perDay = 86_400.0
    let plain = TrendFit.plainError(all, residual: residual)
    let ratio = error > 0 ? (plain / error) * (plain / error) : 1
    let low = (slope - reach) * perDay
    let high = (slope + reach) * perDay
    guard slope.isFinite, low.isFinite, high.isFinite else { return nil }
    let differs = robust.flatMap { robust -> Double? in
      // Outliers widen the line's own interval, so that only the robust one can tell.
      let isOutside = slope < robust.low || slope > robust.high
      let isRounding = abs(robust.median - slope) <= 1e-9 * abs(slope)
      return isOutside && !isRounding ? robust.median * perDay : nil
    }
    let start = Timestamp(nanoseconds: all.origin)
    return TrendEstimate(
      start: start, end: Timestamp(nanoseconds: end), slopePerDay: slope * perDay, slopeLow: low,
      slopeHigh: high, r2: TrendFit.share(all, residual: residual), n: all.count,
      nEffective: min(max(Double(all.count) * ratio, 1), Double(all.count)),
      interceptAtStart: all.meanValue - slope * all.meanTime, robustSlopePerDay: differs)
  }

  private static func share(_ all: Moments, residual: Double) -> Double {
    // A constant's mean may be off in its last digit: what is left then is no variance.
    let rounding = 1e-24 * all.meanValue * all.meanValue * Double(all.count)
    guard all.sumSquaresValue > rounding else { return 1 }
    return min(max(1 - residual / all.sumSquaresValue, 0), 1)
  }

  /// The slope's standard error if samples were independent.
  private static func plainError(_ all: Moments, residual: Double) -> Double {
    let degrees = Double(max(all.count - 2, 1))
    return (residual / degrees / all.sumSquaresTime).squareRoot()
  }

  /// The slope's standard error, per second, and the degrees of freedom of its t distribution.
  private func slopeError(
    _ all: Moments, slope: Double, residual: Double
  ) -> (error: Double, degrees: Double) {
    if all.count == 2 { return (.infinity, 1) }
    let used = batches.filter { $0.count > 0 }
    if all.count >= Trend.fewestForBatches, used.count > Trend.batchCount / 2 {
      return batchError(all, used, slope: slope)
    }
    return lagError(all, slope: slope, residual: residual)
  }

  /// From the batches' scores: each is a stretch's pull on the slope.
  ///
  /// The shares of the squared times give the degrees of freedom (Satterthwaite): the ends of the
  /// history weigh most, so ten batches count like seven.
  private func batchError(
    _ all: Moments, _ used: [Moments], slope: Double
  ) -> (error: Double, degrees: Double) {
    var (scores, shares) = (0.0, 0.0)
    for batch in used {
      let shift = Double(batch.origin &- all.origin) / 1e9
      let dTime = batch.meanTime + shift - all.meanTime
      let dValue = batch.meanValue - all.meanValue
      let count = Double(batch.count)
      let squares = batch.sumSquaresTime + count * dTime * dTime
      let score = batch.sumProducts + count * dTime * dValue - slope * squares
      scores += score * score
      let share = squares / all.sumSquaresTime
      shares += share * share
    }
    // The fitted line follows each batch a little: its residuals are smaller than its errors.
    let variance = scores / max(1 - shares, 0.05)
    return (variance.squareRoot() / all.sumSquaresTime, max(1 / shares - 2, 1))
  }

  /// From the residuals' first autocorrelation, for histories too short to cut.
  private func lagError(
    _ all: Moments, slope: Double, residual: Double
  ) -> (error: Double, degrees: Double) {
    let count = Double(all.count)
    let plain = TrendFit.plainError(all, residual: residual)
    guard residual > 0 else { return (0, max(count - 2, 1)) }
    let lagged =
      all.lagValueValue - slope * all.lagTimeValue + slope * slope * all.lagTimeTime
    // Residuals of a fitted line look less correlated than the errors (Kendall, 1954).
    let raw = lagged / residual
    let correlation = min(max(raw + (1 + 4 * max(raw, 0)) / count, 0), 0.99)
    let factor = (1 + correlation) / (1 - correlation)
    return (plain * factor.squareRoot(), max(count / factor - 2, 1))
  }
}
