internal import ArgumentParser
internal import Foundation
internal import TSQClient
internal import TSQCore
internal import TSQStorage

/// `tsq stats`: what a store holds and what it costs.
struct StatsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show what the store holds: series, samples, bytes, time range.",
    discussion: """
      Examples:
        tsq stats --data metrics
        tsq stats -o json
        tsq stats --data metrics --encodings
      """)

  @OptionGroup var source: SourceOptions

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  @Flag(help: "Show how the samples in segments are written: reads every block of --data DIR.")
  var encodings = false

  func validate() throws {
    if encodings, source.server != nil {
      throw ValidationError("--encodings reads the store's files: name them with --data")
    }
  }

  func run() async throws {
    if encodings { return try EncodingTable.write(of: source, as: output) }
    let entries: [(String, StatisticValue)]
    if let client = try source.client() {
      entries = try Self.entries(ofJSON: await client.statistics())
    } else {
      let store = try Store.openReadOnly(source.directory)
      entries = Self.entries(of: store.statistics()) + Self.entries(of: try store.layout())
      try store.close()
    }
    let out = StandardOutput()
    if output == .json {
      try out.writeLine(JSONText.line(Dictionary(uniqueKeysWithValues: entries)))
    } else {
      var table = Table(["statistic", "#value"])
      for (name, value) in entries { table.add([name, value.text]) }
      try out.write(
        output == .csv ? table.csv : output == .md ? table.markdown : table.text)
    }
    try out.flush()
  }

  private static func entries(of statistics: StoreStatistics) -> [(String, StatisticValue)] {
    var entries: [(String, StatisticValue)] = [
      ("series", .number(Double(statistics.series))),
      ("head_samples", .number(Double(statistics.headSamples))),
      ("segments", .number(Double(statistics.segments))),
      ("segment_samples", .number(Double(statistics.segmentSamples))),
      ("segment_blocks", .number(Double(statistics.segmentBlocks))),
      ("segment_bytes", .number(Double(statistics.segmentBytes))),
      ("log_bytes", .number(Double(statistics.logBytes))),
      ("last_sequence", .number(Double(statistics.lastSequence))),
      ("tombstones", .number(Double(statistics.tombstones))),
      ("unreadable_segments", .number(Double(statistics.unreadable.count))),
    ]
    if statistics.segmentSamples > 0 {
      let share = Double(statistics.segmentBytes) / Double(statistics.segmentSamples)
      entries.append(("segment_bytes_per_sample", .number((share * 1e4).rounded() / 1e4)))
    }
    if let range = statistics.timeRange {
      entries.append(("first_time", .text(range.start.description)))
      entries.append(("last_time", .text(range.end.description)))
    }
    if let free = statistics.freeBytes { entries.append(("free_bytes", .number(Double(free)))) }
    return entries
  }

  /// Where the bytes go: of samples in segments, everything in the folder counted.
  private static func entries(of layout: StoreLayout) -> [(String, StatisticValue)] {
    let parts: [(String, Int64)] = [
      ("timestamps", layout.timestamps), ("values", layout.values), ("labels", layout.labels),
      ("index", layout.index), ("summaries", layout.summaries), ("segment_rest", layout.rest),
      ("catalog", layout.catalog), ("state", layout.state), ("log", layout.log),
      ("total", layout.total),
    ]
    return parts.map { ("bytes_\($0)", .number(Double($1))) }
  }

  private static func entries(ofJSON data: Data) throws -> [(String, StatisticValue)] {
    struct Envelope: Decodable { let data: [String: StatisticValue] }
    let decoder = JSONDecoder()
    let flat =
      try (try? decoder.decode(Envelope.self, from: data))?.data
      ?? decoder.decode([String: StatisticValue].self, from: data)
    return flat.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
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

/// `tsq verify`: reads a store and says what is damaged.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check every file of a store; with --deep every block too.",
    discussion: """
      Names file, series and time range of what is damaged; everything outside stays readable. The \
      exit code is 1 when anything is.

      Examples:
        tsq verify --data metrics
        tsq verify --data metrics --deep
      """)

  @Option(help: "The store's folder; by default `TSQ_DATA`, else `tsq-data`.")
  var data: String?

  @Flag(help: "Decode every block and compare its summary, not only the checksums of the indexes.")
  var deep = false

  func run() throws {
    var source = SourceOptions()
    source.data = data
    source.server = nil
    try source.requireFolder()
    let store = try Store.openReadOnly(source.directory)
    let report = store.verify(deep: deep)
    try store.close()
    let out = StandardOutput()
    for damage in report.damage { try out.writeLine("damaged: \(damage)") }
    let state = report.isSound ? "sound" : "\(report.damage.count) damaged places"
    try out.writeLine(
      "\(state): \(report.segments) segments, \(report.blocks) blocks, \(report.samples) samples "
        + "decoded, \(report.logEntries) log entries")
    try out.flush()
    if !report.isSound { throw ExitCode(1) }
  }
}
