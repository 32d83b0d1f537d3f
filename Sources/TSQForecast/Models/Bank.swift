/// The seasons a series is forecast with, in steps; 0 where there is none.
struct Seasons: Hashable {
  /// The shorter one: a day of hours, a week of days.
  var short = 0
  /// The longer one: a week of hours, a year of days or weeks.
  var long = 0
  /// A period the calendar does not name, found in the data beside a calendar season.
  var other = 0
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

  /// The most forecasters a bank holds; only sizes the table.
  static let capacity = 68
  /// Errors count at most this many times their usual size.
  static let errorClip = 3.0

  /// The forecaster that counts as naive: last season's values, or the last value.
  static func naiveName(_ seasons: Seasons) -> String {
    seasons.short > 0 ? "season-\(seasons.short)x1" : "last"
  }

  /// The paths of all forecasters; with a judge, of those that can count and of the naive one.
  func paths(plan: BacktestPlan, judge: BankScore? = nil) -> PathTable {
    var table = PathTable(
      plan: plan, capacity: seasons.short > 0 ? Bank.capacity : 16, judge: judge,
      kept: [Bank.naiveName(seasons), SteadyLine.lineName, SteadyLine.meanName])
    table.addConstant("last") { series[$0] }
    table.addConstant("mean") { sums.mean(last: $0, width: $0 + 1) }
    table.addLine("line") { sums.line(last: $0, width: $0 + 1) }
    if seasons.short > 0 {
      addSeasonal(&table)
    } else {
      addPlain(&table)
    }
    return table
  }

  private func addSeasonal(_ table: inout PathTable) {
    addShifts(&table)
    addReleveled(&table)
    addChanges(&table)
    addFading(&table)
    addLines(&table)
    addSmoothers(&table, place: 0.2)
    addTrends(&table)
    addAutoregressions(&table)
    addBent(&table)
    addOther(&table)
  }

  /// Copies and smoothers of a period the calendar does not name, alone and beside the day.
  private func addOther(_ table: inout PathTable) {
    let other = seasons.other
    guard other > 0 else { return }
    addShifts(&table, season: other, means: [1, 2, 4], medians: [3, 5])
    run(
      &table, other, 0,
      [0.05, 0.2].map {
        SmoothingParameters(name: "hw-other-\($0)", level: $0, season1: 0.2)
      })
    run(
      &table, other, seasons.short,
      [0.02, 0.1].map {
        SmoothingParameters(
          name: "hw-two-other-\($0)", level: $0, season1: 0.15, season2: 0.15)
      })
  }

  private func addLines(_ table: inout PathTable) {
    let short = seasons.short
    table.addConstant("mean-\(short)") { sums.mean(last: $0, width: short) }
    table.addConstant("mean-\(7 * short)") { sums.mean(last: $0, width: 7 * short) }
    table.addLine("drift-\(7 * short)") { origin in
      let width = min(7 * short, max(origin, 1))
      return (series[origin], (series[origin] - series[origin - width]) / Double(width))
    }
    table.addLine("drift-\(28 * short)") { origin in
      let width = max(min(28 * short, origin - short), 1)
      let level = sums.mean(last: origin, width: short)
      let slope = (level - sums.mean(last: max(origin - width, 0), width: short)) / Double(width)
      return (level + slope * Double(short) / 2, slope)
    }
  }

  /// Smoothers with one season, and with two where there are two.
  private func addSmoothers(
    _ table: inout PathTable, place: Double, prefix: String = ""
  ) {
    run(
      &table, seasons.short, 0,
      [0.01, 0.05, 0.2].map {
        SmoothingParameters(name: "\(prefix)hw-\($0)-\(place)", level: $0, season1: place)
      })
    guard seasons.long > 0 else { return }
    var two = [0.02, 0.1].map {
      SmoothingParameters(name: "\(prefix)hw-two-\($0)", level: $0, season1: 0.08, season2: 0.15)
    }
    // A steady day in a quickly learnt week: what differs from day to day is the week's.
    two.append(
      SmoothingParameters(name: "\(prefix)hw-week-0.1", level: 0.1, season1: 0.03, season2: 0.4))
    run(&table, seasons.short, seasons.long, two)
  }

  /// Smoothers with a trend, damped or not, and one without a season.
  private func addTrends(_ table: inout PathTable) {
    let settings: [(level: Double, trend: Double, damping: Double)] = [
      (0.1, 0.01, 0.98), (0.05, 0.002, 1), (0.3, 0.01, 1), (0.5, 0.1, 0.9),
    ]
    run(
      &table, seasons.short, 0,
      settings.map {
        SmoothingParameters(
          name: "hw-trend-\($0.level)-\($0.damping)", level: $0.level, trend: $0.trend,
          damping: $0.damping, season1: 0.1)
      })
    run(&table, 0, 0, [SmoothingParameters(name: "level-0.3", level: 0.3)])
  }

  private func run(
    _ table: inout PathTable, _ season1: Int, _ season2: Int, _ settings: [SmoothingParameters]
  ) {
    var smoother = HoltWinters(
      series: series, season1: season1, season2: season2, clip: Bank.errorClip)
    let isFirst = table.heldBack == 0
    smoother.run(series, settings, into: &table)
    if isFirst { table.heldBack = smoother.heldBack }
  }

  private func addAutoregressions(_ table: inout PathTable, prefix: String = "") {
    let (short, long) = (seasons.short, seasons.long)
    let tested = max((table.plan.origins.first ?? 0) + 1, series.count / 3)
    var lags = [1, 2, 3, short / 2, short - 1, short, short + 1, 2 * short]
    if long > 0, tested > long + 3 * short { lags += [long - 1, long, long + 1] }
    if seasons.other > 0 { lags.append(seasons.other) }
    lags = Set(lags.filter { $0 > 0 }).sorted()
    let fewest = (lags.last ?? 1) + 2 * short
    guard series.count > fewest else { return }
    let penalties = [0.001, 0.05]
    Autoregression(lags: lags, penalties: penalties, fewestValues: fewest)
      .run(series, names: penalties.map { "\(prefix)ar-\($0)" }, into: &table)
  }

  /// The same smoothers and autoregressions on the series with its tails drawn in.
  private func addBent(_ table: inout PathTable) {
    let map = Compression(series)
    let bent = Bank(series: series.map(map.forward), seasons: seasons)
    let first = table.count
    table.isUnfinished = true
    bent.addAutoregressions(&table, prefix: "bent-")
    bent.addSmoothers(&table, place: 0.1, prefix: "bent-")
    for forecaster in first..<table.count {
      let start = table.offset(forecaster, row: 0)
      for index in start..<start + table.stride {
        table.values[index] = map.backward(table.values[index])
      }
    }
    table.isUnfinished = false
    table.settle()
  }
}
