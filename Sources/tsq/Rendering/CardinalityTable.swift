internal import Foundation
internal import TSQCore

/// Which labels make series many: what a label adds is what would go if it were left out.
struct CardinalityTable {
  /// One label or metric.
  private struct Row: Encodable {
    let kind: String
    let name: String
    /// Different values of a label; of a metric, its series.
    let values: Int
    /// Series that have it.
    let series: Int
    /// Series that would be left without it; for a metric, all others.
    let without: Int
    /// One of the values.
    let example: String
  }

  private struct Report: Encodable {
    let series: Int
    let limit: Int?
    let rows: [Row]
  }

  /// Rows shown of metrics; labels are few and all shown.
  private static let metricsShown = 20

  private let count: Int
  private let rows: [Row]

  /// Counts series by label and by metric.
  ///
  /// - Complexity: O(series × labels).
  init(_ series: [Labels]) {
    count = series.count
    var names: Set<String> = []
    for labels in series { for pair in labels.pairs { names.insert(pair.name) } }
    names.remove(Labels.metricNameLabel)
    let labels = names.map { CardinalityTable.label($0, series) }
    var metrics: [String: Int] = [:]
    for labels in series { metrics[labels.metric, default: 0] += 1 }
    let largest = metrics.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .prefix(Self.metricsShown)
    rows =
      labels.sorted { ($0.without, $0.name) < ($1.without, $1.name) }
      + largest.map { metric, number in
        Row(
          kind: "metric", name: metric, values: number, series: number,
          without: series.count - number, example: "")
      }
  }

  private static func label(_ name: String, _ series: [Labels]) -> Row {
    var values: Set<String> = []
    var rest: Set<Labels> = []
    var having = 0
    for labels in series {
      if let value = labels[name] {
        having += 1
        values.insert(value)
      }
      rest.insert(labels.filter { $0 != name })
    }
    let example = values.min { $0.utf8.lexicographicallyPrecedes($1.utf8) } ?? ""
    return Row(
      kind: "label", name: name, values: values.count, series: having, without: rest.count,
      example: String(example.prefix(60)))
  }

  /// Prints the report; warns where a limit is near.
  func write(_ format: OutputFormat, limit: Int?) throws {
    let out = StandardOutput()
    if format == .json {
      try out.writeLine(JSONText.line(Report(series: count, limit: limit, rows: rows)))
    } else {
      var table = Table(["kind", "name", "#values", "#series", "#series_without", "example"])
      for row in rows {
        table.add([
          row.kind, row.name, "\(row.values)", "\(row.series)", "\(row.without)", row.example,
        ])
      }
      try out.write(format == .csv ? table.csv : format == .md ? table.markdown : table.text)
    }
    try out.flush()
    guard let limit else { return }
    let share = count * 100 / max(1, limit)
    let words = "\(count) series are \(share) % of the server's limit of \(limit)"
    if share >= 80 { Diagnostic.warn(words) } else { Diagnostic.note(words) }
  }
}
