import TSQCore
import TSQForecast
import TSQTestSupport
import Testing

@Suite("Trend")
struct TrendTests {
  @Test("an exact line is found exactly, wherever the epoch is")
  func exactLine() throws {
    let values = (0..<100).map { 5 + 0.25 * Double($0) }
    let trend = try #require(Trend.fit(Synthetic.samples(values)))
    #expect(abs(trend.slopePerDay - 6) < 1e-12)
    #expect(abs(trend.interceptAtStart - 5) < 1e-9)
    #expect(abs(trend.r2 - 1) < 1e-12)
    #expect(trend.n == 100)
    #expect(trend.robustSlopePerDay == nil)
    let later = Timestamp(nanoseconds: Synthetic.start + 10 * Synthetic.day)
    #expect(abs(trend.value(at: later) - 65) < 1e-9)
  }
}
