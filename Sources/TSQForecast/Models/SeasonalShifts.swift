/// Forecasters made of shifted copies of the series: seasonal naive, means and medians of past
/// seasons, with and without drift.
///
/// Each is one season long and then repeats, so a season is computed once per origin and copied.
struct SeasonalShifts {
  let series: [Double]
  /// The season in steps.
  let season: Int
  /// The shorter season that serves where the history holds no whole `season` yet.
  let fallback: Int

  /// Whole seasons that end at an origin.
  func available(_ origin: Int, _ season: Int) -> Int { (origin + 1) / season }

  /// Writes the mean of the last `count` seasons, or of as many as there are.
  func mean(origin: Int, count: Int, into profile: inout [Double]) -> Int {
    let length = available(origin, season) > 0 ? season : fallback
    let seasons = max(1, min(count, available(origin, length)))
    for step in 0..<length {
      var sum = 0.0
      var index = origin + 1 + step - length
      for _ in 0..<seasons {
        sum += series[max(index, 0)]
        index -= length
      }
      profile[step] = sum / Double(seasons)
    }
    return length
  }

  /// Writes the median of the last `count` seasons, or of as many as there are.
  func median(origin: Int, count: Int, into profile: inout [Double]) -> Int {
    let length = available(origin, season) > 0 ? season : fallback
    let seasons = max(1, min(count, available(origin, length)))
    var sorted = [Double](repeating: 0, count: seasons)
    for step in 0..<length {
      var index = origin + 1 + step - length
      for filled in 0..<seasons {
        let value = series[max(index, 0)]
        var place = filled
        while place > 0, sorted[place - 1] > value {
          sorted[place] = sorted[place - 1]
          place -= 1
        }
        sorted[place] = value
        index -= length
      }
      let middle = seasons / 2
      profile[step] =
        seasons % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
    return length
  }
}

extension PathTable {
  /// A forecaster that repeats a profile from each origin, raised by `offset + growth * season`.
  ///
  /// - Parameters:
  ///   - name: the forecaster's name.
  ///   - longest: the length of the longest season it may write.
  ///   - profile: writes one season into the buffer and returns its length, the offset of the whole
  ///     path and the growth per season.
  mutating func addProfile(
    _ name: String, longest: Int,
    _ profile: (Int, inout [Double]) -> (length: Int, offset: Double, growth: Double)
  ) {
    let base = add(name)
    var buffer = [Double](repeating: 0, count: max(longest, 1))
    for row in plan.origins.indices {
      let (length, offset, growth) = profile(plan.origins[row], &buffer)
      let start = base + plan.rowStarts[row]
      let steps = plan.rowSteps[row]
      var step = 0
      var lift = offset
      while step < steps {
        let copied = min(length, steps - step)
        lift += growth
        for index in 0..<copied { values[start + step + index] = buffer[index] + lift }
        step += copied
      }
    }
  }
}
