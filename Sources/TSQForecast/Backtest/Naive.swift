extension Forecaster {
  /// The seasonal naive forecast: last season's values again, or the last value.
  ///
  /// - Parameters:
  ///   - grid: the history.
  ///   - request: its origin and horizon count.
  /// - Returns: one value per step; empty without data.
  public static func naive(_ grid: HistoryGrid, _ request: ForecastRequest) -> [Double] {
    let history = TrimmedHistory(grid, origin: request.origin, bounds: request.bounds)
    guard let last = history.values.last else { return [] }
    let wanted = max(request.horizonNanoseconds, 0) / grid.stepNanoseconds
    let steps = Int(min(wanted, Int64(pointLimit)))
    let count = history.values.count
    let calendar = Seasons.calendar(stepNanoseconds: grid.stepNanoseconds, count: count).short
    let chosen = Seasons.chosen(
      for: Normaliser.normalised(history.values), stepNanoseconds: grid.stepNanoseconds)
    let season = calendar > 0 ? calendar : chosen.short
    guard season > 0 else {
      return [Double](repeating: request.bounds.clip(last), count: steps)
    }
    let filled = GapFilling.filled(history.values, season: season)
    return (0..<steps).map { step in
      let ahead = (step + history.missingSteps) % season
      return request.bounds.clip(filled[count - season + ahead])
    }
  }
}
