internal import TSQCapacity
internal import TSQCore
internal import TSQStorage

/// Everything `tsq stats` knows, as JSON: statistics by name, then metrics, rules and the forecast.
struct StatsJSON: Encodable {
  private struct Point: Encodable {
    let time: String
    let bytes: Int64
    let low: Int64
    let high: Int64
  }

  private struct Disk: Encodable {
    let level: Double
    let verdict: String
    let doubts: [String]
    let notes: [String]
    let expectedFull: String?
    let earliestFull: String?
    let points: [Point]

    enum CodingKeys: String, CodingKey {
      case level, verdict, doubts, notes, points
      case expectedFull = "expected_full"
      case earliestFull = "earliest_full"
    }
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  let entries: [(String, StatisticValue)]
  let usage: StoreUsage
  let forecast: DiskForecast

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    for (name, value) in entries { try container.encode(value, forKey: Name(stringValue: name)) }
    try container.encode(usage.metrics, forKey: Name(stringValue: "metrics"))
    try container.encode(usage.retention, forKey: Name(stringValue: "retention"))
    let disk = Disk(
      level: DiskForecast.level, verdict: forecast.doubts.isEmpty ? "trusted" : "unknown",
      doubts: forecast.doubts, notes: usage.forecastNotes,
      expectedFull: forecast.expectedFull?.description,
      earliestFull: forecast.earliestFull?.description,
      points: forecast.points.map {
        Point(
          time: $0.time.description, bytes: Int64($0.bytes), low: Int64($0.low),
          high: Int64($0.high))
      })
    try container.encode(disk, forKey: Name(stringValue: "disk_forecast"))
  }
}

extension DiskForecast {
  /// The forecast of a store from its statistics.
  ///
  /// - Parameters:
  ///   - usage: what each day takes.
  ///   - freeBytes: what is free on its disk, where known.
  ///   - end: the newest sample or now, whichever is earlier.
  ///   - horizonDays: how far.
  ///   - unflushedSamples: samples that are in no segment yet.
  init(
    _ usage: StoreUsage, freeBytes: Double?, end: Timestamp, horizonDays: Int,
    unflushedSamples: Int
  ) {
    let days = usage.days.map { day in
      DailyBytes(
        day: day.start.flooredDivision(by: 86_400).quotient,
        keepDays: day.keepSeconds == 0 ? nil : max(1, (day.keepSeconds + 86_399) / 86_400),
        bytes: day.bytes)
    }
    let totalBytes = Double(usage.totalBytes)
    let held = days.reduce(0) { $0 + $1.bytes }
    self.init(
      days: days, today: end.nanoseconds.flooredDivision(by: 86_400_000_000_000).quotient,
      fixedBytes: max(0, totalBytes - held), limitBytes: freeBytes.map { totalBytes + $0 },
      horizonDays: horizonDays, unflushedSamples: unflushedSamples)
  }
}

extension StoreUsage {
  /// What a forecast of the store's size leaves out, in words; empty where it leaves out nothing.
  var forecastNotes: [String] {
    guard retention.contains(where: { $0.resolutionSeconds > 0 }) else { return [] }
    return ["hourly values that retention is yet to write are not in the forecast of the size"]
  }
}
