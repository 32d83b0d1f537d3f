internal import TSQCore
internal import TSQForecast

/// One forecast with whose it is and what must be said beside it.
struct MadeForecast: Sendable {
  /// The series; `nil` means a file.
  let labels: Labels?
  let forecast: Forecast
  /// Damage in the history, in words.
  let warnings: [String]
  /// What was read for it, where that was counted.
  let reading: String?

  init(
    _ labels: Labels?, _ forecast: Forecast, warnings: [String] = [], reading: String? = nil
  ) {
    self.reading = reading
    self.labels = labels
    self.forecast = forecast
    self.warnings = warnings
  }
}

/// Writes forecasts one after the other, as they are made, and keeps the worst verdict.
struct ForecastWriter {
  var renderer: ForecastRenderer
  private(set) var verdict = Verdict.ok
  private let output = StandardOutput()
  private var count = 0

  init(renderer: ForecastRenderer) { self.renderer = renderer }

  /// The probability from which a threshold counts as going to be crossed.
  static let criticalProbability = 0.5

  /// Adds one forecast; its warnings go to standard error too.
  mutating func add(_ made: MadeForecast) throws {
    let forecast = made.forecast
    let name = made.labels.map { "\($0): " } ?? ""
    Diagnostic.warnOnce(made.warnings.map { name + "forecast from what is readable; \($0)" })
    if count == 0 { try output.write(renderer.head()) }
    try output.write(renderer.text(made, isFirst: count == 0))
    // CSV has no place for words: they must not be missing for that.
    if renderer.format == .csv {
      renderer.warnings(made.labels, forecast).forEach(Diagnostic.warn)
      // The columns are the forecast's; what was asked about thresholds is said all the same.
      renderer.crossings(made.labels, forecast).forEach(Diagnostic.note)
    }
    count += 1
    verdict = max(verdict, Self.verdict(of: forecast))
  }

  /// Writes what ends the document.
  mutating func finish() throws {
    try output.write(renderer.tail)
    try output.flush()
  }

  /// UNKNOWN where a gate fired, CRITICAL where a threshold is likely crossed, else OK.
  private static func verdict(of forecast: Forecast) -> Verdict {
    let crossed = forecast.crossings.contains {
      $0.alreadyCrossed || $0.probability >= criticalProbability
    }
    guard forecast.verdict.isTrusted else { return .unknown }
    return crossed ? .critical : .ok
  }
}
