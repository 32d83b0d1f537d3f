internal import ArgumentParser
internal import Foundation
internal import TSQCapacity
internal import TSQClient
internal import TSQCore

/// `tsq series`: which series there are.
struct SeriesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "series",
    abstract: "List the series that match a selector.",
    discussion: """
      Examples:
        tsq series
        tsq series 'cpu_usage{host=~"web-.*"}' --since 1d -o json
        tsq series --cardinality
      """)

  @Argument(help: "A PromQL selector; by default every series.")
  var selector = "{__name__!=\"\"}"

  @Flag(help: "Show which labels and metrics make the series many, instead of the series.")
  var cardinality = false

  @OptionGroup var window: WindowOptions
  @OptionGroup var source: SourceOptions

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  func run() async throws {
    let range = try AllTimeWindow.range(window)
    let opened = try await source.open()
    let series = try await opened.whileOpen { try await $0.series(matching: selector, in: range) }
    if cardinality {
      return try CardinalityTable(series).write(output, limit: await seriesLimit())
    }
    let out = StandardOutput()
    if output == .json {
      let objects = series.map { labels in
        Dictionary(uniqueKeysWithValues: labels.pairs.map { ($0.name, $0.value) })
      }
      try out.writeLine(JSONText.line(objects))
    } else {
      try ListRenderer.write(series.map(\.description), title: "series", output, to: out)
    }
    try out.flush()
  }
}

extension SeriesCommand {
  /// The limit of the server that was asked, or `nil`: a folder has none.
  private func seriesLimit() async throws -> Int? {
    guard let client = try source.client() else { return nil }
    struct Answer: Decodable {
      struct Statistics: Decodable { let series_limit: Int? }
      let data: Statistics
    }
    // Other stores have no such page, and no such limit that one could ask for.
    let answer = try? JSONDecoder().decode(Answer.self, from: await client.statistics())
    return answer?.data.series_limit
  }
}

/// `tsq labels`: which label names there are, or the values of one.
struct LabelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "labels",
    abstract: "List label names, or the values of one label.",
    discussion: """
      Examples:
        tsq labels
        tsq labels host --match cpu_usage
      """)

  @Argument(help: "The label whose values are wanted; without it, the names are listed.")
  var name: String?

  @Option(help: "Only of series that match this selector.")
  var match = "{__name__!=\"\"}"

  @OptionGroup var window: WindowOptions
  @OptionGroup var source: SourceOptions

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  func run() async throws {
    let range = try AllTimeWindow.range(window)
    let opened = try await source.open()
    let series = try await opened.whileOpen { try await $0.series(matching: match, in: range) }
    var found: Set<String> = []
    for labels in series {
      if let name {
        if let value = labels[name] { found.insert(value) }
      } else {
        for pair in labels.pairs { found.insert(pair.name) }
      }
    }
    let sorted = found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let out = StandardOutput()
    if output == .json {
      try out.writeLine(JSONText.line(sorted))
    } else {
      try ListRenderer.write(sorted, title: name ?? "label", output, to: out)
    }
    try out.flush()
  }
}

/// A window that covers all time where the user names none.
enum AllTimeWindow {
  static func range(_ window: WindowOptions) throws -> TimeRange {
    guard window.since != nil || window.from != nil || window.to != nil else { return .all }
    let now = Clock.now()
    if window.since == nil, window.from == nil {
      return TimeRange(start: .distantPast, end: window.to?.resolve(now: now) ?? now)
    }
    return try window.range(now: now, default: 0)
  }
}

/// One text a line, in the formats that are not JSON.
enum ListRenderer {
  static func write(
    _ items: [String], title: String, _ format: OutputFormat, to out: StandardOutput
  ) throws {
    switch format {
    // A bare list pipes: no header, nothing to strip.
    case .table, .json: for item in items { try out.writeLine(item) }
    case .csv:
      try out.writeLine(CSVText.field(title))
      for item in items { try out.writeLine(CSVText.field(item)) }
    case .md: for item in items { try out.writeLine("- `\(item)`") }
    }
  }
}

/// JSON on one line, keys sorted.
enum JSONText {
  static func line(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
