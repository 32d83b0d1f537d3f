internal import Synchronization
public import TSQCore

/// How long the samples of some series are kept.
public struct RetentionPolicy: Hashable, Sendable {
  /// Which series: all of these must match; none means all series.
  public let matchers: [LabelMatcher]
  /// Samples older than this are dropped, nanoseconds; `nil` keeps them for ever.
  public let maximumAge: Int64?

  /// A policy.
  ///
  /// - Precondition: the age is positive.
  public init(matchers: [LabelMatcher], maximumAge: Int64?) {
    precondition(maximumAge ?? 1 > 0, "a retention of nothing would delete everything")
    self.matchers = matchers
    self.maximumAge = maximumAge
  }

  /// The policy of a stored rule for raw samples; `nil` for one about buckets of another
  /// resolution.
  public init?(_ rule: RetentionRule) {
    guard rule.resolutionSeconds == 0, rule.keepSeconds >= 0 else { return nil }
    let (age, overflow) = rule.keepSeconds.multipliedReportingOverflow(by: 1_000_000_000)
    self.maximumAge = rule.keepSeconds == 0 || overflow ? nil : age
    self.matchers = rule.metricPattern == "*" ? [] : [.metric(glob: rule.metricPattern)]
  }

  /// Whether the rule's matchers all hold.
  func governs(_ labels: Labels) -> Bool { matchers.allSatisfy { $0.matches(labels) } }

  /// The steps in which cutoffs move: whole days for ages of a week and more, and so on.
  ///
  /// Every step of a cutoff is a deletion in the log, and costs each reader a look until it is
  /// carried out; so samples are kept for up to a seventh of their age longer than asked.
  static func step(of age: Int64) -> Int64 {
    let units: [Int64] = [86_400_000_000_000, 3_600_000_000_000, 60_000_000_000, 1_000_000_000]
    return units.first { $0 <= age / 7 } ?? 1
  }

  /// Samples before this instant are dropped; `nil` where none ever are.
  func cutoff(now: Timestamp) -> Timestamp? {
    guard let age = maximumAge else { return nil }
    let exact = now.adding(nanoseconds: -age)
    let rest = exact.nanoseconds.flooredDivision(by: Self.step(of: age)).remainder
    let cutoff = exact.adding(nanoseconds: -rest)
    return cutoff > .distantPast ? cutoff : nil
  }
}

/// What applying retention did, or would do.
public struct RetentionReport: Hashable, Sendable {
  /// One rule's effect.
  public struct Entry: Hashable, Sendable {
    /// The rule.
    public let rule: RetentionPolicy
    /// Samples before this instant are dropped.
    public let cutoff: Timestamp
    /// Series that have such samples.
    public let series: Int
  }

  /// The rules in the order they were given.
  public var entries: [Entry] = []
  /// What the compaction afterwards did; `nil` for a dry run or where nothing was due.
  public var compaction: CompactionReport?

  /// Series that lost samples, or would.
  public var series: Int { entries.reduce(0) { $0 + $1.series } }
}

extension Store {
  /// Drops samples that are older than the rules allow, and frees their space.
  ///
  /// - Returns: how many series each rule concerns, and what the compaction did.
  /// - Throws: as `expire` and `compact`; the rules before the failure have taken effect.
  public func applyRetention(
    _ rules: [RetentionPolicy], now: Timestamp, dryRun: Bool = false
  ) throws(StoreError) -> RetentionReport {
    var report = try expire(rules, now: now, dryRun: dryRun)
    guard !dryRun, report.series > 0 else { return report }
    report.compaction = try compact()
    return report
  }

  /// Hides samples that are older than the rules allow; a compaction frees their space.
  ///
  /// A series is governed by the first rule that matches it, so put the special ones first. Each
  /// rule becomes a deletion, so it takes effect at once and survives a crash. Doing it twice is
  /// harmless.
  ///
  /// Ages count from `now` or from the newest sample, whichever is earlier: neither a clock that
  /// runs ahead nor one sample from the future makes everything else old.
  ///
  /// - Parameters:
  ///   - rules: which series are kept how long; series that none matches are kept for ever.
  ///   - now: what time it is.
  ///   - dryRun: only report what would be dropped.
  /// - Returns: how many series each rule concerns.
  /// - Throws: as an append; the rules before the failure have taken effect.
  public func expire(
    _ rules: [RetentionPolicy], now: Timestamp, dryRun: Bool = false
  ) throws(StoreError) -> RetentionReport {
    let writer = dryRun ? nil : try requireWriter()
    var report = RetentionReport()
    guard let newest = core.view.withLock({ $0.timeRange })?.end else { return report }
    for (index, rule) in rules.enumerated() {
      guard let cutoff = rule.cutoff(now: min(now, newest)) else { continue }
      let range = TimeRange(start: .distantPast, end: cutoff.adding(nanoseconds: -1))
      let view = snapshot()
      let due = view.series(matching: rule.matchers, in: range).filter { series in
        !rules[..<index].contains { $0.governs(series.labels) }
      }
      report.entries.append(
        RetentionReport.Entry(rule: rule, cutoff: cutoff, series: due.count))
      guard let writer, !due.isEmpty else { continue }
      var deletions: [[LabelMatcher]] = []
      if let matchers = Store.matchers(of: rule, after: rules[..<index]) {
        deletions = [matchers]
      } else {
        let names = view.labelNames()
        deletions = due.map { Store.only($0.labels, names) }
      }
      for matchers in deletions {
        _ = try writer.queue.submitBlocking(
          .tombstone(Tombstone(matchers: matchers, range: range)), durability: .synced)
      }
    }
    return report
  }

  /// The matchers of what a rule governs: its own series without those of the rules before it.
  ///
  /// - Returns: `nil` where no list of matchers says that, because an earlier rule has several.
  static func matchers(
    of rule: RetentionPolicy, after earlier: ArraySlice<RetentionPolicy>
  ) -> [LabelMatcher]? {
    guard earlier.allSatisfy({ $0.matchers.count == 1 }) else { return nil }
    let matchers = rule.matchers + earlier.compactMap(\.matchers.first?.negated)
    return matchers.isEmpty ? [.anything()] : matchers
  }

  /// Matchers that one series alone satisfies: it has its labels and none of the other names.
  static func only(_ labels: Labels, _ names: [String]) -> [LabelMatcher] {
    labels.pairs.map { .equal($0.name, $0.value) }
      + names.filter { labels[$0] == nil }.map { .equal($0, "") }
  }
}

extension Store {
  /// Applies the rules kept in the store, by its clock.
  ///
  /// - Returns: the effect of each rule in words and figures.
  /// - Throws: as `applyRetention`.
  public func applyRetentionRules(dryRun: Bool) throws(StoreError) -> RetentionNote {
    let rules = try retentionRules().filter { RetentionPolicy($0) != nil }
    let policies = rules.compactMap { RetentionPolicy($0) }
    let report = try applyRetention(policies, now: options.clock(), dryRun: dryRun)
    // A rule that keeps for ever has no entry.
    let entries = zip(rules, policies).compactMap { rule, policy in
      report.entries.first { $0.rule == policy }.map { RetentionNote.Entry(rule, $0) }
    }
    return RetentionNote(isDryRun: dryRun, rules: entries, compaction: report.compaction)
  }
}
