extension Bank {
  /// Copies of past seasons: their means and medians, and the last one with its drift.
  func addShifts(_ table: inout PathTable) {
    addShifts(&table, season: seasons.short, means: [1, 2, 4], medians: [3, 5, 7, 14])
    guard seasons.long > 0 else { return }
    addShifts(&table, season: seasons.long, means: [1, 2, 3], medians: [3])
  }

  /// The same for one season: how many seasons the means and the medians take.
  func addShifts(_ table: inout PathTable, season: Int, means: [Int], medians: [Int]) {
    let shifts = SeasonalShifts(
      series: series, season: season, fallback: min(seasons.short, season))
    for count in means {
      let sliding = shifts.slidingMeans(count, table.plan.origins)
      table.addProfile("season-\(season)x\(count)", longest: season) { origin, profile in
        if sliding.copy(origin: origin, length: season, into: &profile) { return (season, 0, 0) }
        return (shifts.mean(origin: origin, count: count, into: &profile), 0, 0)
      }
    }
    for count in medians {
      let sliding = shifts.slidingMedians(count, table.plan.origins)
      table.addProfile("median-\(season)x\(count)", longest: season) { origin, profile in
        if sliding.copy(origin: origin, length: season, into: &profile) { return (season, 0, 0) }
        return (shifts.median(origin: origin, count: count, into: &profile), 0, 0)
      }
    }
    table.addProfile("season-drift-\(season)", longest: season) { origin, profile in
      let length = shifts.mean(origin: origin, count: 1, into: &profile)
      return (length, 0, series[origin] - series[max(origin - length, 0)])
    }
  }

  /// Profiles of a week: moved to the level of the last day, or taken apart into hours and days.
  func addReleveled(_ table: inout PathTable) {
    guard seasons.long > 0 else { return }
    let short = seasons.short
    let days = SeasonalShifts(series: series, season: short, fallback: short)
    let weeks = SeasonalShifts(series: series, season: seasons.long, fallback: short)
    let sliding = days.slidingMeans(7, table.plan.origins)
    func profileOfWeek(_ origin: Int, _ profile: inout [Double]) -> Int {
      if sliding.copy(origin: origin, length: short, into: &profile) { return short }
      return days.mean(origin: origin, count: 7, into: &profile)
    }
    table.addProfile("week-profile", longest: short) { origin, profile in
      (profileOfWeek(origin, &profile), 0, 0)
    }
    table.addProfile("week-profile-level", longest: short) { origin, profile in
      let length = profileOfWeek(origin, &profile)
      let lift =
        sums.mean(last: origin, width: short) - sums.mean(last: origin, width: 7 * short)
      return (length, lift, 0)
    }
    table.addProfile("season-level", longest: seasons.long) { origin, profile in
      let length = weeks.mean(origin: origin, count: 1, into: &profile)
      let before = sums.mean(last: max(origin - seasons.long, 0), width: short)
      return (length, 0.5 * (sums.mean(last: origin, width: short) - before), 0)
    }
    guard seasons.long == 7 * short else { return }
    for count in [2, 4] {
      let sliding = days.slidingMeans(7 * count, table.plan.origins)
      table.addProfile("hour-and-day-\(count)", longest: seasons.long) { origin, profile in
        if !sliding.copy(origin: origin, length: short, into: &profile) {
          _ = days.mean(origin: origin, count: 7 * count, into: &profile)
        }
        return (hourAndDay(origin: origin, weeks: count, days: days, into: &profile), 0, 0)
      }
    }
  }

  /// A week as hour-of-day means, which the profile begins with, plus each day's own level: fewer
  /// numbers to learn than 168.
  private func hourAndDay(
    origin: Int, weeks: Int, days: SeasonalShifts, into profile: inout [Double]
  ) -> Int {
    let (short, long) = (seasons.short, seasons.long)
    let have = min(weeks, (origin + 1) / long)
    guard have > 0 else { return days.mean(origin: origin, count: 7, into: &profile) }
    var overall = 0.0
    for hour in 0..<short { overall += profile[hour] / Double(short) }
    // Backwards, since the first day's place holds the hours.
    for day in (0..<7).reversed() {
      var level = 0.0
      for week in 1...have {
        level += sums.mean(last: origin + (day + 1) * short - week * long, width: short)
      }
      let lift = level / Double(have) - overall
      for hour in 0..<short { profile[day * short + hour] = profile[hour] + lift }
    }
    return long
  }

  /// The newest value plus the mean of what past seasons changed from the same place on.
  ///
  /// For what grows in a daily rhythm: disks, counters, running totals.
  func addChanges(_ table: inout PathTable) {
    let (short, long) = (seasons.short, seasons.long)
    var kinds = [(short, 1), (short, 3), (short, 7)]
    if long > 0 { kinds += [(long, 1), (long, 3)] }
    for (season, wanted) in kinds {
      let shifts = SeasonalShifts(series: series, season: season, fallback: short)
      let sliding = shifts.slidingMeans(wanted, table.plan.origins)
      table.addProfile("change-\(season)x\(wanted)", longest: season) { origin, profile in
        let last = series[origin]
        if origin - season >= sliding.first,
          sliding.copy(origin: origin, length: season, into: &profile)
        {
          let from = sliding.values[origin - season - sliding.first]
          for step in 0..<season { profile[step] += last - from }
          let growth = (last - series[max(origin - season * wanted, 0)]) / Double(wanted)
          return (season, -growth, growth)
        }
        return change(origin, season: season, wanted: wanted, into: &profile)
      }
    }
  }

  /// The same where fewer seasons than wanted lie behind the origin.
  private func change(
    _ origin: Int, season: Int, wanted: Int, into profile: inout [Double]
  ) -> (length: Int, offset: Double, growth: Double) {
    let length = origin + 1 >= season ? season : seasons.short
    let have = max(1, min(wanted, origin / length))
    let last = series[origin]
    for step in 0..<length {
      var sum = 0.0
      for back in 1...have {
        let from = origin - length * back
        sum += series[max(from + 1 + step, 0)] - series[max(from, 0)]
      }
      profile[step] = last + sum / Double(have)
    }
    let growth = (last - series[max(origin - length * have, 0)]) / Double(have)
    return (length, -growth, growth)
  }
}
