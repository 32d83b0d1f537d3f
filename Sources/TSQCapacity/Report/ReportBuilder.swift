internal import Foundation
public import TSQCore
internal import TSQForecast

/// Gathers judgements and alerts into a report.
public struct ReportBuilder: Sendable {
  /// Points of history kept for a chart: one a pixel or two of a page's width.
  public static let historyPoints = 360

  private var report: CapacityReport
  private let horizonNanoseconds: Int64
  private let time: Timestamp

  /// A report that has nothing in it yet.
  ///
  /// - Parameters:
  ///   - title: the heading.
  ///   - time: the instant of the evaluation.
  ///   - horizonNanoseconds: how far the charts look ahead.
  public init(title: String, at time: Timestamp, horizonNanoseconds: Int64) {
    report = CapacityReport(
      schemaVersion: CapacityReport.currentSchemaVersion, title: title,
      evaluatedAt: time.description, resources: [], alerts: [])
    self.horizonNanoseconds = horizonNanoseconds
    self.time = time
  }

  /// Adds one judged resource; its samples are thinned and let go.
  public mutating func add(_ reviewed: ReviewedResource) {
    let resource = reviewed.resource
    report.resources.append(
      ReportedResource(
        resource: resource.name, series: reviewed.series?.description ?? resource.selector,
        unit: resource.unit, limit: resource.limit, direction: resource.direction.rawValue,
        advice: Self.reported(reviewed), use: reviewed.use.map(Self.reported),
        trend: Self.trend(of: reviewed.history), forecast: forecast(of: reviewed),
        history: Self.thinned(reviewed.history)))
  }

  /// Adds one alert.
  public mutating func add(_ alert: AlertResult) {
    report.alerts.append(
      ReportedAlert(
        name: alert.rule.name, series: alert.series?.description, state: alert.state,
        severity: alert.rule.severity, reason: alert.reason))
  }

  /// The report, its resources with the most urgent first.
  public func finish() -> CapacityReport {
    var sorted = report
    let order: [Advice.Action] = [.scaleUp, .unknown, .scaleDown, .hold]
    func urgency(_ entry: ReportedResource) -> Int {
      order.firstIndex(of: entry.advice.action) ?? order.count
    }
    sorted.resources = report.resources.enumerated().sorted {
      (urgency($0.element), $0.offset) < (urgency($1.element), $1.offset)
    }.map(\.element)
    return sorted
  }

  // MARK: - The parts

  private static func reported(_ reviewed: ReviewedResource) -> ReportedAdvice {
    let (advice, lead) = (reviewed.advice, reviewed.resource.leadTimeNanoseconds)
    var reported = ReportedAdvice(
      action: advice.action, leadTimeSeconds: Double(lead) / 1e9, reason: advice.reason,
      evidence: advice.evidence, rejected: advice.rejected, p99After: finite(advice.p99After),
      orderBy: advice.orderBy?.description)
    if let forecast = reviewed.use?.forecast, let crossing = forecast.crossings.first {
      reported.isCrossed = crossing.alreadyCrossed
      reported.crossingProbability = forecast.verdict.isTrusted ? crossing.probability : nil
    }
    reported.quantity = advice.quantityText
    switch advice.quantity {
    case .factor(let factor): reported.capacityFactor = factor
    case .members(let now, let after): (reported.membersNow, reported.membersAfter) = (now, after)
    case nil: break
    }
    return reported
  }

  private static func reported(_ use: UseEvidence) -> ReportedUse {
    ReportedUse(
      from: use.window.start.description, through: use.window.end.description,
      wholeWeeks: use.wholeWeeks, coverage: use.coverage, p50: finite(use.p50),
      p95: finite(use.p95), p99: finite(use.p99), peak: finite(use.peak), p01: finite(use.p01))
  }

  private static func trend(of history: SampleColumns) -> ReportedTrend? {
    guard let trend = try? Trend.fit(history), trend.slopePerDay.isFinite, trend.slopeLow.isFinite,
      trend.slopeHigh.isFinite
    else { return nil }
    return ReportedTrend(
      slopePerDay: trend.slopePerDay, slopeLow: trend.slopeLow, slopeHigh: trend.slopeHigh,
      n: trend.n, nEffective: trend.nEffective)
  }

  private func forecast(of reviewed: ReviewedResource) -> ReportedForecast? {
    guard reviewed.use != nil else { return nil }
    let resource = reviewed.resource
    let forecast = Forecaster.forecast(
      reviewed.history,
      ForecastRequest(
        origin: time, horizonNanoseconds: horizonNanoseconds, levels: [0.80, 0.95],
        bounds: resource.unit.bounds,
        thresholds: [Threshold(limit: resource.limit, direction: resource.direction)]))
    // Behind a gate stands the naive forecast, whose chances are none to tell.
    let crossing = forecast.verdict.isTrusted ? forecast.crossings.first : nil
    return ReportedForecast(
      verdict: forecast.verdict.isTrusted ? "trusted" : "unknown",
      horizonSeconds: Double(horizonNanoseconds) / 1e9,
      gates: forecast.verdict.gates.map { "\($0); \($0.remedy) would suffice" },
      model: forecast.model, skill: forecast.verdict.isTrusted ? Self.finite(forecast.skill) : nil,
      crossingProbability: crossing?.probability, crossingP10: crossing?.p10?.description,
      crossingP50: crossing?.p50?.description, crossingP90: crossing?.p90?.description,
      points: forecast.points.compactMap(Self.reported))
  }

  private static func reported(_ point: ForecastPoint) -> ReportedPoint? {
    guard point.intervals.count == 2, let low = point.intervals.first,
      let wide = point.intervals.last,
      [point.mean, low.low, low.high, wide.low, wide.high].allSatisfy(\.isFinite)
    else { return nil }
    return ReportedPoint(
      time: point.time.description, mean: point.mean, low80: low.low, high80: low.high,
      low95: wide.low, high95: wide.high)
  }

  /// Bucket means, so that at most `historyPoints` are left; empty buckets stay gaps.
  private static func thinned(_ history: SampleColumns) -> [ReportedSample] {
    guard let first = history.times.first, let last = history.times.last else { return [] }
    let span = Double(last &- first)
    var buckets: [(mean: Double, time: Double, count: Double)] = Array(
      repeating: (0, 0, 0), count: historyPoints)
    for index in 0..<history.count where history.values[index].isFinite {
      let offset = Double(history.times[index] &- first)
      let bucket = span > 0 ? min(historyPoints - 1, Int(offset / span * Double(historyPoints))) : 0
      // A mean that is moved on stays inside its values, where a sum of large ones has no end.
      let count = buckets[bucket].count + 1
      buckets[bucket].mean += history.values[index] / count - buckets[bucket].mean / count
      buckets[bucket].time += offset
      buckets[bucket].count = count
    }
    return buckets.filter { $0.count > 0 }.map {
      ReportedSample(
        seconds: ((Double(first) + $0.time / $0.count) / 1e9).rounded(), value: $0.mean)
    }
  }

  private static func finite(_ value: Double?) -> Double? {
    value.flatMap { $0.isFinite ? $0 : nil }
  }
}

extension Advice {
  /// How much is to be done, in words: `40 % less capacity`, `5 -> 3 members`.
  public var quantityText: String? {
    switch quantity {
    case .factor(let factor) where factor >= 1:
      String(format: "%.0f %% more capacity", (factor - 1) * 100)
    case .factor(let factor): String(format: "%.0f %% less capacity", (1 - factor) * 100)
    case .members(let now, let after): "\(now) -> \(after) members"
    case nil: nil
    }
  }
}
