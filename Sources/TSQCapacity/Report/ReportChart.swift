internal import Foundation
internal import TSQCore
internal import TSQForecast

/// The chart of one resource as inline SVG: history, forecast, intervals, limit.
///
/// Readable without colour too: the forecast is dashed, the limit dotted and named, and a title
/// says in words what is drawn.
struct ReportChart {
  private static let width = 760.0
  private static let height = 240.0
  /// The least room for the labels of the vertical axis, and what one of their characters takes.
  private static let leastLeft = 64.0
  private static let characterWidth = 7.0
  private static let right = 750.0
  private static let top = 12.0
  private static let bottom = 208.0

  private let entry: ReportedResource
  private let left: Double
  private let x: ChartTimeScale
  private let y: ChartScale
  private let forecast: [(seconds: Double, point: ReportedPoint)]

  /// A chart, or `nil` where there is nothing to draw.
  init?(_ entry: ReportedResource) {
    guard let first = entry.history.first, let last = entry.history.last else { return nil }
    self.entry = entry
    forecast = (entry.forecast?.points ?? []).compactMap { point in
      Timestamp(rfc3339: point.time).map { ($0.fractionalSeconds, point) }
    }
    let values =
      entry.history.map(\.value) + forecast.flatMap { [$0.point.low95, $0.point.high95] }
      + [entry.limit]
    let floor = entry.unit.bounds.lower.map { min($0, values.min() ?? 0) }
    y = ChartScale(
      values: floor ?? values.min() ?? 0, values.max() ?? 1, pixels: Self.bottom, Self.top,
      ticks: 5)
    let longest = y.ticks.map { Self.tickText($0, entry.unit).count }.max() ?? 0
    left = max(Self.leastLeft, 12 + Self.characterWidth * Double(longest))
    let ends = forecast.last?.seconds ?? last.seconds
    x = ChartTimeScale(seconds: first.seconds, ends, pixels: left, Self.right)
  }

  /// The SVG element.
  var svg: String {
    let name = HTMLText.escaped("\(entry.resource), \(entry.series): history and forecast")
    var parts = [
      "<svg viewBox=\"0 0 \(Self.number(Self.width)) \(Self.number(Self.height))\" role=\"img\""
        + " aria-label=\"\(name)\">"
    ]
    parts += axes
    parts.append(band(\.low95, \.high95, "band95"))
    parts.append(band(\.low80, \.high80, "band80"))
    parts += historyLines
    if !forecast.isEmpty {
      parts.append(line(forecast.map { ($0.seconds, $0.point.mean) }, "forecast"))
    }
    parts += limitLine
    if let now = entry.history.last, !forecast.isEmpty {
      let at = Self.number(x.position(now.seconds))
      parts.append(
        "<line class=\"now\" x1=\"\(at)\" y1=\"\(Self.number(Self.top))\" x2=\"\(at)\""
          + " y2=\"\(Self.number(Self.bottom))\"/>")
    }
    return (parts + ["</svg>"]).joined(separator: "\n")
  }

  private var axes: [String] {
    var parts: [String] = []
    for tick in y.ticks {
      let at = Self.number(y.position(tick))
      parts.append(
        "<line class=\"grid\" x1=\"\(Self.number(left))\" y1=\"\(at)\""
          + " x2=\"\(Self.number(Self.right))\" y2=\"\(at)\"/>")
      parts.append(
        "<text class=\"tick\" x=\"\(Self.number(left - 6))\" y=\"\(at)\" dy=\"0.35em\""
          + " text-anchor=\"end\">\(HTMLText.escaped(Self.tickText(tick, entry.unit)))</text>")
    }
    for tick in x.ticks {
      let at = x.position(tick.seconds)
      // A label at the very edge would be cut off.
      guard at < Self.right - 24 else { continue }
      parts.append(
        "<text class=\"tick\" x=\"\(Self.number(at))\" y=\"\(Self.number(Self.bottom + 18))\""
          + " text-anchor=\"middle\">\(tick.label)</text>")
    }
    return parts
  }

  /// Axis labels need no more digits than the steps between them.
  private static func tickText(_ value: Double, _ unit: MetricUnit) -> String {
    switch unit {
    case .fraction: String(format: "%.0f %%", value * 100)
    case .percent: String(format: "%.0f %%", value)
    default: unit.text(value)
    }
  }

  /// The history in pieces: a gap of more than six usual steps is not bridged by a line.
  private var historyLines: [String] {
    let points = entry.history
    let steps = zip(points.dropFirst(), points).map { $0.seconds - $1.seconds }.sorted()
    let longest = (steps.isEmpty ? 0 : steps[steps.count / 2]) * 6
    var pieces: [[(Double, Double)]] = []
    var previous = -Double.infinity
    for point in points {
      if point.seconds - previous > longest { pieces.append([]) }
      pieces[pieces.count - 1].append((point.seconds, point.value))
      previous = point.seconds
    }
    return pieces.map { line($0, "history") }
  }

  private var limitLine: [String] {
    let at = y.position(entry.limit)
    return [
      "<line class=\"limit\" x1=\"\(Self.number(left))\" y1=\"\(Self.number(at))\""
        + " x2=\"\(Self.number(Self.right))\" y2=\"\(Self.number(at))\"/>",
      "<text class=\"limit-name\" x=\"\(Self.number(left + 6))\" y=\"\(Self.number(at - 4))\">"
        + "limit \(HTMLText.escaped(entry.unit.text(entry.limit)))</text>",
    ]
  }

  private func line(_ points: [(Double, Double)], _ style: String) -> String {
    "<polyline class=\"\(style)\" points=\"\(points.map(pair).joined(separator: " "))\"/>"
  }

  private func band(
    _ low: KeyPath<ReportedPoint, Double>, _ high: KeyPath<ReportedPoint, Double>, _ style: String
  ) -> String {
    let upper = forecast.map { pair(($0.seconds, $0.point[keyPath: high])) }
    let lower = forecast.reversed().map { pair(($0.seconds, $0.point[keyPath: low])) }
    return "<polygon class=\"\(style)\" points=\"\((upper + lower).joined(separator: " "))\"/>"
  }

  private func pair(_ point: (Double, Double)) -> String {
    "\(Self.number(x.position(point.0))),\(Self.number(y.position(point.1)))"
  }

  private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
}

/// Text inside HTML.
enum HTMLText {
  /// The text with the five characters that mean something to HTML written as entities.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
