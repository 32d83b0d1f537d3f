internal import TSQCore

/// Chooses the length of a bucket where nobody names one.
///
/// Every step divides a day, or is whole days, so that daily seasons fall on whole buckets.
public enum StepChoice {
  /// The steps to choose from, seconds.
  static let candidateSeconds: [Int64] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
    604_800,
  ]
  /// Points a forecast should have at most: a week of hours, and not a week of seconds.
  static let horizonPoints: Int64 = 200
  /// Buckets a history should have at most; three months of hours.
  static let historyPoints: Int64 = 2400

  /// The smallest candidate that is no finer than the samples and gives a bounded number of points.
  ///
  /// - Parameters:
  ///   - times: ascending, nanoseconds.
  ///   - through: the origin, nanoseconds.
  ///   - horizonNanoseconds: how far the forecast will go; 0 or less where it is not known.
  /// - Returns: nanoseconds.
  /// - Complexity: O(times).
  static func step(times: [Int64], through: Int64, horizonNanoseconds: Int64) -> Int64 {
    let second: Int64 = 1_000_000_000
    var needed = typicalSpacing(times)
    if let first = times.first, through > first {
      let (span, overflow) = through.subtractingReportingOverflow(first)
      if !overflow { needed = max(needed, min(span / historyPoints, 3600 * second)) }
    }
    needed = max(needed, max(horizonNanoseconds, 0) / horizonPoints)
    // A forecast needs at least one step inside its horizon.
    if horizonNanoseconds > 0 { needed = min(needed, horizonNanoseconds) }
    var chosen = candidateSeconds[0] * second
    for candidate in candidateSeconds {
      if horizonNanoseconds > 0, candidate * second > horizonNanoseconds { break }
      chosen = candidate * second
      // Jitter of a few percent must not double the step.
      if Double(chosen) >= 0.95 * Double(needed) { break }
    }
    return chosen
  }

  /// The samples' own step, and each candidate at least some times as long as the one before, below a given
  /// one.
  static func finerSteps(
    _ samples: SampleColumns, through: Timestamp, than limit: Int64, coarsening: Int64
  ) -> [Int64] {
    let clean = CleanSamples(samples, through: through.nanoseconds)
    var next = step(times: clean.times, through: through.nanoseconds, horizonNanoseconds: 0)
    var steps: [Int64] = []
    while next < limit {
      steps.append(next)
      let second: Int64 = 1_000_000_000
      guard let longer = candidateSeconds.first(where: { $0 * second >= coarsening * next }) else {
        break
      }
      next = longer * second
    }
    return steps
  }

  /// The median distance between neighbours, nanoseconds; one minute where there are no two.
  private static func typicalSpacing(_ times: [Int64]) -> Int64 {
    guard times.count > 1 else { return 60_000_000_000 }
    var gaps = (1..<times.count).map { times[$0] &- times[$0 - 1] }
    gaps.sort()
    return max(gaps[gaps.count / 2], 1)
  }
}
