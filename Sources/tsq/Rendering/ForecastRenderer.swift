internal import Foundation
internal import TSQCapacity
internal import TSQCore
internal import TSQForecast

/// One forecast as text in each format.
struct ForecastRenderer {
  let format: OutputFormat
  let explain: Bool
  /// Whether CSV has a `series` column: only where several series match.
  var withSeries: Bool
  let unit: MetricUnit
  /// The levels of the intervals asked for.
  let levels: [Double]

  /// Rows of a table: what fits a screen.
  ///
  /// The other formats have every step.
  private static let tableRows = 14

  /// What stands before the first forecast.
  func head() -> String {
    switch format {
    case .table, .md: ""
    case .json: "{\"forecasts\":["
    case .csv: header()
    }
  }

  /// What stands after the last.
  var tail: String { format == .json ? "]}\n" : "" }

  /// One forecast.
  func text(_ made: MadeForecast, isFirst: Bool) throws -> String {
    let (labels, forecast) = (made.labels, made.forecast)
    switch format {
    case .table: return (isFirst ? "" : "\n") + page(made, table: \.text)
    case .md: return (isFirst ? "" : "\n") + page(made, table: \.markdown)
    case .json: return try (isFirst ? "" : ",") + ForecastJSON(made, explain).text()
    case .csv: return csv(labels, forecast)
    }
  }

  // MARK: - CSV

  private func levelNames(_ levels: [Double]) -> [String] {
    levels.map { NumberText.shortest(($0 * 1e6).rounded() / 1e4) }
  }

  private func header() -> String {
    let levels = levelNames(levels).flatMap { ["lo\($0)", "hi\($0)"] }
    let columns = (withSeries ? ["series"] : []) + ["timestamp", "mean"] + levels
    return columns.joined(separator: ",") + "\n"
  }

  private func csv(_ labels: Labels?, _ forecast: Forecast) -> String {
    // Without intervals their columns stay empty.
    let columns = 1 + 2 * levels.count
    let prefix = withSeries ? CSVText.field(labels?.description ?? "") + "," : ""
    return forecast.points.map { point in
      let numbers = [point.mean] + point.intervals.flatMap { [$0.low, $0.high] }
      let empty = [String](repeating: "", count: max(columns - numbers.count, 0))
      return prefix + Self.seconds(point.time) + ","
        + (numbers.map(NumberText.shortest) + empty).joined(separator: ",") + "\n"
    }.joined()
  }

  /// Unix seconds, with a fraction only where there is one.
  static func seconds(_ time: Timestamp) -> String {
    time.decimalSeconds
  }

  // MARK: - Tables

  private func page(
    _ made: MadeForecast, table kind: KeyPath<Table, String>
  ) -> String {
    let (labels, forecast) = (made.labels, made.forecast)
    var lines: [String] = []
    let name = labels?.description ?? "history"
    let title =
      "\(name): \(forecast.points.count) steps of "
      + "\(DurationText.text(nanoseconds: forecast.stepNanoseconds)) from \(forecast.origin)"
    lines.append(kind == \Table.markdown ? "## \(title)\n" : title)
    lines += unknown(forecast)
    if !forecast.verdict.isTrusted, !forecast.points.isEmpty {
      lines.append("UNKNOWN: the figures below are the naive forecast")
    }
    lines.append("model: \(forecast.model)\(quality(forecast))")
    lines += forecast.crossings.map { crossing($0, forecast) }
    if let note = Self.note(absurd: forecast.evidence.absurdValues) { lines.append(note) }
    if let shift = forecast.evidence.levelShift { lines.append(Self.note(shift, forecast)) }
    if explain { lines += ForecastExplanation.lines(made) }
    guard !forecast.points.isEmpty else { return lines.joined(separator: "\n") + "\n" }
    if let intervals = forecast.points.first?.intervals, intervals.isEmpty, !levels.isEmpty {
      lines.append("no interval: one value or a few equal ones do not say how far the next may lie")
    }
    let levels = levelNames(forecast.points.first?.intervals.map(\.level) ?? [])
    var table = Table(["time", "#mean"] + levels.flatMap { ["#lo\($0)", "#hi\($0)"] })
    let every = max(1, (forecast.points.count + Self.tableRows - 1) / Self.tableRows)
    let rows = forecast.points.enumerated().filter { ($0.offset + 1) % every == 0 }
      .map(\.element)
    let gap = Self.gap(rows, limits: forecast.crossings.map(\.threshold.limit))
    for point in rows {
      table.add([point.time.description] + Self.numbers(point).map { unit.text($0, apart: gap) })
    }
    if every > 1 {
      lines.append("every \(every) steps; -o csv has them all")
    }
    if kind == \Table.markdown { lines.append("") }
    return lines.joined(separator: "\n") + "\n" + table[keyPath: kind]
  }

  private func unknown(_ forecast: Forecast) -> [String] {
    forecast.verdict.gates.map { "UNKNOWN: \($0); \($0.remedy) would suffice" }
  }

  /// What a format without room for words leaves out: why figures are not to be trusted.
  func warnings(_ labels: Labels?, _ forecast: Forecast) -> [String] {
    let name = labels?.description ?? "history"
    let note = forecast.points.isEmpty ? "" : "; the figures are the naive forecast"
    let absurd = Self.note(absurd: forecast.evidence.absurdValues).map { "\(name): \($0)" }
    return [absurd].compactMap(\.self) + unknown(forecast).map { "\(name): \($0)\(note)" }
  }

  /// What a reader must know of values that were left out.
  private static func note(absurd count: Int) -> String? {
    guard count > 0 else { return nil }
    return "left out: \(CountText.text(count, "lone value")), too far out to be measured"
  }

  /// What a reader must know of a fresh jump of the level.
  private static func note(_ shift: LevelShift, _ forecast: Forecast) -> String {
    let (age, overflow) = Int64(shift.bucketsAgo).multipliedReportingOverflow(
      by: forecast.stepNanoseconds)
    let ago = DurationText.text(nanoseconds: overflow ? .max : age)
    return "level shift: by \(String(format: "%+.4g", shift.size)) \(ago) ago; "
      + "it may stay or go back, and the intervals count both"
  }

  private static func numbers(_ point: ForecastPoint) -> [Double] {
    [point.mean] + point.intervals.flatMap { [$0.low, $0.high] }
  }

  /// The smallest difference between a row's numbers, or to a threshold, that is not rounding.
  private static func gap(_ rows: [ForecastPoint], limits: [Double]) -> Double {
    var gap = Double.infinity
    for point in rows {
      let sorted = (numbers(point) + limits).sorted()
      for (low, high) in zip(sorted, sorted.dropFirst())
      where high - low > 1e-12 * max(abs(low), abs(high)) {
        gap = min(gap, high - low)
      }
    }
    return gap
  }

  private func quality(_ forecast: Forecast) -> String {
    // The backtest measured the combination; where the naive forecast is shown it says nothing of it.
    guard forecast.verdict.isTrusted else { return "" }
    var words = ""
    if let skill = forecast.skill {
      words += String(format: "; skill %.2f against naive", skill)
      words += " over \(forecast.evidence.folds) folds"
    }
    for held in forecast.intervalCoverage {
      let level = levelNames([held.level])[0]
      words += "; \(level) % interval held " + String(format: "%.0f %%", held.coverage * 100)
    }
    return words
  }

  /// What is known of each threshold, a sentence each.
  func crossings(_ labels: Labels?, _ forecast: Forecast) -> [String] {
    forecast.crossings.map { found in
      let words = crossing(found, forecast)
      return labels.map { "\($0): \(words)" } ?? words
    }
  }

  private func crossing(_ crossing: CrossingForecast, _ forecast: Forecast) -> String {
    let side = crossing.threshold.direction == .above ? "above" : "below"
    let limit = unit.text(limit: crossing.threshold.limit)
    // Nothing goes beyond the end of what it can be: it gets there.
    let course = crossing.countsReaching ? "reaching \(limit)" : "going \(side) \(limit)"
    if crossing.alreadyCrossed {
      let step = DurationText.text(nanoseconds: forecast.stepNanoseconds)
      let place = crossing.countsReaching ? "at" : side
      return "already \(place) \(limit): the mean of the newest \(step) is"
    }
    // What no interval can be told of has no chance to be told either.
    if forecast.points.first?.intervals.isEmpty ?? true, !levels.isEmpty {
      return "chance of \(course): UNKNOWN"
    }
    let chance = ChanceText.text(crossing.probability)
    var words = "\(chance) chance of \(course)"
    let times = [("P10", crossing.p10), ("P50", crossing.p50), ("P90", crossing.p90)]
    let known = times.compactMap { name, time in time.map { "\(name) \($0)" } }
    if !known.isEmpty { words += ": " + known.joined(separator: ", ") }
    return words
  }
}
