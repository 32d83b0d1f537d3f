extension Bank {
  /// The mean of the last weeks plus how far the newest values lie off it, fading.
  ///
  /// A decomposition into day, week and remainder, of which the remainder is forecast to vanish:
  /// what is unusual now is believed for a while, then the usual week returns. Source: the
  /// decompose-and-forecast scheme of Bandara, Hyndman & Bergmeir, "MSTL", arXiv 2107.13462, 2021,
  /// with plain means in place of the smoother.
  func addFading(_ table: inout PathTable) {
    guard seasons.long > 0 else { return }
    let short = seasons.short
    addFading(&table, "week-fading-fast", recent: max(2, short / 8), halfLife: Double(short) / 2)
    addFading(&table, "week-fading-slow", recent: short, halfLife: Double(short))
  }

  /// One of them: the mean distance of the `recent` newest values halves every `halfLife` steps.
  private func addFading(
    _ table: inout PathTable, _ name: String, recent: Int, halfLife: Double
  ) {
    let weeks = SeasonalShifts(series: series, season: seasons.long, fallback: seasons.short)
    let sliding = weeks.slidingMeans(Bank.fadingWeeks, table.plan.origins)
    let base = table.add(name)
    var profile = [Double](repeating: 0, count: seasons.long)
    // ln 2 / halfLife, to first order: exactness would need a library function and change nothing.
    let keep = 1 - 0.693 / halfLife
    for row in table.plan.origins.indices {
      let origin = table.plan.origins[row]
      var length = weeks.season
      if !sliding.copy(origin: origin, length: length, into: &profile) {
        length = weeks.mean(origin: origin, count: Bank.fadingWeeks, into: &profile)
      }
      var off = distance(origin: origin, recent: recent, season: length)
      let start = base + table.plan.rowStarts[row]
      var place = 0
      for step in 0..<table.plan.rowSteps[row] {
        off *= keep
        table.values[start + step] = profile[place] + off
        place = place + 1 == length ? 0 : place + 1
      }
    }
    table.settle()
  }

  /// Weeks in the profile.
  private static let fadingWeeks = 3

  /// Mean distance of the newest values from the same places of the seasons before them.
  private func distance(origin: Int, recent: Int, season: Int) -> Double {
    let have = max(1, min(Bank.fadingWeeks, (origin + 1 - recent) / season))
    var sum = 0.0
    for back in 0..<recent {
      let index = max(origin - back, 0)
      var past = 0.0
      for week in 1...have { past += series[max(index - week * season, 0)] }
      sum += series[index] - past / Double(have)
    }
    return sum / Double(recent)
  }
}
