import TSQTestSupport
import Testing

@testable import TSQForecast

/// The forecasters made of sums and copies, each against its formula written out.
@Suite("Bank formulas")
struct BankFormTests {
  /// Five weeks of four-step days without any pattern, so that no mistake can cancel.
  static let series = Synthetic.white(140, sigma: 2, seed: 17)
  static let last = 139
  static let horizon = 40

  static func paths(_ series: [Double], _ seasons: Seasons) -> [String: [Double]] {
    let plan = BacktestPlan(
      count: series.count, season: seasons.short, horizon: horizon, settings: EngineSettings())
    let table = Bank(series: series, seasons: seasons).paths(plan: plan)
    var paths: [String: [Double]] = [:]
    for (index, name) in table.names.enumerated() {
      let start = table.offset(index, row: plan.folds)
      paths[name] = Array(table.values[start..<start + horizon])
    }
    return paths
  }

  static func mean(_ count: Int, last: Int) -> Double {
    series[(last - count + 1)...last].reduce(0, +) / Double(count)
  }

  /// Each forecaster's value `ahead` steps after the last, 1 for the next.
  static let formulas: [(String, @Sendable (Int) -> Double)] = [
    ("last", { _ in series[last] }),
    ("mean", { _ in mean(140, last: last) }),
    ("mean-4", { _ in mean(4, last: last) }),
    ("mean-28", { _ in mean(28, last: last) }),
    ("drift-28", { series[last] + (series[last] - series[last - 28]) / 28 * Double($0) }),
    (
      "drift-112",
      { ahead in
        let slope = (mean(4, last: last) - mean(4, last: last - 112)) / 112
        return mean(4, last: last) + slope * (2 + Double(ahead))
      }
    ),
    ("season-4x1", { series[last + place($0, 4) - 4] }),
    ("season-4x2", { (series[last + place($0, 4) - 4] + series[last + place($0, 4) - 8]) / 2 }),
    (
      "median-28x3",
      { ahead in [1, 2, 3].map { series[last + place(ahead, 28) - 28 * $0] }.sorted()[1] }
    ),
    (
      "season-drift-4",
      { ahead in
        let seasons = Double((ahead - 1) / 4 + 1)
        return series[last + place(ahead, 4) - 4] + seasons * (series[last] - series[last - 4])
      }
    ),
    (
      "change-4x3",
      { ahead in
        let changes = [1, 2, 3].map {
          series[last + place(ahead, 4) - 4 * $0] - series[last - 4 * $0]
        }
        let growth = (series[last] - series[last - 12]) / 3
        return series[last] + changes.reduce(0, +) / 3 + growth * Double((ahead - 1) / 4)
      }
    ),
    ("week-profile", { days(7, $0) }),
    ("week-profile-level", { days(7, $0) + mean(4, last: last) - mean(28, last: last) }),
    (
      "season-level",
      { ahead in
        let lift = (mean(4, last: last) - mean(4, last: last - 28)) / 2
        return series[last + place(ahead, 28) - 28] + lift
      }
    ),
    (
      "hour-and-day-2",
      { ahead in
        let day = (ahead - 1) / 4 % 7 + 1
        let levels = [1, 2].map { mean(4, last: last + 4 * day - 28 * $0) }
        return days(14, ahead) + levels.reduce(0, +) / 2 - mean(56, last: last)
      }
    ),
  ]

  /// Where in a season a step ahead falls, from 1 on.
  static func place(_ ahead: Int, _ season: Int) -> Int { (ahead - 1) % season + 1 }

  /// The mean of a place over past days.
  static func days(_ count: Int, _ ahead: Int) -> Double {
    (1...count).reduce(0) { $0 + series[last + place(ahead, 4) - 4 * $1] } / Double(count)
  }

  @Test("every forecaster of sums and copies follows its formula")
  func formulas() throws {
    let paths = Self.paths(Self.series, Seasons(short: 4, long: 28))
    for (name, formula) in Self.formulas {
      let path = try #require(paths[name], "\(name)")
      for ahead in 1...Self.horizon {
        #expect(abs(path[ahead - 1] - formula(ahead)) < 1e-9, "\(name), step \(ahead)")
      }
    }
  }

  @Test("weeks repeat what past years changed from the same week on")
  func yearChanges() throws {
    let series = Synthetic.white(160, seed: 4)
    let paths = Self.paths(series, Seasons(long: 52))
    let one = try #require(paths["season-change-1"])
    let two = try #require(paths["season-change-2"])
    for ahead in 1...Self.horizon {
      let changes = [1, 2].map { series[159 - 52 * $0 + ahead] - series[159 - 52 * $0] }
      #expect(abs(one[ahead - 1] - series[159] - changes[0]) < 1e-12)
      #expect(abs(two[ahead - 1] - series[159] - (changes[0] + changes[1]) / 2) < 1e-12)
    }
  }
}
