/// Finds a fresh jump of the level and moves the history before it to the new level.
///
/// A series that jumped five hours ago must not be forecast from last week's level. Every value is
/// compared with the median of the same place in the last seasons, or of all values where there is no
/// season; a run of values at the end that all lie far off on one side is a jump, unless the past shows
/// such runs that ended soon.
struct LevelShiftGuard {
  /// Values since the jump.
  let length: Int
  /// The new level minus the old.
  let size: Double
  /// Values after which a jump has shown that it lasts: a season, or what is fresh without one.
  let settled: Int

  /// Seasons whose median is the usual value.
  static let seasons = 5
  /// The fewest values a jump may rest on: one or two are an outlier.
  static let shortest = 3
  /// The most seasons a jump counts as fresh; after that the forecasters have learnt it.
  static let freshSeasons = 3
  /// The fewest values of a series without a season.
  static let fewestPlain = 24
  /// The share of a series without a season that a jump may have lasted to be fresh.
  static let freshShare = 0.25

  /// The jump at the end of a series, or `nil`.
  ///
  /// - Parameters:
  ///   - series: the history without gaps.
  ///   - season: steps in the short season, 0 for none.
  ///   - horizon: steps to forecast: past runs that ended within it speak against a jump.
  ///   - threshold: how far off, in usual deviations.
  init?(series: [Double], season: Int, horizon: Int, threshold: Double) {
    let count = series.count
    let isPlain = season <= 1
    guard count >= (isPlain ? Self.fewestPlain : 4 * season) else { return nil }
    let first = isPlain ? 0 : season
    let freshest =
      isPlain ? Int(Self.freshShare * Double(count)) : LevelShiftGuard.freshSeasons * season
    let deviations = isPlain ? series : LevelShiftGuard.deviations(series, season: season)
    let known = Array(deviations[first...])
    let centre = Selection.median(known)
    let sizes = known.map { abs($0 - centre) }
    var mean = 0.0
    for value in sizes { mean += value / Double(sizes.count) }
    // 1.4826 makes the median deviation the standard deviation of normal noise.
    let limit = threshold * max(1.4826 * Selection.median(sizes), 0.25 * mean, 1e-9)
    func side(_ index: Int) -> Int {
      let off = deviations[index] - centre
      return off > limit ? 1 : off < -limit ? -1 : 0
    }
    let sign = side(count - 1)
    guard sign != 0 else { return nil }
    var start = count - 1
    while start > first, side(start - 1) == sign { start -= 1 }
    let length = count - start
    guard length >= Self.shortest, length <= freshest else { return nil }
    // Runs of the past that got as long as this one: did they last, or end within the horizon?
    var (ended, lasted) = (0, 0)
    let further = isPlain ? horizon : min(horizon, season)
    var index = first
    while index < start {
      var end = index
      while end < start, side(end) == sign { end += 1 }
      if end - index >= length {
        if end - index >= length + further { lasted += 1 } else { ended += 1 }
      }
      index = max(end, index + 1)
    }
    guard lasted >= ended else { return nil }
    self.length = length
    settled = isPlain ? freshest : season
    self.size = Selection.median(Array(deviations[start...])) - centre
  }

  /// How far each value lies from the median of its place in the seasons before.
  private static func deviations(_ series: [Double], season: Int) -> [Double] {
    var deviations = [Double](repeating: 0, count: series.count)
    var sorted = [Double](repeating: 0, count: seasons)
    for index in season..<series.count {
      let have = min(seasons, index / season)
      for back in 0..<have {
        let value = series[index - season * (back + 1)]
        var place = back
        while place > 0, sorted[place - 1] > value {
          sorted[place] = sorted[place - 1]
          place -= 1
        }
        sorted[place] = value
      }
      let half = have / 2
      let usual = have % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
      deviations[index] = series[index] - usual
    }
    return deviations
  }

  /// The history with everything before the jump moved to the new level; gaps stay gaps.
  func moved(_ history: [Double]) -> [Double] {
    var moved = history
    for index in 0..<(history.count - length) { moved[index] += size }
    return moved
  }
}
