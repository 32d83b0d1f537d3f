public import TSQCore
internal import TSQForecast

extension UseEvidence {
  /// The hour every sizing quantile is taken over: short enough to see a working day's peak.
  static let hour: Int64 = 3_600_000_000_000
  static let week: Int64 = 168 * hour
  /// Sizing looks at no more than eight weeks: older load says little about the next purchase.
  static let mostWeeks = 8
  /// The latest sample may be this old for a resource to be judged at all: six hours, so that a
  /// missed night does not size a purchase.
  static let freshNanoseconds: Int64 = 6 * hour

  /// How far ahead a date to order by is looked for, in lead times: what runs out in the second one has
  /// to be ordered during the first.
  static let outlookLeadTimes: Int64 = 2

  /// Measures one use history at an instant; `nil` where there is no finite sample at all.
  ///
  /// - Parameters:
  ///   - samples: ascending, raw; what lies after `time` is not looked at.
  ///   - resource: its unit bounds the forecast, its lead time is the horizon.
  ///   - time: the instant of the evaluation.
  /// - Complexity: O(n) for the peaks, plus one or two forecasts.
  public init?(_ samples: SampleColumns, of resource: Resource, at time: Timestamp) {
    let past = samples.indices(in: TimeRange(start: .distantPast, end: time))
    guard let first = past.first(where: { samples.values[$0].isFinite }),
      let last = past.last(where: { samples.values[$0].isFinite })
    else { return nil }
    let length = time.nanoseconds &- samples.times[first]
    // A sample stands for the hour that ends with it: 336 hourly samples are two whole weeks.
    let weeks = min(Self.mostWeeks, Int((length &+ Self.hour) / Self.week))
    let reach = weeks > 0 ? Int64(weeks) * Self.week : max(length, Self.hour)
    let window = TimeRange(start: time.adding(nanoseconds: -reach), end: time)
    // Whole weeks begin after their first instant; a shorter window includes its first sample.
    let count = weeks > 0 ? Int(reach / Self.hour) : Int(length / Self.hour) + 1
    let hours = HourlyExtremes(samples, in: window, hours: count)
    let peaks = hours.peaks.sorted()
    self.window = window
    self.wholeWeeks = weeks
    self.filledHours = hours.peaks.count
    self.hours = count
    self.p50 = Self.quantile(peaks, 0.50)
    self.p95 = Self.quantile(peaks, 0.95)
    self.p99 = Self.quantile(peaks, 0.99)
    self.peak = peaks.last ?? .nan
    self.p01 = Self.quantile(hours.lows.sorted(), 0.01)
    self.ageNanoseconds = time.nanoseconds &- samples.times[last]
    self.forecast = Self.forecast(samples, resource, at: time, leadTimes: 1)
    // Whoever must order now needs to know no later date.
    let runsOut = (forecast.crossings.first?.probability ?? 0) >= Advisor.runOutProbability
    self.outlook =
      forecast.verdict.isTrusted && !runsOut
      ? Self.forecast(samples, resource, at: time, leadTimes: Self.outlookLeadTimes) : nil
  }

  private static func forecast(
    _ samples: SampleColumns, _ resource: Resource, at time: Timestamp, leadTimes: Int64
  ) -> Forecast {
    let horizon = resource.leadTimeNanoseconds.multipliedReportingOverflow(by: leadTimes)
    return Forecaster.forecast(
      samples,
      ForecastRequest(
        origin: time,
        horizonNanoseconds: horizon.overflow ? resource.leadTimeNanoseconds : horizon.partialValue,
        bounds: ValueBounds(lower: resource.unit.bounds.lower, upper: nil),
        thresholds: [Threshold(limit: resource.limit, direction: resource.direction)]))
  }

  /// The smallest value that at least a share `q` of the sorted values do not exceed.
  ///
  /// The inverted empirical distribution, type 1 of Hyndman & Fan, "Sample Quantiles in Statistical
  /// Packages", 1996: always a value that was really measured.
  static func quantile(_ sorted: [Double], _ q: Double) -> Double {
    guard !sorted.isEmpty else { return .nan }
    let rank = Int((q * Double(sorted.count)).rounded(.up))
    return sorted[min(max(rank, 1), sorted.count) - 1]
  }
}

/// The highest and lowest value of each hour that holds a finite sample.
struct HourlyExtremes {
  private(set) var peaks: [Double] = []
  private(set) var lows: [Double] = []

  /// - Parameters:
  ///   - samples: ascending.
  ///   - window: what is looked at.
  ///   - hours: those counted back from the window's end that are looked at.
  init(_ samples: SampleColumns, in window: TimeRange, hours: Int) {
    var current: Int64?
    for index in samples.indices(in: window) where samples.values[index].isFinite {
      let value = samples.values[index]
      // Counted back from the window's end, so that the last hour is whole.
      let hour = (window.end.nanoseconds &- samples.times[index]) / UseEvidence.hour
      // A sample stands for the hour that ends with it: one at the very start is of the hour before.
      guard hour < hours else { continue }
      if hour == current {
        peaks[peaks.count - 1] = max(peaks[peaks.count - 1], value)
        lows[lows.count - 1] = min(lows[lows.count - 1], value)
      } else {
        peaks.append(value)
        lows.append(value)
        current = hour
      }
    }
  }
}
