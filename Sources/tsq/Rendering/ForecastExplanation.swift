internal import Foundation
internal import TSQCore
internal import TSQForecast

/// What `--explain` says about how a forecast came to be.
enum ForecastExplanation {
  /// The lines, most telling first.
  static func lines(_ forecast: Forecast) -> [String] {
    let evidence = forecast.evidence
    var lines = [
      "history: \(evidence.historyBuckets) buckets, \(evidence.filledBuckets) gaps filled, "
        + "\(evidence.clippedValues) outliers clipped",
      "backtest: \(evidence.folds) folds, \(evidence.backtestSteps) steps scored",
    ]
    if !forecast.seasons.isEmpty {
      let seasons = forecast.seasons.map { DurationText.text(nanoseconds: $0) }
      lines.append("seasons: \(seasons.joined(separator: ", "))")
    }
    if let shift = evidence.levelShift {
      lines.append(
        "level shift: \(NumberText.shortest(shift.size)), \(shift.bucketsAgo) buckets ago")
    }
    for record in evidence.models {
      let skill = record.skill.map { String(format: ", skill %.2f", $0) } ?? ""
      lines.append(
        "  \(record.name): "
          + String(format: "error %.4g\(skill), weight %.2f", record.error, record.weight))
    }
    return lines
  }
}
