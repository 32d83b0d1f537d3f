import TSQCore

/// How long the samples of some series are kept, and how long their hourly values after that.
public struct RetentionPolicy: Hashable, Sendable {
  /// What is left of samples that are dropped.
  public enum Hourly: Hashable, Sendable {
    /// Nothing; hourly values from an earlier rule go with the samples.
    case none
    /// Hourly values, until they are older than so many nanoseconds.
    case age(Int64)
    /// Hourly values, for ever.
    case forever
  }

  /// Which series: all of these must match; none means all series.
  public let matchers: [LabelMatcher]
  /// Samples older than this are dropped, nanoseconds; `nil` keeps them for ever.
  public let maximumAge: Int64?
  /// What is left of them.
  public let hourly: Hourly

  /// A policy.
  ///
  /// - Precondition: the age is positive.
  public init(matchers: [LabelMatcher], maximumAge: Int64?, hourly: Hourly = .none) {
    precondition(maximumAge ?? 1 > 0, "a retention of nothing would delete everything")
    self.matchers = matchers
    self.maximumAge = maximumAge
    self.hourly = hourly
  }

  /// The policy of a stored rule for raw samples; `nil` for one about buckets of another
  /// resolution.
  ///
  /// - Parameters:
  ///   - rule: about the samples themselves.
  ///   - hourly: the rule of the same pattern about hourly values; `nil` where there is none.
  public init?(_ rule: RetentionRule, hourly: RetentionRule? = nil) {
    guard rule.resolutionSeconds == 0, rule.keepSeconds >= 0 else { return nil }
    self.maximumAge = Self.nanoseconds(rule.keepSeconds)
    self.matchers = rule.metricPattern == "*" ? [] : [.metric(glob: rule.metricPattern)]
    self.hourly =
      hourly.map { Self.nanoseconds($0.keepSeconds).map(Hourly.age) ?? .forever } ?? .none
  }

  /// The rules for samples with their policies, in the order they are tried.
  public static func policies(
    of rules: [RetentionRule]
  ) -> [(rule: RetentionRule, policy: RetentionPolicy)] {
    rules.compactMap { rule in
      let hourly = rules.first {
        $0.metricPattern == rule.metricPattern
          && $0.resolutionSeconds == RetentionRule.hourSeconds
      }
      return RetentionPolicy(rule, hourly: hourly).map { (rule, $0) }
    }
  }

  /// `nil` for ever.
  private static func nanoseconds(_ seconds: Int64) -> Int64? {
    let (age, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return seconds == 0 || overflow ? nil : age
  }

  /// Whether the rule's matchers all hold.
  func governs(_ labels: Labels) -> Bool { matchers.allSatisfy { $0.matches(labels) } }

  /// The steps in which cutoffs move: whole days for ages of a week and more, and so on.
  ///
  /// Every step of a cutoff is a deletion in the log, and costs each reader a look until it is
  /// carried out; so samples are kept for up to a seventh of their age longer than asked. Where
  /// hourly values are kept, no step is shorter than their hour.
  func step(of age: Int64) -> Int64 {
    let units: [Int64] = [86_400_000_000_000, 3_600_000_000_000, 60_000_000_000, 1_000_000_000]
    let step = units.first { $0 <= age / 7 } ?? 1
    return hourly == .none ? step : max(step, HourBucket.length)
  }

  /// Samples before this instant are dropped; `nil` where none ever are.
  ///
  /// Where hourly values are kept, a sample at this instant is dropped too: it ends its hour.
  func cutoff(now: Timestamp) -> Timestamp? { maximumAge.flatMap { cutoff($0, now) } }

  /// Hourly values that end at this instant or before are dropped; `nil` where none ever are.
  func hourlyCutoff(now: Timestamp) -> Timestamp? {
    switch hourly {
    case .forever: nil
    case .age(let age): cutoff(age, now)
    case .none: cutoff(now: now)
    }
  }

  private func cutoff(_ age: Int64, _ now: Timestamp) -> Timestamp? {
    let exact = now.adding(nanoseconds: -age)
    let rest = exact.nanoseconds.flooredDivision(by: step(of: age)).remainder
    let cutoff = exact.adding(nanoseconds: -rest)
    return cutoff > .distantPast ? cutoff : nil
  }
}
