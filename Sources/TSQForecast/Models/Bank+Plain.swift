extension Bank {
  /// A small bank for weeks and slower, and for histories shorter than two seasons.
  func addPlain(_ table: inout PathTable) {
    table.addLine("drift-52") { origin in
      (series[origin], (series[origin] - series[max(origin - 52, 0)]) / 52)
    }
    table.addTheta("theta-0.5", series: series, sums: sums, smoothing: 0.5)
    var smoother = HoltWinters(series: series, season1: 0, season2: 0, clip: .infinity)
    smoother.run(
      series,
      [
        SmoothingParameters(name: "level-0.3", level: 0.3),
        SmoothingParameters(name: "level-0.7", level: 0.7),
        SmoothingParameters(name: "holt-0.5", level: 0.5, trend: 0.025, damping: 0.95),
        SmoothingParameters(name: "holt-0.9", level: 0.9, trend: 0.045, damping: 0.98),
      ], into: &table)
    if seasons.long > 0 { addYearChanges(&table) }
  }

  /// The newest value plus what the last one or two years changed from the same week on.
  private func addYearChanges(_ table: inout PathTable) {
    let year = seasons.long
    for years in 1...2 {
      table.addProfile("season-change-\(years)", longest: year) { origin, profile in
        let have = min(years, max((origin + 1) / year - 1, 1))
        for step in 0..<year {
          var sum = 0.0
          for back in 1...have {
            let from = origin - year * back
            sum += series[max(from + 1 + step, 0)] - series[max(from, 0)]
          }
          profile[step] = series[origin] + sum / Double(have)
        }
        return (year, 0, 0)
      }
    }
  }
}

extension PathTable {
  /// The Theta method: half the line's slope, from the level that exponential smoothing reached.
  ///
  /// Source: Assimakopoulos & Nikolopoulos, "The theta model", IJF 16, 2000, in the closed form of
  /// Hyndman & Billah, "Unmasking the Theta method", IJF 19, 2003: with smoothing a, slope b and n
  /// values, step h is l + b/2 · (h - 1 + 1/a - (1 - a)^n / a).
  mutating func addTheta(
    _ name: String, series: [Double], sums: RunningSums, smoothing: Double
  ) {
    var levels = series
    var powers = [Double](repeating: 1, count: series.count + 1)
    for index in series.indices {
      powers[index + 1] = powers[index] * (1 - smoothing)
      if index > 0 {
        levels[index] = levels[index - 1] + smoothing * (series[index] - levels[index - 1])
      }
    }
    addLine(name) { origin in
      let half = sums.line(last: origin, width: origin + 1).slope / 2
      let ahead = (1 - powers[origin + 1]) / smoothing - 1
      return (levels[origin] + half * ahead, half)
    }
  }
}
