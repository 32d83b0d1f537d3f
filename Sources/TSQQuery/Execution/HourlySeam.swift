internal import TSQCore
internal import TSQStorage

/// What the raw samples of an hour are where only its hourly value is left.
public enum HourlyPoints: Hashable, Sendable {
  /// The last sample of the hour.
  case last
  /// The mean of its samples in the middle of their time: what a forecast looks at. Of a series that
  /// falls as seldom as a counter, the last sample.
  case mean
}

/// Puts the runs of samples and the hourly values of a series in one order.
enum HourlySeam {
  /// Samples inside the time of an hourly value are left out: it speaks for that time.
  ///
  /// - Parameters:
  ///   - runs: of samples; ascending and disjoint.
  ///   - hours: ascending and disjoint.
  ///   - range: what was asked for.
  /// - Returns: ascending and disjoint runs.
  /// - Throws: what decoding a run throws.
  /// - Complexity: O(runs + hours); runs that an hour overlaps are decoded.
  static func join(
    _ runs: [any ProvidedRun], _ hours: [HourRun], in range: TimeRange
  ) throws(QueryError) -> [any ProvidedRun] {
    var joined: [any ProvidedRun] = []
    joined.reserveCapacity(runs.count + hours.count)
    var next = 0
    func take(before time: Int64) {
      while next < hours.count, hours[next].bucket.lastTime < time {
        joined.append(hours[next])
        next += 1
      }
    }
    for run in runs {
      take(before: run.timeRange.start.nanoseconds)
      guard next < hours.count, hours[next].bucket.firstTime <= run.timeRange.end.nanoseconds else {
        joined.append(run)
        continue
      }
      var columns = SampleColumns()
      try run.decode(into: &columns, in: range)
      var place = 0
      while place < columns.count {
        let time = columns.times[place]
        take(before: time)
        let start = next < hours.count ? hours[next].bucket.firstTime : .max
        if start <= time {
          place += 1
          continue
        }
        let end = SampleColumns.partitionPoint(columns.times) { $0 >= start }
        var part = SampleColumns()
        part.append(contentsOf: columns, in: place..<max(end, place + 1))
        joined.append(ColumnsRun(columns: part))
        place = max(end, place + 1)
      }
    }
    take(before: .max)
    return joined
  }
}

/// The hourly value of a series as a run that has a summary and, for whoever needs samples, the last
/// one.
struct HourRun: ProvidedRun {
  let bucket: HourBucket
  let series: ProvidedSeries
  let view: any SeriesView

  var timeRange: TimeRange { bucket.timeRange }
  var count: Int { bucket.count }
  var hour: HourBucket? { bucket }

  func summary() -> SeriesSummary? { bucket.summary }

  func decode(into columns: inout SampleColumns, in range: TimeRange) throws(QueryError) {
    guard range.contains(Timestamp(nanoseconds: bucket.lastTime)) else { return }
    view.note(hour: bucket, of: series)
    columns.append(time: bucket.lastTime, value: bucket.lastValue)
  }
}

/// Samples that were decoded already.
private struct ColumnsRun: ProvidedRun {
  let columns: SampleColumns

  var timeRange: TimeRange {
    TimeRange(
      start: Timestamp(nanoseconds: columns.times[0]),
      end: Timestamp(nanoseconds: columns.times[columns.count - 1]))
  }
  var count: Int { columns.count }

  func summary() -> SeriesSummary? { nil }

  func decode(into target: inout SampleColumns, in range: TimeRange) throws(QueryError) {
    target.append(contentsOf: columns, in: columns.indices(in: range))
  }
}

extension WindowFunction {
  /// Whether an hourly value that lies whole in a window says as much as the samples.
  func isExact(over hour: HourBucket) -> Bool {
    switch self {
    case .count, .present, .sum, .avg, .min, .max, .first, .last, .delta: true
    case .rate, .increase: hour.drops != nil
    case .stdvar, .stddev, .changes, .resets, .deriv, .predictLinear: false
    case .doubleExponentialSmoothing, .idelta, .irate, .mad, .quantile: false
    }
  }
}
