internal import Foundation
internal import TSQCore
internal import TSQForecast

/// What `--explain` says about how a forecast came to be.
enum ForecastExplanation {
  /// The lines, most telling first.
  static func lines(_ made: MadeForecast) -> [String] {
    let forecast = made.forecast
    let evidence = forecast.evidence
    var lines = [
      "history: \(CountText.text(evidence.historyBuckets, "bucket")), "
        + "\(CountText.text(evidence.filledBuckets, "gap")) filled, "
        + "\(CountText.text(evidence.clippedValues, "outlier")) held back",
      "backtest: \(CountText.text(evidence.folds, "fold")), "
        + "\(CountText.text(evidence.backtestSteps, "step")) scored",
    ]
    if !forecast.seasons.isEmpty {
      let seasons = forecast.seasons.map { DurationText.text(nanoseconds: $0) }
      lines.append("seasons: \(seasons.joined(separator: ", "))")
    }
    if !evidence.monthDays.isEmpty {
      let days = evidence.monthDays.map { $0 > 31 ? "last" : String($0) }
      lines.append("days of the month that stand out: \(days.joined(separator: ", "))")
    }
    if evidence.isMonotone { lines.append("monotone: it only ever rose, or only ever fell") }
    if evidence.boundsApplied { lines.append("bounds: some points were held at a bound") }
    if let error = evidence.combinedError, let naive = evidence.naiveError {
      lines.append(String(format: "combination: error %.4g, naive %.4g", error, naive))
    }
    for record in evidence.models {
      let skill = record.skill.map { String(format: ", skill %.2f", $0) } ?? ""
      lines.append(
        "  \(record.name): "
          + String(format: "error %.4g\(skill), weight %.2f", record.error, record.weight))
    }
    if let reading = made.reading { lines.append("read: \(reading)") }
    return lines
  }
}
