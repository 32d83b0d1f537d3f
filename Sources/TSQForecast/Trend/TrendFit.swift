internal import TSQCore

/// The least-squares line of merged moments and its interval.
struct TrendFit {
  /// Short stretches of samples, ascending, none empty.
  let cells: [Moments]
  /// All of them together.
  let all: Moments
  /// The Theil-Sen slope.
  let robust: TheilSen.Slope?

  /// The line with its interval.
  ///
  /// - Throws: `TrendGap` where the line is not determined.
  func estimate(end: Int64) throws(TrendGap) -> TrendEstimate {
    guard all.count > 1, all.sumSquaresTime > 0 else { throw .fewerThanTwoTimes }
    guard all.count > 2 else { throw .twoSamples }
    let slope = all.sumProducts / all.sumSquaresTime
    let residual = max(all.sumSquaresValue - slope * all.sumProducts, 0)
    var uncertainty = SlopeUncertainty(cells: cells, all: all, slope: slope, residual: residual)
    let found = uncertainty.answer()
    let quantile = Quantile.studentT(0.5 + Trend.slopeLevel / 2, degrees: found.degrees)
    let reach = quantile * found.error
    // About the slope beside the cycles, and the plain slope inside it always.
    let (down, up) = (max(reach - found.shift, 0), max(reach + found.shift, 0))
    let perDay = 86_400.0
    let error = (down + up) / 2 / quantile
    let plain = TrendFit.plainError(all, residual: residual)
    let ratio = error > 0 ? (plain / error) * (plain / error) : 1
    let low = (slope - down) * perDay
    let high = (slope + up) * perDay
    guard slope.isFinite, low.isFinite, high.isFinite else { throw .outOfRange }
    // What the values' own spread comes to as a slope: beside it a difference may be rounding.
    let spread = (all.sumSquaresValue / all.sumSquaresTime).squareRoot()
    let differs = robust.flatMap { robust -> Double? in
      // Outliers widen the line's own interval, so that only the robust one can tell.
      let isOutside = slope < robust.low || slope > robust.high
      let isRounding = abs(robust.median - slope) <= 1e-9 * (abs(slope) + spread)
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

  /// The slope's standard error per second if samples were independent.
  static func plainError(_ all: Moments, residual: Double) -> Double {
    let degrees = Double(max(all.count - 2, 1))
    return (residual / degrees / all.sumSquaresTime).squareRoot()
  }
}
