internal import Foundation
public import TSQCore
internal import TSQForecast

/// Turns the measured use of a resource into one verdict.
///
/// - Up: the limit is crossed already, or the p99 of the hourly peaks lies above the limit, or the
///   forecast crosses the limit within the lead time with probability 0.5 or more. At least a day
///   of hourly peaks must have been seen for any of them.
/// - Down: only from the p99 of the hourly peaks over at least two whole weekly cycles. The forecast
///   may forbid it, by its upper end or by being UNKNOWN, and never asks for it; a mean is never
///   looked at.
/// - Unknown: too little, too thin or too old data, or a forecast over the lead time whose gate has
///   fired, said in words.
public struct Advisor: Sendable {
  /// Weekly cycles that must be seen before anything is taken away: one could be a holiday.
  public static let weeksForScaleDown = 2
  /// Share of hours that must hold data.
  public static let coverageNeeded = 0.8
  /// Hours with data that must be seen before anything is bought: one daily cycle.
  ///
  /// Whole weeks are too many here, since a limit that is crossed does not wait for them.
  public static let hoursForScaleUp = 24
  /// A change below a tenth of the capacity is not worth its risk.
  public static let smallestReduction = 0.1
  /// Capacity is advised in steps of a twentieth, rounded to the safe side.
  static let step = 0.05
  /// The chance of running out within the lead time at which capacity is to be added.
  public static let runOutProbability = 0.5

  private let resource: Resource
  private let time: Timestamp

  /// An advisor for one resource at one instant.
  public init(resource: Resource, at time: Timestamp) {
    self.resource = resource
    self.time = time
  }

  /// Judges a resource of its own.
  public func advise(_ labels: Labels?, _ evidence: UseEvidence?) -> Advice {
    var advice = Advice(
      resource: resource, series: labels, action: .hold, quantity: nil, reason: "", evidence: [],
      rejected: [], p99After: nil, orderBy: nil)
    guard let evidence else {
      advice.action = .unknown
      advice.reason = "no data: there is no sample to judge by"
      return advice
    }
    advice.evidence = sentences(evidence)
    if evidence.ageNanoseconds > UseEvidence.freshNanoseconds {
      advice.action = .unknown
      advice.reason =
        "stale: the newest sample is \(length(evidence.ageNanoseconds)) old, "
        + "\(length(UseEvidence.freshNanoseconds)) allowed"
      return advice
    }
    if decideUp(&advice, evidence) { return advice }
    if resource.direction == .above, decideDown(&advice, evidence) { return advice }
    decideHold(&advice, evidence)
    return advice
  }

  // MARK: - Up

  private func decideUp(_ advice: inout Advice, _ evidence: UseEvidence) -> Bool {
    let crossing = evidence.forecast.crossings.first
    let runsOut =
      evidence.forecast.verdict.isTrusted
      && (crossing?.probability ?? 0) >= Self.runOutProbability
    let isFull = crossing?.alreadyCrossed ?? false
    let isAbove = resource.direction == .above
    let isHot = isAbove ? evidence.p99 > resource.limit : evidence.p01 < resource.limit
    guard runsOut || isFull || isHot else { return false }
    guard evidence.filledHours >= Self.hoursForScaleUp, evidence.coverage >= Self.coverageNeeded
    else {
      doubtUp(&advice, evidence)
      return true
    }
    advice.action = .scaleUp
    if let early = crossing?.p10, !isFull {
      advice.orderBy = early.adding(nanoseconds: -resource.leadTimeNanoseconds)
    } else {
      advice.orderBy = time
    }
    let limit = resource.unit.text(resource.limit)
    if isFull {
      advice.reason =
        "the limit of \(limit) is crossed already, by the mean of the newest "
        + length(evidence.forecast.stepNanoseconds)
    } else if runsOut, let crossing {
      let chance = ChanceText.text(crossing.probability)
      advice.reason =
        "crosses \(limit) within the lead time of \(length(resource.leadTimeNanoseconds)) "
        + "with probability \(chance)"
    } else {
      let use = resource.unit.text(isAbove ? evidence.p99 : evidence.p01)
      advice.reason =
        isAbove
        ? "the p99 of hourly peaks, \(use), is over \(limit)"
        : "the p1 of hourly lows, \(use), is under \(limit)"
    }
    if let date = advice.orderBy, date < time {
      advice.reason += "; order now, the date has passed"
    }
    if let share = share(evidence) {
      let factor = max(1 + Self.step, share)
      advice.quantity = .factor(factor)
      advice.p99After = evidence.p99 / factor
    }
    return true
  }

  /// Too little was seen for a purchase, though what was seen is troubling.
  private func doubtUp(_ advice: inout Advice, _ evidence: UseEvidence) {
    advice.action = .unknown
    let extreme = resource.direction == .above ? evidence.peak : evidence.p01
    advice.reason =
      "too little data: \(seen(evidence)); \(Self.hoursForScaleUp) hours with data, "
      + "\(percent(Self.coverageNeeded)) of the time, would suffice"
    advice.rejected.append(
      "scale_up: what was seen points to it (\(resource.unit.text(extreme)) against a limit of "
        + "\(resource.unit.text(resource.limit))), but it is too little")
  }

  // MARK: - Down

  private func decideDown(_ advice: inout Advice, _ evidence: UseEvidence) -> Bool {
    guard evidence.wholeWeeks >= Self.weeksForScaleDown else {
      advice.rejected.append(
        "scale_down: \(CountText.text(evidence.wholeWeeks, "whole week")) of data, "
          + "\(Self.weeksForScaleDown) needed")
      return false
    }
    guard evidence.coverage >= Self.coverageNeeded else {
      advice.rejected.append("scale_down: \(percent(evidence.coverage)) of the hours hold data")
      return false
    }
    guard let factor = share(evidence), factor > 0 else {
      advice.rejected.append(
        "scale_down: a p99 of \(resource.unit.text(evidence.p99)) and a target of "
          + "\(resource.unit.text(resource.target)) do not tell a share of the capacity")
      return false
    }
    guard evidence.forecast.verdict.isTrusted else {
      advice.rejected.append("scale_down: \(unknownForecast(evidence))")
      return false
    }
    guard factor <= 1 - Self.smallestReduction else {
      if roundedUp(evidence.p99 / resource.target) <= 1 - Self.smallestReduction,
        let forecastHigh = upperForecast(evidence)
      {
        advice.rejected.append(
          "scale_down: the forecast may reach \(resource.unit.text(forecastHigh))")
      } else {
        advice.rejected.append(
          "scale_down: at the target of \(resource.unit.text(resource.target)) less than "
            + "\(percent(Self.smallestReduction)) could be saved")
      }
      return false
    }
    advice.action = .scaleDown
    advice.quantity = .factor(factor)
    advice.p99After = evidence.p99 / factor
    advice.reason =
      "the p99 of hourly peaks over \(evidence.wholeWeeks) whole weeks is "
      + "\(resource.unit.text(evidence.p99)), the target \(resource.unit.text(resource.target))"
    return true
  }

  // MARK: - Hold or unknown

  private func decideHold(_ advice: inout Advice, _ evidence: UseEvidence) {
    if evidence.wholeWeeks < 1 || evidence.coverage < Self.coverageNeeded {
      advice.action = .unknown
      advice.reason =
        "too little data: \(seen(evidence)); a whole week with data in "
        + "\(percent(Self.coverageNeeded)) of its hours would suffice"
      return
    }
    guard evidence.forecast.verdict.isTrusted else {
      advice.action = .unknown
      advice.reason = "\(fits(evidence)) so far, but \(unknownForecast(evidence))"
      return
    }
    advice.action = .hold
    guard let outlook = evidence.outlook, outlook.verdict.isTrusted,
      let crossing = outlook.crossings.first, crossing.probability >= Self.runOutProbability,
      let early = crossing.p10
    else {
      advice.reason = "\(fits(evidence)), and no run-out is in sight"
      return
    }
    let date = max(early.adding(nanoseconds: -resource.leadTimeNanoseconds), time)
    advice.orderBy = date
    let reach = UseEvidence.outlookLeadTimes * resource.leadTimeNanoseconds
    advice.reason =
      "\(fits(evidence)) so far, but it is crossed within \(length(reach)) with probability "
      + "\(ChanceText.text(crossing.probability)), perhaps (P10) from \(early) on"
  }

  /// That the measured use is no trouble, in words.
  func fits(_ evidence: UseEvidence) -> String {
    let (name, use) = evidence.deciding(resource.direction)
    return "the \(name) of \(resource.unit.text(use)) fits a limit of "
      + resource.unit.text(resource.limit)
  }

  /// Which gates withhold the forecast, in their own words.
  private func unknownForecast(_ evidence: UseEvidence) -> String {
    let gates = evidence.forecast.verdict.gates.map(\.description)
    return "the forecast is UNKNOWN: \(gates.joined(separator: "; "))"
  }

  // MARK: - Figures

  /// What is needed as a multiple of today's capacity; `nil` where the target is no measure for it:
  /// not positive, so small that the quotient has no end, or approached from above.
  private func share(_ evidence: UseEvidence) -> Double? {
    guard resource.direction == .above, resource.target > 0 else { return nil }
    let demand = max(evidence.p99, upperForecast(evidence) ?? evidence.p99)
    let share = roundedUp(demand / resource.target)
    return share.isFinite ? share : nil
  }

  /// The upper end of the widest interval, the highest over the lead time.
  private func upperForecast(_ evidence: UseEvidence) -> Double? {
    evidence.forecast.points.compactMap { $0.intervals.last?.high }.max()
  }

  private func sentences(_ evidence: UseEvidence) -> [String] {
    let unit = resource.unit
    var lines = [
      "hourly peaks over \(length(evidence.window.end.nanoseconds(since: evidence.window.start))): "
        + "p50 \(unit.text(evidence.p50)), p95 \(unit.text(evidence.p95)), "
        + "p99 \(unit.text(evidence.p99)), highest \(unit.text(evidence.peak))"
        + (resource.direction == .below
          ? "; p1 of hourly lows \(unit.text(evidence.p01))" : ""),
      "\(seen(evidence)), the newest sample is "
        + "\(length(evidence.ageNanoseconds)) old",
    ]
    let forecast = "forecast over \(length(resource.leadTimeNanoseconds))"
    for gate in evidence.forecast.verdict.gates {
      lines.append("\(forecast): UNKNOWN: \(gate); \(gate.remedy) would suffice")
    }
    if evidence.forecast.verdict.isTrusted, let crossing = evidence.forecast.crossings.first {
      lines.append(
        "\(forecast): crosses \(unit.text(resource.limit)) with probability "
          + ChanceText.text(crossing.probability))
    }
    return lines
  }

  private func roundedUp(_ factor: Double) -> Double {
    // The small slack keeps 0.6000000001 from becoming 0.65.
    (factor / Self.step - 1e-9).rounded(.up) * Self.step
  }

  /// How much was seen: `70 of 72 hours hold data`.
  private func seen(_ evidence: UseEvidence) -> String {
    "\(evidence.filledHours) of \(CountText.text(evidence.hours, "hour")) "
      + (evidence.filledHours == 1 && evidence.hours == 1 ? "holds data" : "hold data")
  }

  private func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }

  private func length(_ nanoseconds: Int64) -> String {
    let unit: Int64 = nanoseconds >= UseEvidence.hour ? 60_000_000_000 : 1_000_000_000
    return DurationText.text(nanoseconds: nanoseconds / unit * unit)
  }
}
