/// The seasons a series is forecast with, in steps; 0 where there is none.
struct Seasons: Hashable {
  /// The shorter one: a day of hours, a week of days.
  var short = 0
  /// The longer one: a week of hours, a year of days or weeks.
  var long = 0
}

/// Every cheap forecaster the engine has, run over one series from all origins of a plan.
struct Bank {
  /// The history without gaps.
  let series: [Double]
  let seasons: Seasons
  let sums: RunningSums

  init(series: [Double], seasons: Seasons) {
    self.series = series
    self.seasons = seasons
    self.sums = RunningSums(series)
  }

  /// The most forecasters a bank may hold; only sizes the table.
  static let capacity = 56
  /// Errors count at most this many times their usual size.
  static let errorClip = 3.0

  /// The paths of all forecasters.
  func paths(plan: BacktestPlan) -> PathTable {
    var table = PathTable(plan: plan, capacity: Bank.capacity)
    table.addConstant("last") { series[$0] }
    if seasons.short > 0 {
      addSeasonal(&table)
    } else {
      addPlain(&table)
    }
    return table
  }

  /// A small bank for weeks and slower, or for histories shorter than two seasons.
  private func addPlain(_ table: inout PathTable) {
    let last = series
    table.addLine("drift-52") { origin in
      (last[origin], (last[origin] - last[max(origin - 52, 0)]) / 52)
    }
    table.addLine("line") { sums.line(last: $0, width: $0 + 1) }
    var smoother = HoltWinters(series: series, season1: 0, season2: 0, clip: .infinity)
    smoother.run(
      series,
      [
        SmoothingParameters(name: "level-0.3", level: 0.3),
        SmoothingParameters(name: "level-0.7", level: 0.7),
        SmoothingParameters(name: "holt-0.5", level: 0.5, trend: 0.025, damping: 0.95),
        SmoothingParameters(name: "holt-0.9", level: 0.9, trend: 0.045, damping: 0.98),
      ], into: &table)
    let year = seasons.long
    guard year > 0 else { return }
    for years in 1...2 {
      table.addProfile("season-change-\(years)", longest: year) { origin, profile in
        let have = min(years, max((origin + 1) / year - 1, 1))
        for step in 0..<year {
          var sum = 0.0
          for back in 1...have {
            sum +=
              last[max(origin + 1 + step - year * back, 0)] - last[max(origin - year * back, 0)]
          }
          profile[step] = last[origin] + sum / Double(have)
        }
        return (year, 0, 0)
      }
    }
  }

  private func addSeasonal(_ table: inout PathTable) {
    let short = seasons.short
    table.addConstant("mean-short") { sums.mean(last: $0, width: short) }
    table.addConstant("mean-long") { sums.mean(last: $0, width: 7 * short) }
    addShifts(&table, season: short, means: [1, 2, 4], medians: [3, 5])
    if seasons.long > 0 { addShifts(&table, season: seasons.long, means: [1, 2, 3], medians: [3]) }
    addReleveled(&table)
    addLines(&table)
    addSmoothers(&table)
    addAutoregressions(&table)
  }

  /// Copies of past seasons, their means and medians, and the last one with its drift.
  private func addShifts(_ table: inout PathTable, season: Int, means: [Int], medians: [Int]) {
    let shifts = SeasonalShifts(series: series, season: season, fallback: seasons.short)
    for count in means {
      table.addProfile("season-\(season)x\(count)", longest: season) { origin, profile in
        (shifts.mean(origin: origin, count: count, into: &profile), 0, 0)
      }
    }
    for count in medians {
      table.addProfile("median-\(season)x\(count)", longest: season) { origin, profile in
        (shifts.median(origin: origin, count: count, into: &profile), 0, 0)
      }
    }
    table.addProfile("season-drift-\(season)", longest: season) { origin, profile in
      let length = shifts.mean(origin: origin, count: 1, into: &profile)
      return (length, 0, series[origin] - series[max(origin - length, 0)])
    }
  }

  /// Profiles moved to the level of the last day.
  private func addReleveled(_ table: inout PathTable) {
    guard seasons.long > 0 else { return }
    let short = seasons.short
    let days = SeasonalShifts(series: series, season: short, fallback: short)
    let weeks = SeasonalShifts(series: series, season: seasons.long, fallback: short)
    table.addProfile("week-profile", longest: short) { origin, profile in
      (days.mean(origin: origin, count: 7, into: &profile), 0, 0)
    }
    table.addProfile("week-profile-level", longest: short) { origin, profile in
      let length = days.mean(origin: origin, count: 7, into: &profile)
      let lift =
        sums.mean(last: origin, width: short) - sums.mean(last: origin, width: 7 * short)
      return (length, lift, 0)
    }
    table.addProfile("season-level", longest: seasons.long) { origin, profile in
      let length = weeks.mean(origin: origin, count: 1, into: &profile)
      let lift =
        sums.mean(last: origin, width: short)
        - sums.mean(last: max(origin - seasons.long, 0), width: short)
      return (length, 0.5 * lift, 0)
    }
  }

  private func addLines(_ table: inout PathTable) {
    let short = seasons.short
    table.addLine("drift-7") { origin in
      let width = min(7 * short, max(origin, 1))
      return (series[origin], (series[origin] - series[origin - width]) / Double(width))
    }
    table.addLine("drift-28") { origin in
      let width = max(min(28 * short, origin - short), 1)
      let level = sums.mean(last: origin, width: short)
      let slope = (level - sums.mean(last: max(origin - width, 0), width: short)) / Double(width)
      return (level + slope * Double(short) / 2, slope)
    }
    table.addLine("line") { sums.line(last: $0, width: $0 + 1) }
  }

  private func addSmoothers(_ table: inout PathTable) {
    let (short, long) = (seasons.short, seasons.long)
    func run(_ season1: Int, _ season2: Int, _ parameters: [SmoothingParameters]) {
      var smoother = HoltWinters(
        series: series, season1: season1, season2: season2, clip: Bank.errorClip)
      smoother.run(series, parameters, into: &table)
    }
    for season in [0.05, 0.2] {
      run(
        short, 0,
        [0.01, 0.05, 0.2, 0.5].map { level in
          SmoothingParameters(name: "hw-\(level)-\(season)", level: level, season1: season)
        })
    }
    let damped: [(Double, Double, Double)] = [
      (0.1, 0.01, 0.98), (0.05, 0.002, 1), (0.3, 0.01, 1), (0.5, 0.1, 0.9),
    ]
    run(
      short, 0,
      damped.map { level, trend, damping in
        SmoothingParameters(
          name: "hw-trend-\(level)-\(damping)", level: level, trend: trend, damping: damping,
          season1: 0.1)
      })
    if long > 0 {
      run(
        short, long,
        [0.02, 0.1, 0.4].map { level in
          SmoothingParameters(name: "hw-two-\(level)", level: level, season1: 0.08, season2: 0.15)
        })
    }
    run(0, 0, [SmoothingParameters(name: "level-0.3", level: 0.3)])
  }

  private func addAutoregressions(_ table: inout PathTable) {
    let (short, long) = (seasons.short, seasons.long)
    let fitEnd = max((table.plan.origins.first ?? 0) + 1, series.count / 3)
    var lags = [1, 2, 3, short - 1, short, short + 1, 2 * short]
    if long > 0, fitEnd > long + 3 * short { lags += [long - 1, long, long + 1] }
    lags = Set(lags.filter { $0 > 0 }).sorted()
    let fewest = (lags.last ?? 1) + 2 * short
    guard series.count > fewest else { return }
    Autoregression(lags: lags, penalties: [0.001, 0.05], fewestValues: fewest)
      .run(series, names: ["ar-0.001", "ar-0.05"], into: &table)
  }
}
