import Foundation
import TSQCore
import TSQForecast
import TSQTestSupport
import Testing

/// The benchmark's series, where they are at hand: the folder that `TSQ_DATASETS` names.
///
/// The full score is Benchmarks/Forecast/score.sh's; this holds the engine to the anchors on one
/// origin of each hourly series, so that a change that loses accuracy fails here first.
@Suite("Real series", .enabled(if: environment("TSQ_DATASETS") != nil))
struct RealSeriesTests {

  static let folder = (environment("TSQ_DATASETS") ?? "") + "/capacity-series"

  static func lines(_ path: String) throws -> [[String]] {
    let text = try String(contentsOfFile: folder + "/" + path, encoding: .utf8)
    return text.split(whereSeparator: \.isNewline).dropFirst().map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test("one day ahead the error stays well below the best anchor's")
  func accuracy() throws {
    var seen: Set<String> = []
    var (logs, count) = (0.0, 0.0)
    var inside = 0.0
    for row in try Self.lines("tasks.csv") {
      guard let origin = Int64(row[1]), row[3] == "3600", seen.insert(row[0]).inserted else {
        continue
      }
      let (history, future) = try Self.read(row[0], origin: origin)
      guard let last = history.times.last, future.count >= 24 else { continue }
      let request = ForecastRequest(
        origin: Timestamp(nanoseconds: last), horizonNanoseconds: Synthetic.day,
        stepNanoseconds: Synthetic.hour, bounds: .inferred(from: history.values))
      let grid = HistoryGrid.build(
        from: history, stepNanoseconds: Synthetic.hour, through: request.origin)
      let forecast = Forecaster.forecast(grid, request)
      let naive = Forecaster.naive(grid, request)
      var (error, naiveError, covered, compared) = (0.0, 0.0, 0.0, 0.0)
      for (step, point) in forecast.points.enumerated() {
        guard let actual = future[point.time.nanoseconds] else { continue }
        error += abs(actual - point.mean)
        naiveError += abs(actual - naive[step])
        compared += 1
        if point.intervals[0].low <= actual, actual <= point.intervals[0].high { covered += 1 }
      }
      guard naiveError > 0, compared > 0 else { continue }
      logs += log(max(error / naiveError, 1e-2))
      inside += covered / compared
      count += 1
    }
    #expect(count > 30)
    // The best anchor of the benchmark's table has 0.72 over all its origins.
    #expect(exp(logs / count) < 0.65, "relMAE \(exp(logs / count)) on \(count) series")
    #expect(inside / count > 0.7 && inside / count < 0.9, "coverage \(inside / count)")
  }

  static func read(
    _ series: String, origin: Int64
  ) throws -> (history: SampleColumns, future: [Int64: Double]) {
    var history = SampleColumns()
    var future: [Int64: Double] = [:]
    for row in try lines("series/\(series).csv") {
      guard let seconds = Int64(row[0]), let value = Double(row[1]) else { continue }
      if seconds <= origin {
        history.append(time: seconds * 1_000_000_000, value: value)
      } else {
        future[seconds * 1_000_000_000] = value
      }
    }
    return (history, future)
  }
}
