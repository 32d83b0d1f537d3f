internal import ArgumentParser
internal import Foundation
internal import TSQCapacity
internal import TSQClient
internal import TSQCore
internal import TSQServer
internal import TSQStorage

/// `tsq stats`: what a store holds and what it costs.
struct StatsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show what the store holds, what each metric takes, and how large it will be.",
    discussion: """
      With -o json everything: the statistics, each metric's series, samples, bytes and growth \
      over the last week of its data, the retention rules, and a forecast of the store's own size \
      with an 80 % interval. A forecast that the history does not carry says `unknown` and why.

      Examples:
        tsq stats --data metrics
        tsq stats --metrics
        tsq stats -o json --horizon 180d
        tsq stats --data metrics --encodings
      """)

  @OptionGroup var source: SourceOptions

  @Flag(help: "Show a row for each metric, the largest first, instead of the whole store.")
  var metrics = false

  @Option(help: "How far to forecast the store's size.")
  var horizon = DurationArgument(nanoseconds: 30 * 86_400_000_000_000)

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  @Flag(help: "Show how the samples in segments are written: reads every block of --data DIR.")
  var encodings = false

  /// Days forecast at most: ten years.
  private static let horizonDaysMax: Int64 = 3650
  private static let dayNanoseconds: Int64 = 86_400_000_000_000

  func validate() throws {
    if encodings, source.server != nil {
      throw ValidationError("--encodings reads the store's files: name them with --data")
    }
    let lengths = Self.dayNanoseconds...Self.horizonDaysMax * Self.dayNanoseconds
    guard lengths.contains(horizon.nanoseconds) else {
      throw ValidationError("--horizon must be from 1d to 10y")
    }
  }

  func run() async throws {
    if encodings { return try EncodingTable.write(of: source, as: output) }
    var (entries, usage) = try await gather()
    let out = StandardOutput()
    if metrics, output != .json {
      try out.write(shown(Self.table(usage)))
      try out.flush()
      return
    }
    let forecast = self.forecast(entries, usage)
    if output == .json {
      try out.writeLine(
        JSONText.line(StatsJSON(entries: entries, usage: usage, forecast: forecast)))
      try out.flush()
      return
    }
    entries += Self.entries(of: forecast)
    var table = Table(["statistic", "#value"])
    for (name, value) in entries { table.add([name, value.text]) }
    try out.write(shown(table))
    try out.flush()
    for doubt in forecast.doubts { Diagnostic.note("the forecast is UNKNOWN: \(doubt)") }
    usage.forecastNotes.forEach(Diagnostic.note)
  }

  private func gather() async throws -> ([(String, StatisticValue)], StoreUsage) {
    if let client = try source.client() {
      let entries = try Self.entries(ofJSON: await client.statistics())
      return (entries, try UpkeepAnswer.decode(StoreUsage.self, await client.usage()))
    }
    return try source.whileReading { store in
      (
        Self.entries(of: StoreFact.facts(of: store.statistics(), try store.layout())),
        try store.usage()
      )
    }
  }

  private func shown(_ table: Table) -> String {
    output == .csv ? table.csv : output == .md ? table.markdown : table.text
  }

  private func forecast(
    _ entries: [(String, StatisticValue)], _ usage: StoreUsage
  ) -> DiskForecast {
    func number(_ name: String) -> Double? {
      if case .number(let value)? = entries.first(where: { $0.0 == name })?.1 { value } else { nil }
    }
    var end = Clock.now()
    if case .text(let last)? = entries.first(where: { $0.0 == "last_time" })?.1,
      let time = Timestamp(rfc3339: last)
    {
      end = min(end, time)
    }
    return DiskForecast(
      usage, freeBytes: number("free_bytes"), end: end,
      horizonDays: Int(horizon.nanoseconds / Self.dayNanoseconds),
      unflushedSamples: Int(number("head_samples") ?? 0))
  }

  private static func entries(of forecast: DiskForecast) -> [(String, StatisticValue)] {
    guard let last = forecast.points.last else { return [] }
    let verdict = forecast.doubts.isEmpty ? "trusted" : "UNKNOWN"
    var entries: [(String, StatisticValue)] = [
      ("forecast_time", .text(last.time.description)), ("forecast_verdict", .text(verdict)),
      ("forecast_bytes", .number(last.bytes.rounded())),
      ("forecast_bytes_low", .number(last.low.rounded())),
      ("forecast_bytes_high", .number(last.high.rounded())),
    ]
    if let time = forecast.earliestFull {
      entries.append(("disk_full_earliest", .text(time.description)))
    }
    if let time = forecast.expectedFull {
      entries.append(("disk_full_expected", .text(time.description)))
    }
    return entries
  }

  private static func table(_ usage: StoreUsage) -> Table {
    let hasHours = usage.metrics.contains { ($0.hours ?? 0) > 0 }
    var table = Table(
      ["metric", "#series", "#samples", "#bytes", "#bytes/sample", "#samples/day", "#bytes/day"]
        + (hasHours ? ["#hours", "#hourly bytes"] : []))
    for metric in usage.metrics {
      // The hourly values have columns of their own.
      let hourly = metric.hourlyBytes ?? 0
      let share = Double(metric.bytes - hourly) / Double(max(metric.samples, 1))
      let cells = [
        metric.metric, "\(metric.series)", "\(metric.samples)", "\(metric.bytes - hourly)",
        NumberText.shortest((share * 1e3).rounded() / 1e3),
        NumberText.shortest(metric.samplesPerDay.rounded()),
        NumberText.shortest(metric.bytesPerDay.rounded()),
      ]
      table.add(cells + (hasHours ? ["\(metric.hours ?? 0)", "\(hourly)"] : []))
    }
    return table
  }

  private static func entries(of facts: [StoreFact]) -> [(String, StatisticValue)] {
    facts.map { fact in
      switch fact.value {
      case .number(let number): (fact.name, .number(number))
      case .text(let text): (fact.name, .text(text))
      }
    }
  }

  private static func entries(ofJSON data: Data) throws -> [(String, StatisticValue)] {
    struct Envelope: Decodable { let data: [String: StatisticValue] }
    let decoder = JSONDecoder()
    let flat =
      try (try? decoder.decode(Envelope.self, from: data))?.data
      ?? decoder.decode([String: StatisticValue].self, from: data)
    // Lists are for those who read the answer itself.
    return flat.sorted { $0.key < $1.key }.compactMap { name, value -> (String, StatisticValue)? in
      if case .absent = value { nil } else { (name, value) }
    }
  }
}

/// A figure or a text of the statistics.
enum StatisticValue: Codable {
  case number(Double)
  case text(String)
  case absent

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .absent
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .absent: try container.encodeNil()
    }
  }

  /// The value as text.
  var text: String {
    switch self {
    case .number(let number): NumberText.shortest(number)
    case .text(let text): text
    case .absent: ""
    }
  }
}
