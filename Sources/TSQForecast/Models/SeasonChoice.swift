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
      seasons.long = count >= 740 ? Int(365 * day / stepNanoseconds) : 0
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
    [short, long].filter { $0 > 0 }.map { Int64($0) * stepNanoseconds }
  }
}
