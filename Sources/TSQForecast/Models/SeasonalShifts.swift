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

  /// Means or medians of `count` values one season apart, for every index from `first` on.
  ///
  /// Neighbouring origins share nearly all of a season's places, so that working them out once is
  /// several times cheaper than once an origin.
  struct Sliding {
    let first: Int
    let values: [Double]

    /// Copies the season that ends at an origin; `false` where it begins before `first`.
    func copy(origin: Int, length: Int, into profile: inout [Double]) -> Bool {
      let start = origin + 1 - length - first
      guard start >= 0 else { return false }
      for step in 0..<length { profile[step] = values[start + step] }
      return true
    }
  }

  /// The first index from which `count` seasons lie behind it, but none before it is needed.
  private func firstIndex(_ count: Int, _ origins: [Int]) -> Int {
    max((count - 1) * season, (origins.first ?? 0) - season)
  }

  /// Means of `count` values one season apart, as far as the origins need them.
  func slidingMeans(_ count: Int, _ origins: [Int]) -> Sliding {
    let first = firstIndex(count, origins)
    guard first < series.count else { return Sliding(first: first, values: []) }
    var values = Array(series[first...])
    for back in 1..<max(count, 1) {
      let start = first - back * season
      for index in values.indices { values[index] += series[start + index] }
    }
    if count > 1 { for index in values.indices { values[index] /= Double(count) } }
    return Sliding(first: first, values: values)
  }

  /// Medians of `count` values one season apart, as far as the origins need them.
  func slidingMedians(_ count: Int, _ origins: [Int]) -> Sliding {
    let first = firstIndex(count, origins)
    guard first < series.count else { return Sliding(first: first, values: []) }
    var values = [Double](repeating: 0, count: series.count - first)
    MedianNetwork(count).medians(series, from: first, season: season, into: &values)
    return Sliding(first: first, values: values)
  }

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
    MedianNetwork(seasons).medians(
      series, from: origin + 1 - length, season: length, length: length, into: &profile)
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
    settle()
  }
}
