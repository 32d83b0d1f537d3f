/// Whether a history is a straight line, or a level, plus noise without memory.
///
/// Then nothing beats the line (or the mean), and a bank tested on a few dozen values would only
/// follow its luck. Source: Ljung & Box, "On a measure of lack of fit in time series models",
/// Biometrika 65, 1978; the limit is three standard deviations of the statistic.
enum SteadyLine {
  /// The forecasters that may be favoured.
  static let lineName = "line"
  static let meanName = "mean"
  /// How much more the favoured forecaster counts than its record says.
  static let favour = 1000.0
  /// The fewest values that can show it.
  static let fewest = 12
  /// What is left of a value beyond this many robust standard deviations counts as no more.
  ///
  /// One wild value of 1,440 made up the whole variance, and no memory was seen beside it. Of noise
  /// without memory this touches one value in 16,000.
  private static let clippedAt = 4.0

  /// The forecaster to favour: `line`, `mean`, or none.
  ///
  /// - Parameters:
  ///   - series: the history without gaps.
  ///   - seasons: their lags must be free of memory too.
  /// - Returns: a forecaster's name, or `nil` where the rest has memory.
  static func favourite(_ series: [Double], seasons: Seasons) -> String? {
    let count = series.count
    guard count >= fewest else { return nil }
    let line = RunningSums(series).line(last: count - 1, width: count)
    var squares = 0.0
    var rest = series.indices.map { index in
      let value = series[index] - (line.end - line.slope * Double(count - 1 - index))
      squares += value * value
      return value
    }
    let times = Double(count) * (Double(count) * Double(count) - 1) / 12
    let rise = line.slope * line.slope * times
    // Rounding alone is left of an exact line.
    if squares <= 1e-20 * (rise + squares) { return rise > 0 ? lineName : nil }
    let raw = squares
    squares = clip(&rest)
    // More than half of the values lie on the line: what is left is not noise.
    guard squares > 0 else { return nil }
    var lags = Array(1...min(5, count / 4))
    lags += [seasons.short, seasons.long].filter { $0 > 5 && $0 < count / 2 }
    var statistic = 0.0
    for lag in lags {
      var sum = 0.0
      for index in lag..<count { sum += rest[index] * rest[index - lag] }
      let correlation = sum / squares
      statistic += correlation * correlation / Double(count - lag)
    }
    statistic *= Double(count) * Double(count + 2)
    let degrees = Double(lags.count)
    guard statistic <= degrees + 3 * (2 * degrees).squareRoot() else { return nil }
    // A slope of less than two standard errors is better taken as none.
    let error = raw / Double(count - 2)
    return rise > 4 * error ? lineName : meanName
  }

  /// Brings wild values in; returns the sum of squares about the middle that is left.
  private static func clip(_ rest: inout [Double]) -> Double {
    let middle = Selection.median(rest)
    // 1.4826 median deviations are a standard deviation of the normal distribution.
    let limit = clippedAt * 1.4826 * Selection.median(rest.map { abs($0 - middle) })
    var squares = 0.0
    for index in rest.indices {
      rest[index] = max(-limit, min(limit, rest[index] - middle))
      squares += rest[index] * rest[index]
    }
    return squares
  }
}
