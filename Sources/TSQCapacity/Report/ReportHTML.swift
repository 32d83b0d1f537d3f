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
      let use = entry.use?.p99.map(entry.unit.text) ?? "unknown"
      let crossing = entry.forecast?.crossingProbability.map {
        HTMLText.escaped(ChanceText.text($0))
      }
      let link =
        index < Self.chartLimit
        ? "<a href=\"#r\(index)\">\(HTMLText.escaped(entry.series))</a>"
        : HTMLText.escaped(entry.series)
      rows += """
        <tr><td>\(HTMLText.escaped(entry.resource))</td><td>\(link)</td>\
        <td class="num">\(use)</td><td class="num">\(entry.unit.text(entry.limit))</td>\
        <td class="num">\(crossing ?? "unknown")</td>\
        <td>\(Self.badge(entry.advice.action))</td>\
        <td>\(HTMLText.escaped(entry.advice.quantity ?? ""))</td>\
        <td>\(HTMLText.escaped(entry.advice.reason))</td></tr>

        """
    }
    return """
      <h2>Advice</h2>
      <table>
      <thead><tr><th>Resource</th><th>Series</th><th class="num">p99</th><th class="num">Limit</th>\
      <th class="num">Crossing</th><th>Advice</th><th>Quantity</th><th>Why</th></tr></thead>
      <tbody>
      \(rows)</tbody>
      </table>
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
      <td>\(alert.severity.rawValue)</td><td>\(HTMLText.escaped(alert.reason))</td></tr>
      """
    }
    return """
      <h2>Alerts</h2>
      <table>
      <thead><tr><th>Alert</th><th>Series</th><th>State</th><th>Severity</th><th>Why</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>
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
      facts.append("forecast by \(forecast.model)\(skill)")
      if let middle = forecast.crossingP50 {
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

  private static func badge(_ action: Advice.Action) -> String {
    let words = action.rawValue.replacingOccurrences(of: "_", with: " ")
    return "<span class=\"badge \(action.rawValue)\">\(words)</span>"
  }
}

/// The page's style sheet, with a part for print.
enum ReportStyle {
  static let css = """
    :root { color-scheme: light; --ink: #1c2430; --soft: #5b6675; --line: #dfe4ea; --blue: #1f5fbf; }
    * { box-sizing: border-box; }
    body { margin: 0; background: #f6f7f9; color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
    main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 48px; background: #fff; }
    h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 32px 0 8px; }
    h3 { font-size: 16px; margin: 0; } .meta, .series, footer { color: var(--soft); }
    .series { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 13px; margin: 2px 0 8px; }
    table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
    th, td { text-align: left; padding: 6px 8px; border-bottom: 1px solid var(--line); vertical-align: top; }
    th { color: var(--soft); font-weight: 600; white-space: nowrap; }
    .num { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
    a { color: var(--blue); }
    .badge { display: inline-block; padding: 1px 8px; border-radius: 10px; font-size: 12px;
      font-weight: 600; white-space: nowrap; border: 1px solid currentColor; }
    .scale_up, .firing { color: #a3220f; background: #fdecea; }
    .scale_down { color: #14532d; background: #e7f6ec; }
    .unknown, .pending { color: #7a4b00; background: #fff4dc; }
    .hold, .inactive { color: #44505f; background: #eef1f4; }
    section { margin-top: 28px; padding-top: 20px; border-top: 1px solid var(--line); break-inside: avoid; }
    section ul { margin: 6px 0 0; padding-left: 20px; font-size: 13.5px; }
    svg { width: 100%; height: auto; display: block; }
    .grid { stroke: var(--line); } .tick { fill: var(--soft); font-size: 11px; }
    .history { fill: none; stroke: var(--ink); stroke-width: 1.2; }
    .forecast { fill: none; stroke: var(--blue); stroke-width: 1.8; stroke-dasharray: 6 3; }
    .band95 { fill: #1f5fbf; opacity: 0.13; } .band80 { fill: #1f5fbf; opacity: 0.22; }
    .limit { stroke: #a3220f; stroke-dasharray: 2 3; stroke-width: 1.3; }
    .limit-name { fill: #a3220f; font-size: 11px; } .now { stroke: var(--soft); stroke-width: 0.8; }
    footer { margin-top: 36px; font-size: 12.5px; }
    @media print { body { background: #fff; font-size: 11pt; } main { max-width: none; padding: 0; }
      a { color: inherit; text-decoration: none; } h2 { break-after: avoid; } }
    """
}
