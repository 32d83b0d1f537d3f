internal import TSQCore
internal import TSQForecast

/// The cells that the page and the Markdown table share.
extension ReportedResource {
  /// The quantile that decides, in its unit; the p1 is named, as the column's head says p99.
  var useText: String {
    let isBelow = direction == Threshold.Direction.below.rawValue
    guard let value = isBelow ? use?.p01 : use?.p99 else { return "unknown" }
    return (isBelow ? "p1 " : "") + unit.text(value)
  }

  /// The chance of a crossing with the time it is told for, from the forecast the advice rests on.
  var crossingText: String {
    guard let isCrossed = advice.isCrossed else { return "unknown" }
    if isCrossed { return "crossed already" }
    let leadTime = DurationText.text(nanoseconds: Int64(advice.leadTimeSeconds * 1e9))
    return (advice.crossingProbability.map(ChanceText.text) ?? "UNKNOWN") + " in \(leadTime)"
  }
}
