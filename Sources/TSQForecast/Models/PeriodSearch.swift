/// Looks for a period that the calendar does not name: a job every seven hours, a cycle of ninety
/// seconds, a payroll every two weeks.
///
/// The evidence is a peak of the autocorrelation of what the line and the known season leave over.
/// It must stand out from what noise with the same short memory would show: four of Bartlett's
/// standard errors, at least 0.3, well above the valley before it, and there again two periods on.
/// Source: Bartlett, "On the theoretical specification and sampling properties of autocorrelated
/// time-series", JRSS Supplement 8, 1946.
enum PeriodSearch {
  /// Periods a history must hold.
  static let fewestPeriods = 4
  /// The longest period looked for where the calendar gives a season, in steps.
  static let longestBesideSeason = 64
  /// The longest one without a season.
  static let longestAlone = 400
  /// The newest values looked at where the calendar gives a season; bounds the time.
  static let valuesBesideSeason = 1000
  /// The least autocorrelation, and the least rise above the valley before it.
  static let leastPeak = 0.3
  /// How many standard errors a peak must reach.
  static let standardErrors = 4.0

  /// The shortest period with evidence.
  ///
  /// - Parameters:
  ///   - series: the history without gaps.
  ///   - seasons: those the calendar gives; what the day or a part of it explains is not found again.
  /// - Returns: steps, or `nil` where nothing stands out.
  /// - Complexity: O(values · longest period).
  static func period(_ series: [Double], beside seasons: Seasons) -> Int? {
    let known = seasons.short
    let values = known > 0 ? Array(series.suffix(valuesBesideSeason)) : series
    let count = values.count
    let longest = min(count / fewestPeriods, known > 0 ? longestBesideSeason : longestAlone)
    guard longest >= 2 else { return nil }
    let rest = residual(values, season: known)
    let correlations = autocorrelations(rest, through: 2 * longest)
    guard correlations.count > 2 * longest else { return nil }
    let limit = max(leastPeak, standardErrors * standardError(correlations, count: count))
    var peaks: [Int] = []
    var valley = 1.0
    for lag in 1...longest {
      let here = correlations[lag]
      valley = min(valley, here)
      guard lag > 1, here >= limit, here - valley >= leastPeak, here >= correlations[lag - 1],
        here >= correlations[lag + 1]
      else { continue }
      if highest(correlations, near: 2 * lag) >= here / 2 { peaks.append(lag) }
    }
    // Multiples of a period peak too, a little higher where it is no whole number of steps.
    let best = peaks.reduce(0) { max($0, correlations[$1]) }
    let first = peaks.first { correlations[$0] >= 0.85 * best }
    guard let first else { return nil }
    // A step beside the day is the day's own peak, blurred.
    let isKnown = abs(first - known) <= 1
    let isPart = known > 0 && known % first == 0
    return isKnown || isPart ? nil : first
  }

  /// The largest autocorrelation within a step of a lag.
  private static func highest(_ correlations: [Double], near lag: Int) -> Double {
    correlations[(lag - 1)...min(lag + 1, correlations.count - 1)].max() ?? 0
  }

  /// What the least-squares line and the means of a season's places leave over.
  private static func residual(_ values: [Double], season: Int) -> [Double] {
    let count = values.count
    let line = RunningSums(values).line(last: count - 1, width: count)
    var rest = values.indices.map { index in
      values[index] - (line.end - line.slope * Double(count - 1 - index))
    }
    guard season > 0, count >= 2 * season else { return rest }
    for place in 0..<season {
      var (sum, seen) = (0.0, 0.0)
      for index in stride(from: place, to: count, by: season) {
        sum += rest[index]
        seen += 1
      }
      for index in stride(from: place, to: count, by: season) { rest[index] -= sum / seen }
    }
    return rest
  }

  /// Autocorrelations by lag, from 0 on; none where the values do not vary.
  private static func autocorrelations(_ values: [Double], through longest: Int) -> [Double] {
    let count = values.count
    var size = 0.0
    for value in values { size += value * value }
    // Below this only rounding is left over.
    guard size > 1e-18 * Double(count) else { return [] }
    let all = values.span
    return (0...min(longest, count - 1)).map { lag in
      var lanes = SIMD4<Double>()
      var index = 0
      while index + lag + 4 <= count {
        let early = SIMD4(all[index], all[index + 1], all[index + 2], all[index + 3])
        let later = index + lag
        lanes += early * SIMD4(all[later], all[later + 1], all[later + 2], all[later + 3])
        index += 4
      }
      var sum = lanes.sum()
      while index + lag < count {
        sum += all[index] * all[index + lag]
        index += 1
      }
      return sum / size * (Double(count) / Double(count - lag))
    }
  }

  /// Bartlett's standard error of a far autocorrelation, given the memory up to the first lag without.
  private static func standardError(_ correlations: [Double], count: Int) -> Double {
    var sum = 1.0
    for value in correlations.dropFirst() {
      guard value > 0 else { break }
      sum += 2 * value * value
    }
    return (sum / Double(count)).squareRoot()
  }
}
