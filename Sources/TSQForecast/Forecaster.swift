public import TSQCore

/// Forecasts one series: a bank of cheap methods, tested on its own past, combined and honest.
///
/// Pure: the same samples and the same request give the same bits.
public enum Forecaster {
  /// The most points one forecast has.
  ///
  /// Twenty years of days, or two weeks of minutes; more is a mistaken step.
  public static let pointLimit = 20_160

  /// Forecasts from raw samples.
  ///
  /// - Parameters:
  ///   - samples: in any order; those after the request's origin are not looked at.
  ///   - request: what is asked.
  /// - Returns: points even where the verdict is unknown; none only without data.
  /// - Complexity: O(samples) to build the grid, then about a millisecond; with thresholds and without a step
  ///   of its own, a long horizon takes up to three of them more (`StagedCrossings`).
  public static func forecast(_ samples: SampleColumns, _ request: ForecastRequest) -> Forecast {
    forecast(samples, request, settings: EngineSettings())
  }

  package static func forecast(
    _ samples: SampleColumns, _ request: ForecastRequest, settings: EngineSettings
  ) -> Forecast {
    let grid = HistoryGrid.build(
      from: samples, stepNanoseconds: request.stepNanoseconds, aggregation: request.aggregation,
      kind: request.kind, through: request.origin,
      horizonNanoseconds: request.horizonNanoseconds)
    var forecast = forecast(grid, request, settings: settings)
    // A step that somebody named is what the question is about.
    let isStepNamed = request.stepNanoseconds.map { $0 > 0 } ?? false
    if isStepNamed || request.thresholds.isEmpty { return forecast }
    let staged = StagedCrossings(samples, request, stepNanoseconds: grid.stepNanoseconds) {
      self.forecast(samples, $0, settings: settings)
    }
    staged.put(into: &forecast)
    return forecast
  }

  /// Forecasts from a grid.
  ///
  /// - Parameters:
  ///   - grid: its step is the forecast's step; buckets after the request's origin are not looked
  ///     at.
  ///   - request: what is asked; its step, aggregation and kind do not matter any more.
  /// - Returns: points even where the verdict is unknown; none only without data.
  public static func forecast(_ grid: HistoryGrid, _ request: ForecastRequest) -> Forecast {
    forecast(grid, request, settings: EngineSettings())
  }

  package static func forecast(
    _ grid: HistoryGrid, _ request: ForecastRequest, settings: EngineSettings
  ) -> Forecast {
    if let clock = WallClock(grid, request) {
      let local = forecast(
        clock.local(grid), clock.local(request, start: grid.start), settings: settings)
      return clock.universal(local, request)
    }
    let history = TrimmedHistory(grid, origin: request.origin, bounds: request.bounds)
    let wanted = max(request.horizonNanoseconds, 0) / grid.stepNanoseconds
    let steps = Int(min(wanted, Int64(pointLimit)))
    var draft = ForecastDraft(history: history, request: request, steps: steps)
    guard !history.values.isEmpty else { return draft.withoutData() }
    let normaliser = Normaliser(history.values)
    let normal = history.values.map { $0.isFinite ? normaliser.normalised($0) : Double.nan }
    let seasons = Seasons.chosen(for: normal, stepNanoseconds: grid.stepNanoseconds)
    guard normal.count >= 3, steps > 0 else {
      return draft.naiveOnly(normaliser: normaliser, normal: normal)
    }
    // A late history is forecast from its own end; the steps already past are dropped.
    let ahead = steps + history.missingSteps
    let calendar =
      grid.stepNanoseconds == 86_400_000_000_000
      ? MonthDays.calendar(end: history.end, count: normal.count, ahead: ahead) : []
    let run = EngineRun(
      history: normal, seasons: seasons, horizon: ahead, calendar: calendar, settings: settings)
    return draft.finished(run, seasons: seasons, normaliser: normaliser, normal: normal)
  }
}

/// A grid's values up to the origin, from the first to the last finite one.
struct TrimmedHistory {
  /// Gaps are NaN; the first and the last value are finite.
  var values: [Double] = []
  let stepNanoseconds: Int64
  /// The label of the last value.
  var end: Timestamp
  /// Whole steps between the last value and the origin.
  var lateSteps: Int64 = 0

  /// The most steps a late history is carried forward over.
  static let missingLimit = 4096

  /// Values that were none, and became gaps.
  var absurdValues = 0

  init(_ grid: HistoryGrid, origin: Timestamp, bounds: ValueBounds) {
    stepNanoseconds = grid.stepNanoseconds
    end = origin
    var last = grid.values.count - 1
    while last >= 0, grid.time(ofBucket: last) > origin || !grid.values[last].isFinite { last -= 1 }
    guard last >= 0 else { return }
    let oldest = max(0, last + 1 - TrimmedHistory.limit(step: stepNanoseconds))
    let first = (oldest...last).first { grid.values[$0].isFinite } ?? last
    values = grid.values[first...last].map { $0.isFinite ? $0 : .nan }
    absurdValues = AbsurdValues.remove(from: &values, bounds: bounds)
    // The first value may have been one.
    values.removeFirst(values.firstIndex(where: \.isFinite) ?? 0)
    end = grid.time(ofBucket: last)
    lateSteps = origin.nanoseconds(since: end) / stepNanoseconds
  }

  /// The steps a late history is carried over: all of them, or whole weeks fewer, so that every hour
  /// keeps its place in the season.
  var missingSteps: Int {
    let limit = Int64(Self.missingLimit)
    guard lateSteps > limit else { return Int(lateSteps) }
    let week = max(1, 7 * 86_400_000_000_000 / stepNanoseconds)
    // Weeks longer than the limit have no place in it.
    return Int(week > limit ? limit : limit - (limit - lateSteps % week) % week)
  }

  /// How old the newest value is, in whole steps.
  var ageNanoseconds: Int64 {
    let (age, overflow) = lateSteps.multipliedReportingOverflow(by: stepNanoseconds)
    return overflow ? .max : age
  }

  /// Whether older samples than these would be looked at, were there any.
  var readsMore: Bool { values.count < TrimmedHistory.limit(step: stepNanoseconds) }

  /// How many buckets are worth looking at: 60 days of hours, 30 days of quarter hours, 3 years of
  /// days, 10 years of weeks.
  static func limit(step: Int64) -> Int {
    let day: Int64 = 86_400_000_000_000
    if step >= 7 * day { return 520 }
    if step >= day { return 1100 }
    let perDay = Int(day / step)
    return min(max(1440, 30 * perDay), HistoryGrid.bucketLimit)
  }
}
