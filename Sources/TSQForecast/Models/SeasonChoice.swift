extension Seasons {
  private static let day: Int64 = 86_400_000_000_000
  private static let week: Int64 = 7 * day

  /// The calendar's seasons for a step, as far as a history of `count` buckets can carry them.
  ///
  /// Steps of a week or more have the year; days have the week and, from two years on, the year;
  /// finer steps have the day and the week.
  static func calendar(stepNanoseconds: Int64, count: Int) -> Seasons {
    var seasons = Seasons()
    if stepNanoseconds >= week {
      seasons.long = count >= 110 ? Int((365 * day + stepNanoseconds / 2) / stepNanoseconds) : 0
      if seasons.long < 4 { seasons.long = 0 }
      return seasons
    }
    if stepNanoseconds >= day {
      seasons.short = stepNanoseconds == day ? 7 : 0
      seasons.long = count >= 731 ? Int(365 * day / stepNanoseconds) : 0
    } else {
      let steps = Int((day + stepNanoseconds / 2) / stepNanoseconds)
      seasons = Seasons(short: steps, long: 7 * steps)
    }
    if seasons.short > 0, count < 2 * seasons.short + 4 { seasons = Seasons() }
    if seasons.short > 0, count < seasons.long + 2 * seasons.short { seasons.long = 0 }
    return seasons
  }

  /// The lengths in nanoseconds, shorter first.
  func lengths(stepNanoseconds: Int64) -> [Int64] {
    [short, long, other].filter { $0 > 0 }.sorted().map { Int64($0) * stepNanoseconds }
  }

  /// The seasons a history is forecast with: the calendar's as far as it shows them, and one more
  /// where the data show it.
  ///
  /// - Parameters:
  ///   - values: the history; gaps are NaN.
  ///   - stepNanoseconds: the length of a bucket.
  /// - Returns: none where neither the calendar nor the data have one.
  static func chosen(for values: [Double], stepNanoseconds: Int64) -> Seasons {
    let calendar = calendar(stepNanoseconds: stepNanoseconds, count: values.count)
    let filled = GapFilling.filled(values, season: max(calendar.short, 1))
    var seasons = calendar.supported(by: filled)
    guard let period = PeriodSearch.period(filled, beside: seasons) else { return seasons }
    if seasons.short > 0 {
      seasons.other = period
    } else {
      seasons = Seasons(short: period)
    }
    return seasons
  }

  /// Seasons a history must be long for the backtest alone to judge them.
  private static let judgedSeasons = 8

  /// The same seasons, or none where a short history shows no sign of them.
  ///
  /// With a few seasons of data dozens of seasonal forecasters would only learn noise. The sign is
  /// an F test of the places' means about the least-squares line, at about three standard
  /// deviations of F.
  ///
  /// - Parameter series: the history without gaps.
  /// - Returns: these seasons, or none.
  func supported(by series: [Double]) -> Seasons {
    let count = series.count
    guard short > 1, count < Seasons.judgedSeasons * short else { return self }
    let line = RunningSums(series).line(last: count - 1, width: count)
    var sums = [Double](repeating: 0, count: short)
    var counts = sums
    var squares = 0.0
    for index in series.indices {
      let rest = series[index] - (line.end - line.slope * Double(count - 1 - index))
      sums[index % short] += rest
      counts[index % short] += 1
      squares += rest * rest
    }
    var between = 0.0
    for place in 0..<short where counts[place] > 0 {
      between += sums[place] * sums[place] / counts[place]
    }
    let (top, bottom) = (Double(short - 1), Double(count - short - 1))
    guard bottom >= 1 else { return Seasons() }
    let within = max(squares - between, 1e-12 * squares)
    guard within > 0 else { return Seasons() }
    let ratio = (between / top) / (within / bottom)
    let limit = 1 + 3 * (2 / top + 2 / bottom).squareRoot()
    return ratio > limit ? self : Seasons()
  }
}
