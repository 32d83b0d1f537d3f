import TSQTestSupport
import Testing

@testable import TSQForecast

@Suite("Fading profiles and pooled ranges")
struct FadingTests {
  @Test("what is off the week's profile halves in half a day, and in a day")
  func fading() {
    // Weeks of 28 steps, days of 4; the newest day lies three above its usual place.
    let usual = (0..<28).map { Double($0 * 7 % 11) }
    var series = (0..<28 * 6).map { usual[$0 % 28] }
    for index in (series.count - 4)..<series.count { series[index] += 3 }
    let plan = ForecasterFormTests.plan(series.count, horizon: 28)
    var table = PathTable(plan: plan, capacity: 2)
    Bank(series: series, seasons: Seasons(short: 4, long: 28)).addFading(&table)
    #expect(table.names == ["week-fading-fast", "week-fading-slow"])
    for (forecaster, halfLife) in [(0, 2.0), (1, 4.0)] {
      let path = ForecasterFormTests.path(table, forecaster)
      var off = 3.0
      for step in 0..<24 {
        off *= 1 - 0.693 / halfLife
        #expect(abs(path[step] - usual[step] - off) < 1e-12, "step \(step)")
      }
      // The newest day is a third of its own profile.
      off *= 1 - 0.693 / halfLife
      #expect(abs(path[24] - usual[24] - 1 - off) < 1e-12)
    }
  }

  @Test("ranges beyond the first season share their errors, nearer ones keep their own")
  func pooling() {
    let series = Synthetic.autoregressive(600, rho: 0.9, seed: 3)
    var settings = EngineSettings()
    let plan = BacktestPlan(count: 600, season: 24, horizon: 120, settings: settings)
    let table = Bank(series: series, seasons: Seasons(short: 24, long: 0)).paths(plan: plan)
    func errors(_ share: Double) -> [[Double]] {
      settings.farPooling = share
      return BankScore(table: table, actual: series, seasonal: true, settings: settings).rangeErrors
    }
    let (own, half, pooled) = (errors(0), errors(0.5), errors(1))
    let near = plan.rangeEnds.firstIndex { $0 >= 24 } ?? 0
    for forecaster in 0..<table.count {
      for range in 0...near {
        #expect(own[forecaster][range] == pooled[forecaster][range])
      }
      for range in (near + 1)..<plan.rangeEnds.count + 1 {
        #expect(pooled[forecaster][range] == pooled[forecaster][near + 1])
        let middle = (own[forecaster][range] + pooled[forecaster][range]) / 2
        #expect(abs(half[forecaster][range] - middle) < 1e-9)
      }
    }
  }
}
