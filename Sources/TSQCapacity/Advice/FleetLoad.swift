internal import Foundation
public import TSQCore

/// The load of interchangeable members, as if spread evenly over them.
///
/// For each hour the peaks of all members are added and divided by their number: what one member
/// would carry if the balancer were perfect. Peaks of different minutes are added as if they fell
/// together, which errs on the safe side.
public struct FleetLoad: Sendable {
  /// Members that have sent something within the freshness limit.
  public let members: Int
  /// Mean load of a member, one sample an hour.
  public let perMember: SampleColumns
  /// Hours in which a member was missing; they cannot be added up and are left out.
  public let incompleteHours: Int

  /// Adds up the use of a fleet's members.
  ///
  /// - Parameters:
  ///   - histories: one per member, ascending; members silent for longer than the freshness limit
  ///     are not counted: they have left.
  ///   - time: the instant of the evaluation.
  /// - Complexity: O(samples).
  public init(_ histories: [SampleColumns], at time: Timestamp) {
    var sums: [Int64: (sum: Double, members: Int)] = [:]
    var fresh = 0
    for history in histories {
      guard let last = history.times.last,
        time.nanoseconds &- last <= UseEvidence.freshNanoseconds
      else { continue }
      fresh += 1
      for (hour, peak) in Self.hourlyPeaks(history, before: time) {
        let entry = sums[hour] ?? (0, 0)
        sums[hour] = (entry.sum + peak, entry.members + 1)
      }
    }
    var columns = SampleColumns()
    for hour in sums.keys.sorted(by: >) {
      guard let entry = sums[hour], entry.members == fresh else { continue }
      let end = time.nanoseconds &- hour * UseEvidence.hour
      columns.append(time: end, value: entry.sum / Double(fresh))
    }
    members = fresh
    perMember = columns
    incompleteHours = sums.count - columns.count
  }

  /// The peak of each hour that holds a finite sample, the hours counted back from the end.
  private static func hourlyPeaks(
    _ samples: SampleColumns, before time: Timestamp
  ) -> [(hour: Int64, peak: Double)] {
    var peaks: [(hour: Int64, peak: Double)] = []
    let past = samples.indices(in: TimeRange(start: .distantPast, end: time))
    for index in past where samples.values[index].isFinite {
      let hour = (time.nanoseconds &- samples.times[index]) / UseEvidence.hour
      if peaks.last?.hour == hour {
        peaks[peaks.count - 1].peak = max(peaks[peaks.count - 1].peak, samples.values[index])
      } else {
        peaks.append((hour, samples.values[index]))
      }
    }
    return peaks
  }
}

extension Advisor {
  /// Judges a fleet: the advice is a number of members.
  public func advise(fleet: FleetLoad, evidence: UseEvidence?) -> Advice {
    var advice = advise(nil, evidence)
    guard fleet.members > 0 else {
      advice.action = .unknown
      advice.reason = "no data: no member has sent a sample lately"
      return advice
    }
    advice.evidence.insert(
      "\(CountText.text(fleet.members, "member")), load added up per hour", at: 0)
    if fleet.incompleteHours > 0 {
      advice.evidence.insert(
        "\(CountText.text(fleet.incompleteHours, "hour")) left out: a member was missing", at: 1)
    }
    guard case .factor(let factor)? = advice.quantity else { return advice }
    let after = Int((Double(fleet.members) * factor - 1e-9).rounded(.up))
    guard after != fleet.members, after > 0 else {
      advice.action = .hold
      advice.quantity = nil
      advice.p99After = nil
      if let evidence { advice.reason = "\(fits(evidence)), and no run-out is in sight" }
      advice.rejected.append("scale_down: not a whole member of \(fleet.members) can be spared")
      return advice
    }
    advice.quantity = .members(now: fleet.members, after: after)
    advice.p99After = evidence.map { $0.p99 * Double(fleet.members) / Double(after) }
    return advice
  }
}
