internal import Foundation
internal import TSQCore

extension CapacityReport {
  /// Charts on one page; a fleet of thousands is a table, with charts for the most urgent.
  public static let chartLimit = 60

  /// The report as one HTML page without scripts or outside files.
  public var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(HTMLText.escaped(title))</title>
    <style>
    \(ReportStyle.css)
    </style>
    </head>
    <body>
    <main>
    <h1>\(HTMLText.escaped(title))</h1>
    <p class="meta">As of <time>\(evaluatedAt)</time>. \(summarySentence)</p>
    \(adviceTable)
    \(alertTable)
    \(sections)
    <footer>Shaded: 80 % and 95 % prediction intervals, from the errors of a rolling-origin backtest.
    p99 is of hourly peaks over whole weeks. UNKNOWN means that the data does not allow an answer.</footer>
    </main>
    </body>
    </html>

    """
  }

  private var summarySentence: String {
    let actions: [(Advice.Action, String)] = [
      (.scaleUp, "to scale up"), (.scaleDown, "to scale down"), (.hold, "to hold"),
      (.unknown, "unknown"),
    ]
    let counts = actions.compactMap { action, words -> String? in
      let count = resources.count { $0.advice.action == action }
      return count > 0 ? "\(count) \(words)" : nil
    }
    let firing = alerts.count { $0.state == .firing }
    let unknown = alerts.count { $0.state == .unknown }
    return "\(resources.count) judged: \(counts.joined(separator: ", ")). "
      + "\(alerts.count) alerts evaluated: \(firing) firing, \(unknown) unknown."
  }

  private var adviceTable: String {
    var rows = ""
    for (index, entry) in resources.enumerated() {
      let link =
        index < Self.chartLimit
        ? "<a href=\"#r\(index)\">\(HTMLText.escaped(entry.series))</a>"
        : HTMLText.escaped(entry.series)
      rows += """
        <tr><td>\(HTMLText.escaped(entry.resource))</td><td>\(link)</td>\
        <td class="num">\(entry.useText)</td><td class="num">\(entry.unit.text(entry.limit))</td>\
        <td class="num">\(HTMLText.escaped(entry.crossingText))</td>\
        <td>\(Self.badge(entry.advice.action))</td>\
        <td>\(Self.order(entry.advice))</td>\
        <td class="why">\(HTMLText.escaped(entry.advice.reason))</td></tr>

        """
    }
    return """
      <h2>Advice</h2>
      <div class="wide"><table>
      <thead><tr><th>Resource</th><th>Series</th><th class="num">p99</th><th class="num">Limit</th>\
      <th class="num">Crossing in lead time</th><th>Advice</th><th>Quantity</th><th>Why</th></tr></thead>
      <tbody>
      \(rows)</tbody>
      </table></div>
      """
  }

  private var alertTable: String {
    guard !alerts.isEmpty else { return "" }
    let order: [AlertResult.State] = [.firing, .unknown, .pending, .inactive]
    let sorted = order.flatMap { state in alerts.filter { $0.state == state } }
    let rows = sorted.map { alert in
      """
      <tr><td>\(HTMLText.escaped(alert.name))</td><td>\(HTMLText.escaped(alert.series ?? "none"))</td>\
      <td><span class="badge \(alert.state.rawValue)">\(alert.state.rawValue)</span></td>\
      <td>\(alert.severity.rawValue)</td>\
      <td class="why">\(HTMLText.escaped(alert.reason))</td></tr>
      """
    }
    return """
      <h2>Alerts</h2>
      <div class="wide"><table>
      <thead><tr><th>Alert</th><th>Series</th><th>State</th><th>Severity</th><th>Why</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table></div>
      """
  }

  private var sections: String {
    resources.prefix(Self.chartLimit).enumerated().map { index, entry in
      let chart = ReportChart(entry)?.svg ?? "<p>No data to draw.</p>"
      return """
        <section id="r\(index)">
        <h3>\(HTMLText.escaped(entry.resource)) \(Self.badge(entry.advice.action))</h3>
        <p class="series">\(HTMLText.escaped(entry.series))</p>
        \(chart)
        <ul>
        \(facts(entry).map { "<li>\(HTMLText.escaped($0))</li>" }.joined(separator: "\n"))
        </ul>
        </section>
        """
    }.joined(separator: "\n")
  }

  private func facts(_ entry: ReportedResource) -> [String] {
    var facts = [entry.advice.reason] + entry.advice.evidence
    if let trend = entry.trend {
      facts.append(
        "trend \(Self.perDay(trend.slopePerDay, entry.unit)) a day (90 % interval "
          + "\(Self.perDay(trend.slopeLow, entry.unit)) to \(Self.perDay(trend.slopeHigh, entry.unit)))"
      )
    }
    if let forecast = entry.forecast {
      let skill = forecast.skill.map { String(format: ", skill %.2f against naive", $0) } ?? ""
      let horizon = DurationText.text(nanoseconds: Int64(forecast.horizonSeconds * 1e9))
      facts.append("chart: forecast over \(horizon) by \(forecast.model)\(skill)")
      facts += forecast.gates.map { "chart: UNKNOWN: \($0)" }
      if let middle = forecast.crossingP50, entry.advice.isCrossed != true {
        let early = forecast.crossingP10 ?? "not before the horizon"
        facts.append("crosses the limit around \(middle) (P10 \(early))")
      }
    }
    if let order = entry.advice.orderBy { facts.append("order by \(order)") }
    return facts + entry.advice.rejected.map { "not chosen: \($0)" }
  }

  private static func perDay(_ slope: Double, _ unit: MetricUnit) -> String {
    switch unit {
    case .fraction: String(format: "%+.3f points", slope * 100)
    case .percent: String(format: "%+.3f points", slope)
    default: (slope < 0 ? "-" : "+") + unit.text(abs(slope))
    }
  }

  /// How much to order and by which day, a line each.
  private static func order(_ advice: ReportedAdvice) -> String {
    let day = advice.orderBy.map {
      "order by <span class=\"num\">\(HTMLText.escaped(String($0.prefix(10))))</span>"
    }
    return [advice.quantity.map(HTMLText.escaped), day].compactMap { $0 }.joined(separator: "<br>")
  }

  private static func badge(_ action: Advice.Action) -> String {
    let words = action.rawValue.replacingOccurrences(of: "_", with: " ")
    return "<span class=\"badge \(action.rawValue)\">\(words)</span>"
  }
}
