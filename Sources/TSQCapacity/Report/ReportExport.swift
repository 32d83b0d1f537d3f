public import Foundation
internal import TSQCore

extension CapacityReport {
  /// The report as JSON with sorted keys in snake case.
  ///
  /// - Throws: never for reports made by `ReportBuilder`, whose numbers are all finite.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// One line a resource, for a spreadsheet.
  public var csv: String {
    var lines = [
      "resource,series,unit,limit,action,quantity,p50,p95,p99,peak,coverage,slope_per_day,"
        + "forecast_verdict,crossing_probability,crossing_p10,crossing_p50,crossing_p90,order_by,"
        + "reason,forecast_horizon_seconds,lead_time_seconds,lead_time_crossing_probability,p01"
    ]
    for entry in resources {
      let numbers = [entry.use?.p50, entry.use?.p95, entry.use?.p99, entry.use?.peak]
      let cells: [String] =
        [entry.resource, entry.series, entry.unit.rawValue, NumberText.shortest(entry.limit)]
        + [entry.advice.action.rawValue, entry.advice.quantity ?? ""]
        + (numbers + [entry.use?.coverage, entry.trend?.slopePerDay]).map(Self.cell)
        + [entry.forecast?.verdict ?? "", Self.cell(entry.forecast?.crossingProbability)]
        + [entry.forecast?.crossingP10, entry.forecast?.crossingP50, entry.forecast?.crossingP90]
        .map { $0 ?? "" }
        + [entry.advice.orderBy ?? "", entry.advice.reason]
        + [entry.forecast?.horizonSeconds, entry.advice.leadTimeSeconds].map(Self.cell)
        + [entry.advice.crossingProbability, entry.use?.p01].map(Self.cell)
      lines.append(cells.map(Self.quoted).joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The report as a Markdown page.
  public var markdown: String {
    var text = "# \(title)\n\nAs of \(evaluatedAt).\n\n## Advice\n\n"
    text +=
      "| Resource | Series | p99 | Limit | Crossing in lead time | Advice | Quantity | Why |\n"
    text += "| --- | --- | ---: | ---: | ---: | --- | --- | --- |\n"
    for entry in resources {
      let cells = [
        entry.resource, "`\(entry.series)`", entry.useText, entry.unit.text(entry.limit),
        entry.crossingText, "**\(entry.advice.action.rawValue)**", entry.advice.quantity ?? "",
        entry.advice.reason,
      ]
      text += "| " + cells.map(Self.markdownCell).joined(separator: " | ") + " |\n"
    }
    if !alerts.isEmpty {
      text += "\n## Alerts\n\n| Alert | Series | State | Severity | Why |\n"
      text += "| --- | --- | --- | --- | --- |\n"
      for alert in alerts {
        let cells = [
          alert.name, alert.series.map { "`\($0)`" } ?? "", alert.state.rawValue,
          alert.severity.rawValue, alert.reason,
        ]
        text += "| " + cells.map(Self.markdownCell).joined(separator: " | ") + " |\n"
      }
    }
    text += "\n## Evidence\n"
    for entry in resources {
      text += "\n### \(entry.resource), `\(entry.series)`\n\n"
      for line in entry.advice.evidence { text += "- \(line)\n" }
      for line in entry.advice.rejected { text += "- not chosen: \(line)\n" }
    }
    return text
  }

  private static func cell(_ value: Double?) -> String { value.map(NumberText.shortest) ?? "" }

  /// A field of comma-separated values, quoted as RFC 4180 asks.
  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  private static func markdownCell(_ text: String) -> String {
    text.replacingOccurrences(of: "|", with: "\\|").replacingOccurrences(of: "\n", with: " ")
  }
}
