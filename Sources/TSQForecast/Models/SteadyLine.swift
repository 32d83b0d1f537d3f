/// Whether a history is a straight line, or a level, plus noise without memory.
///
/// Then nothing beats the line (or the mean), and a bank tested on a few dozen values would only
/// follow its luck. Source: Ljung & Box, "On a measure of lack of fit in time series models",
/// Biometrika 65, 1978; the limit is three standard deviations of the statistic.
enum SteadyLine {
  /// How much more the favoured forecaster counts than its record says.
  static let favour = 1000.0
  /// The fewest values that can show it.
  static let fewest = 12

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
    let rest = series.indices.map { index in
      let value = series[index] - (line.end - line.slope * Double(count - 1 - index))
      squares += value * value
      return value
    }
    let times = Double(count) * (Double(count) * Double(count) - 1) / 12
    let rise = line.slope * line.slope * times
    // Rounding alone is left of an exact line.
    if squares <= 1e-20 * (rise + squares) { return rise > 0 ? "line" : nil }
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
    let error = squares / Double(count - 2)
    return rise > 4 * error ? "line" : "mean"
  }
}
