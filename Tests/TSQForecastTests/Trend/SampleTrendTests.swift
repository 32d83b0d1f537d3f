import Foundation
import TSQCore
import TSQForecast
import Testing

/// The intervals on the project's own sample, whose true slopes stand in its generator.
@Suite("Trend of the sample data")
struct SampleTrendTests {
  /// Growth a day by metric and host, as `SampleFleet` has it; web-3's CPU jumps and has none.
  static let truth: [String: Double] = [
    "disk web-1": 0.0009, "disk web-2": 0.0008, "disk web-3": 0.0007, "disk db-1": 0.0047,
    "disk batch-1": 0, "memory web-1": 0.00066, "memory web-2": 0.00063, "memory web-3": 0,
    "memory db-1": 0.00024, "memory batch-1": 0, "cpu web-1": 0.0022, "cpu web-2": 0.0021,
    "cpu db-1": 0.0008,
  ]
  static let end: Int64 = 1_767_225_600
  static let day: Int64 = 86_400

  /// The committed sample, by metric and host.
  static let histories: [String: SampleColumns] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = folder.appending(path: "../../../data/sample.lp").standardizedFileURL
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    var histories: [String: SampleColumns] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ")
      guard parts.count == 3, let seconds = Int64(parts[2]),
        let host = parts[0].split(separator: "=").last,
        let metric = parts[0].split(separator: ",").first,
        let value = parts[1].split(separator: "=").last.flatMap({ Double($0) })
      else { continue }
      histories["\(metric) \(host)", default: SampleColumns()].append(
        time: seconds * 1_000_000_000, value: value)
    }
    return histories
  }()

  static func trend(_ name: String, from: Int64, through: Int64) throws -> TrendEstimate {
    let all = try #require(histories[name])
    let range = TimeRange(
      start: Timestamp(nanoseconds: from * 1_000_000_000),
      end: Timestamp(nanoseconds: through * 1_000_000_000))
    var part = SampleColumns()
    part.append(contentsOf: all, in: all.indices(in: range))
    return try Trend.fit(part)
  }

  @Test("the saw-tooth of log rotation is seen: fewer independent samples than samples")
  func effectiveSamples() throws {
    for host in ["web-1", "web-2", "web-3", "db-1", "batch-1"] {
      for days: Int64 in [30, 60] {
        let trend = try Self.trend(
          "disk \(host)", from: Self.end - days * Self.day, through: Self.end)
        #expect(trend.nEffective < 0.7 * Double(trend.n), "\(host), \(days): \(trend.nEffective)")
        let slope = try #require(Self.truth["disk \(host)"])
        #expect(trend.slopeLow <= slope && slope <= trend.slopeHigh, "\(host), \(days) days")
      }
    }
  }

  @Test("over windows of many lengths and ends the true slope lies inside")
  func windows() throws {
    var (inside, all) = (0, 0)
    var missed: [String: Int] = [:]
    for (name, slope) in Self.truth {
      for days: Int64 in [21, 24, 28, 30, 33, 38, 45, 52, 60, 69] {
        for back: Int64 in [0, 1, 4, 10] where days + back < 70 {
          let end = Self.end - back * Self.day
          let trend = try Self.trend(name, from: end - days * Self.day, through: end)
          all += 1
          if trend.slopeLow <= slope, slope <= trend.slopeHigh {
            inside += 1
          } else {
            missed[name, default: 0] += 1
          }
        }
      }
    }
    let share = Double(inside) / Double(all)
    #expect(share >= 0.9, "\(share) of \(all); missed \(missed)")
  }
}
