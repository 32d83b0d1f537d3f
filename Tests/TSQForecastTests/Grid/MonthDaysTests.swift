import TSQCore
import TSQTestSupport
import Testing

@testable import TSQForecast

/// Days of the month that stand out.
@Suite("Days of the month")
struct MonthDaysTests {
  /// 2026-01-05 is a Monday; its bucket is labelled by the midnight after it.
  private static let end = Timestamp(nanoseconds: Synthetic.start + Synthetic.day)

  /// Days with a weekly wave and noise, and what each place of the month adds.
  private static func days(
    _ count: Int, seed: UInt64, calendar: [Int], adding: [Int: Double]
  ) -> [Double] {
    let noise = Synthetic.white(count, seed: seed)
    return (0..<count).map {
      100 + [0.0, 3, 4, 3, 1, -6, -5][$0 % 7] + noise[$0] + (adding[calendar[$0]] ?? 0)
    }
  }

  @Test("places of the month: by number, the last day by itself, leap years too")
  func places() {
    // Up to 2024-03-01, whose bucket ends at the midnight of the second.
    let end = Timestamp(nanoseconds: 1_709_337_600_000_000_000)
    let calendar = MonthDays.calendar(end: end, count: 33, ahead: 2)
    #expect(calendar.prefix(3) == [29, 30, MonthDays.lastDay])
    #expect(calendar[3] == 1)
    #expect(calendar.suffix(6) == [27, 28, MonthDays.lastDay, 1, 2, 3])
    // A label in the middle of a day ends a bucket that is mostly that day's or the one before's.
    let noon = end.adding(nanoseconds: -12 * Synthetic.hour)
    #expect(MonthDays.calendar(end: noon, count: 1, ahead: 0) == [1])
  }

  @Test(
    "noise has no days of the month; the first and the last are found", arguments: propertySeeds(5))
  func found(seed: UInt64) throws {
    let calendar = MonthDays.calendar(end: Self.end, count: 730, ahead: 40)
    let plain = Self.days(730, seed: seed, calendar: calendar, adding: [:])
    #expect(MonthDays(plain, calendar: calendar) == nil, "seed \(seed)")
    let adding = [1: 8.0, MonthDays.lastDay: -6.0]
    let series = Self.days(730, seed: seed, calendar: calendar, adding: adding)
    let months = try #require(MonthDays(series, calendar: calendar), "seed \(seed)")
    #expect(months.places == [1, MonthDays.lastDay], "seed \(seed)")
    let rest = months.removed(series)
    for index in series.indices {
      let removed = series[index] - rest[index]
      #expect(abs(removed - (adding[calendar[index]] ?? 0)) < 1.2, "seed \(seed), day \(index)")
    }
    for step in 0..<40 {
      #expect(abs(months.ahead(step) - (adding[calendar[730 + step]] ?? 0)) < 1.2)
    }
  }

  @Test("less than a year, or a day that stands out only now and then, says nothing")
  func notFound() {
    let calendar = MonthDays.calendar(end: Self.end, count: 730, ahead: 0)
    let series = Self.days(730, seed: 3, calendar: calendar, adding: [1: 20])
    #expect(MonthDays(Array(series.suffix(364)), calendar: Array(calendar.suffix(364))) == nil)
    var sometimes = Self.days(730, seed: 3, calendar: calendar, adding: [:])
    for index in stride(from: 5, to: 730, by: 97) { sometimes[index] += 20 }
    #expect(MonthDays(sometimes, calendar: calendar) == nil)
  }

  @Test("a forecast of days knows the first of the month, and its intervals hold it")
  func forecast() throws {
    let calendar = MonthDays.calendar(end: Self.end, count: 730, ahead: 40)
    let adding = [1: 15.0]
    let all = Self.days(770, seed: 7, calendar: calendar, adding: adding)
    let start = Self.end.adding(nanoseconds: -729 * Synthetic.day)
    let grid = HistoryGrid(
      start: start, stepNanoseconds: Synthetic.day, values: Array(all.prefix(730)))
    let request = ForecastRequest(
      origin: Self.end, horizonNanoseconds: 40 * Synthetic.day, stepNanoseconds: Synthetic.day,
      thresholds: [Threshold(limit: 111)])
    let forecast = Forecaster.forecast(grid, request)
    #expect(forecast.evidence.monthDays == [1])
    let first = try #require((0..<40).first { calendar[730 + $0] == 1 })
    // The first of February, where the wave is 100.
    #expect(first == 26)
    #expect(abs(forecast.points[first].mean - 115) < 2)
    let held = (0..<40).count {
      let interval = forecast.points[$0].intervals[0]
      return interval.low <= all[730 + $0] && all[730 + $0] <= interval.high
    }
    #expect(held >= 26, "\(held) of 40")
    // Only the first can pass the threshold.
    let crossing = forecast.crossings[0]
    #expect(crossing.probabilityByStep[first - 1] < 0.05)
    #expect(crossing.probabilityByStep[first] > 0.8)
  }
}
