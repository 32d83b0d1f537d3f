import TSQCore
import Testing

@testable import TSQCapacity

@Suite("Forecast of a store's own size")
struct DiskForecastTests {
  private func steady(
    _ count: Int64, _ bytes: Double, keepDays: Int64? = nil, until today: Int64 = 20_000
  ) -> [DailyBytes] {
    (today - count..<today).map { DailyBytes(day: $0, keepDays: keepDays, bytes: bytes) }
  }

  @Test("a steady stream kept for ever grows by its bytes a day and fills the disk on its day")
  func steadyGrowth() throws {
    let forecast = DiskForecast(
      days: steady(60, 1000), today: 20_000, fixedBytes: 500, limitBytes: 70_400, horizonDays: 30)
    #expect(forecast.doubts.isEmpty, "\(forecast.doubts)")
    #expect(forecast.points.count == 30)
    for (index, point) in forecast.points.enumerated() {
      let expected = 500 + 60_000 + 1000 * Double(index + 1)
      #expect(abs(point.bytes - expected) < 50, "\(index): \(point.bytes), not \(expected)")
      #expect(point.low <= point.bytes && point.bytes <= point.high)
    }
    // 60,500 now; 9,900 bytes are left, which the tenth day takes.
    let full = try #require(forecast.expectedFull)
    #expect(full == Timestamp(seconds: 20_010 * 86_400))
    #expect(try #require(forecast.earliestFull) <= full)
  }

  @Test("a steady stream with retention keeps its size")
  func plateau() {
    let forecast = DiskForecast(
      days: steady(11, 1000, keepDays: 10) + steady(60, 100), today: 20_000, fixedBytes: 0,
      limitBytes: 1e6, horizonDays: 30)
    // Eleven whole days of one and sixty growing ones of the other.
    for (index, point) in forecast.points.enumerated() {
      let expected = 11_000 + 6000 + 100 * Double(index + 1)
      #expect(abs(point.bytes - expected) < 0.05 * expected, "\(index): \(point.bytes)")
    }
    #expect(forecast.expectedFull == nil)
  }

  @Test("too little history, or none, is said and not hidden")
  func doubts() {
    let short = DiskForecast(
      days: steady(4, 1000), today: 20_000, fixedBytes: 0, limitBytes: nil, horizonDays: 90)
    #expect(!short.doubts.isEmpty)
    #expect(short.points.count == 90)
    // Still not "nothing will be added".
    #expect(short.points[89].bytes == 94_000 && short.points[89].high == 184_000)
    let none = DiskForecast(
      days: [], today: 20_000, fixedBytes: 7, limitBytes: nil, horizonDays: 5)
    #expect(none.doubts == ["there is no whole day of samples yet"])
    #expect(none.points.allSatisfy { $0.bytes == 7 })
    let unflushed = DiskForecast(
      days: [], today: 20_000, fixedBytes: 7, limitBytes: nil, horizonDays: 5,
      unflushedSamples: 86_400)
    #expect(unflushed.doubts.count == 1)
    #expect(unflushed.doubts[0].contains("86400 are only in the log; `tsq flush`"))
    let past = DiskForecast(
      days: steady(10, 5, until: 10_000), today: 20_000, fixedBytes: 7, limitBytes: nil,
      horizonDays: 5)
    #expect(past.points.allSatisfy { $0.bytes == 57 })
  }
}
