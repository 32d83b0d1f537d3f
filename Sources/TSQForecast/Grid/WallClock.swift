internal import TSQCore

/// Moves a grid to the wall clock and a forecast back, so that a daily rhythm stays on its hours
/// across daylight-saving changes.
struct WallClock {
  let zone: ZoneOffsets
  let stepNanoseconds: Int64

  /// A wall clock, or `nil` where it would change nothing: no change of the offset between the first
  /// bucket and the end of the horizon, or steps of a day and more.
  init?(_ grid: HistoryGrid, _ request: ForecastRequest) {
    let day: Int64 = 86_400_000_000_000
    let end = request.origin.adding(nanoseconds: max(request.horizonNanoseconds, 0))
    let inside = request.zone.changes.contains { $0.instant > grid.start && $0.instant <= end }
    guard inside, grid.stepNanoseconds < day, !grid.values.isEmpty else { return nil }
    zone = request.zone
    stepNanoseconds = grid.stepNanoseconds
  }

  /// Whole steps the wall clock is ahead of where it was at another instant.
  private func shift(from start: Timestamp, to instant: Timestamp) -> Int {
    let seconds = zone.offsetSeconds(at: instant) - zone.offsetSeconds(at: start)
    let steps = Double(seconds) * 1e9 / Double(stepNanoseconds)
    return Int(steps.rounded())
  }

  /// The grid by wall-clock hours: a skipped hour is a gap, a repeated one the mean of both.
  func local(_ grid: HistoryGrid) -> HistoryGrid {
    var sums: [Double] = []
    var counts: [Double] = []
    for (index, value) in grid.values.enumerated() {
      let place = max(index + shift(from: grid.start, to: grid.time(ofBucket: index)), 0)
      while sums.count <= place {
        sums.append(0)
        counts.append(0)
      }
      if value.isFinite {
        sums[place] += value
        counts[place] += 1
      }
    }
    let values = sums.indices.map { counts[$0] > 0 ? sums[$0] / counts[$0] : .nan }
    return HistoryGrid(start: grid.start, stepNanoseconds: stepNanoseconds, values: values)
  }

  /// The request as the local grid needs it: its origin by the wall clock, and room for the change.
  func local(_ request: ForecastRequest, start: Timestamp) -> ForecastRequest {
    var local = request
    let ahead = Int64(shift(from: start, to: request.origin)) * stepNanoseconds
    local.origin = request.origin.adding(nanoseconds: ahead)
    let end = request.origin.adding(nanoseconds: request.horizonNanoseconds)
    let change = Int64(shift(from: request.origin, to: end)) * stepNanoseconds
    local.horizonNanoseconds += max(change, 0)
    local.zone = .utc
    return local
  }

  /// The local forecast at the instants that were asked for.
  func universal(_ forecast: Forecast, _ request: ForecastRequest) -> Forecast {
    var universal = forecast
    universal.origin = request.origin
    universal.points = []
    let steps = Int(request.horizonNanoseconds / stepNanoseconds)
    guard let last = forecast.points.indices.last else { return universal }
    var places: [Int] = []
    for step in 0..<min(steps, Forecaster.pointLimit) {
      let time = request.origin.adding(nanoseconds: Int64(step + 1) * stepNanoseconds)
      let place = min(max(step + shift(from: request.origin, to: time), 0), last)
      places.append(place)
      var point = forecast.points[place]
      point.time = time
      universal.points.append(point)
    }
    let times = universal.points.map(\.time)
    universal.crossings = forecast.crossings.map { crossing in
      CrossingForecast(
        threshold: crossing.threshold,
        probabilityByStep: places.map { crossing.probabilityByStep[$0] }, times: times,
        alreadyCrossed: crossing.alreadyCrossed, countsReaching: crossing.countsReaching)
    }
    return universal
  }
}
