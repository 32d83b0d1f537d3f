import TSQCapacity
import TSQCore
import TSQQuery
import Testing

/// A source over columns in memory: a selector is a bare metric name or an exact series.
struct MemorySource: SampleSource {
  struct Broken: Error, CustomStringConvertible {
    var description: String { "the disk is on fire" }
  }

  var data: [Labels: SampleColumns] = [:]
  var isBroken = false
  /// What is said beside the samples of a host, as of damaged blocks.
  var damage: [String: String] = [:]
  /// Hosts whose samples cannot be read at all.
  var brokenHosts: Set<String> = []

  mutating func set(_ metric: String, host: String, _ columns: SampleColumns) throws {
    let labels = try #require(Labels(metric: metric, [("host", host)]))
    data[labels] = columns
  }

  func series(matching selector: String, in range: TimeRange) async throws -> [Labels] {
    if isBroken { throw Broken() }
    return data.keys.filter { labels in
      guard labels.metric == selector || labels.description == selector else { return false }
      return !(data[labels]?.indices(in: range).isEmpty ?? true)
    }.sorted()
  }

  func history(of series: Labels, in range: TimeRange) async throws -> SeriesHistory {
    let host = series["host"] ?? ""
    if isBroken || brokenHosts.contains(host) { throw Broken() }
    guard let columns = data[series] else { return SeriesHistory() }
    var found = SampleColumns()
    found.append(contentsOf: columns, in: columns.indices(in: range))
    return SeriesHistory(found, warnings: damage[host].map { [$0] } ?? [])
  }

  func instant(_ expression: String, at time: Timestamp) async throws -> QueryResult {
    QueryResult(value: .vector([]))
  }

  func range(
    _ expression: String, from: Timestamp, through: Timestamp, stepNanoseconds: Int64
  ) async throws -> QueryResult {
    QueryResult(value: .matrix([]))
  }

  func trends(_ selector: String, in range: TimeRange) async throws -> TrendAnswer {
    TrendAnswer(rows: [], statistics: QueryStatistics(), warnings: [])
  }
}

/// Histories with a known shape, ending at `Made.end`.
enum Made {
  /// 2026-03-02T00:00:00Z, a Monday.
  static let end = Timestamp(nanoseconds: 1_772_409_600_000_000_000)
  static let hour: Int64 = 3_600_000_000_000
  static let day = 24 * hour

  /// One sample a half hour: a level, a daily swing, growth a day, and small noise.
  static func history(
    days: Int, level: Double, swing: Double = 0, growthPerDay: Double = 0, noise: Double = 0.01,
    seed: UInt64 = 7
  ) -> SampleColumns {
    var random = SeededNoise(state: seed)
    var columns = SampleColumns()
    let steps = days * 48
    for step in 1...steps {
      let time = end.nanoseconds - Int64(steps - step) * hour / 2
      let day = Double(step) / 48
      let phase = (day - day.rounded(.down)) * 2
      // A triangle wave: no library function, the same everywhere.
      let wave = phase < 1 ? phase : 2 - phase
      columns.append(
        time: time, value: level + swing * wave + growthPerDay * day + noise * random.next())
    }
    return columns
  }
}

/// Deterministic noise in -1...1.
struct SeededNoise {
  var state: UInt64

  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(Int64(bitPattern: state) >> 11) / 4_503_599_627_370_496
  }
}
