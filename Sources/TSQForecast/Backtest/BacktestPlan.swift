/// From which past instants the bank is tested, how far, and which steps share weights.
struct BacktestPlan {
  /// Indices of the last value each path may know, ascending; the last one is the forecast's own.
  let origins: [Int]
  /// Steps of each row's path; short for the newest past origins.
  let rowSteps: [Int]
  /// Where each row begins in a forecaster's block of values, and the block's length.
  let rowStarts: [Int]
  /// Past origins with a whole horizon after them; they come first.
  let fullFolds: Int
  /// Steps forecast from each of those.
  let backtestSteps: Int
  /// Steps forecast from the newest value.
  let forecastSteps: Int
  /// The step after which each horizon range ends, ascending; the last range is open.
  let rangeEnds: [Int]
  /// Age of each past origin in strides, the newest 0.
  let ages: [Int]
  /// Steps that count as near: the first season.
  let nearSteps: Int

  /// Past origins, the forecast's own not counted.
  var folds: Int { origins.count - 1 }
  /// Values in a forecaster's block.
  var blockLength: Int { rowStarts[origins.count] }
  /// Values in the past rows of a block.
  var pastLength: Int { rowStarts[folds] }

  /// The horizon range each step belongs to.
  func range(ofStep step: Int) -> Int {
    var range = 0
    while range < rangeEnds.count, step >= rangeEnds[range] { range += 1 }
    return range
  }

  /// The first step of each horizon range within a number of steps, and the end of the last.
  func edges(within steps: Int) -> [Int] {
    [0] + rangeEnds.map { min($0, steps) } + [steps]
  }

  /// The plan for a history of a given length.
  ///
  /// Origins lie a third of a day apart, so that they see several hours of the day and the origin's
  /// own hour among them.
  ///
  /// - Parameters:
  ///   - count: buckets of history, at least 2.
  ///   - season: steps in the short season, 0 for none.
  ///   - horizon: steps to forecast, at least 1.
  ///   - settings: how many origins.
  init(count: Int, season: Int, horizon: Int, settings: EngineSettings) {
    let base = season > 0 ? season : 4
    let room = (count - 2 * base) / 2
    let steps = max(1, min(horizon, max(min(horizon, base), room)))
    let earliest = max(2 * base, min(count / 3, 4 * base))
    let available = count - 1 - steps - earliest
    let affordable = min(settings.folds, max(settings.fewestFolds, settings.foldValues / steps))
    let wanted = max(1, min(affordable, available + 1))
    var stride = 1
    if available > 0 {
      let day = season > 0 ? season * 7 / 24 + 1 : 4
      let widest = day * settings.folds / affordable
      stride = max(1, min(available / max(wanted - 1, 1), widest))
    }
    let newest = count - 1 - steps
    var past = (0..<wanted).map { newest - stride * $0 }.filter { $0 >= earliest }
    if past.isEmpty, newest >= 1 { past = [newest] }
    past.reverse()
    fullFolds = past.count
    if !past.isEmpty {
      let last = count - 1 - max(1, season / 8)
      let recent = Array(Swift.stride(from: newest + stride, through: last, by: stride))
      past += recent.suffix(min(settings.recentFolds, affordable))
    }
    origins = past + [count - 1]
    rowSteps = past.map { min(steps, count - 1 - $0) } + [horizon]
    rowStarts = rowSteps.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    let youngest = past.last ?? 0
    ages = past.map { (youngest - $0) / stride }
    backtestSteps = steps
    forecastSteps = horizon
    let length = season > 0 ? season : 13
    nearSteps = length
    let wished = [length / 24, length / 6, length / 2, length, 2 * length, 4 * length]
    rangeEnds = wished.reduce(into: []) { ends, end in
      if max(end, 1) > (ends.last ?? 0) { ends.append(max(end, 1)) }
    }
  }

  /// Weight of each fold for the steps of a range: newer folds count more.
  func foldWeights(range: Int, settings: EngineSettings) -> [Double] {
    let near = range < rangeEnds.count && rangeEnds[range] <= nearSteps
    let decay = near ? settings.nearFoldDecay : settings.foldDecay
    return ages.map { age in
      var weight = 1.0
      for _ in 0..<age { weight *= decay }
      return weight
    }
  }
}
