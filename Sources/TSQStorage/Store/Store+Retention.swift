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
}

extension Store {
  /// Drops samples that are older than the rules allow.
  ///
  /// A series is governed by the first rule that matches it, so put the special ones first. Each
  /// rule becomes a deletion, so it takes effect at once and survives a crash; the compaction that
  /// follows frees the space. Doing it twice is harmless.
  ///
  /// - Parameters:
  ///   - rules: which series are kept how long; series that none matches are kept for ever.
  ///   - now: the instant ages are counted from.
  ///   - dryRun: only report what would be dropped.
  /// - Returns: how many series each rule concerns, and what the compaction did.
  /// - Throws: as `delete` and `compact`; the rules before the failure have taken effect.
  public func applyRetention(
    _ rules: [RetentionPolicy], now: Timestamp, dryRun: Bool = false
  ) async throws(StoreError) -> RetentionReport {
    _ = try requireWriter()
    var report = RetentionReport()
    for (index, rule) in rules.enumerated() {
      guard let age = rule.maximumAge else { continue }
      let cutoff = now.adding(nanoseconds: -age)
      guard cutoff > .distantPast else { continue }
      let range = TimeRange(start: .distantPast, end: cutoff.adding(nanoseconds: -1))
      let view = snapshot()
      let due = view.series(matching: rule.matchers, in: range).filter { series in
        !rules[..<index].contains { $0.governs(series.labels) }
      }
      report.entries.append(
        RetentionReport.Entry(rule: rule, cutoff: cutoff, series: due.count))
      guard !dryRun, !due.isEmpty else { continue }
      if let matchers = Store.matchers(of: rule, after: rules[..<index]) {
        _ = try await delete(matchers, range: range)
      } else {
        let names = view.labelNames()
        for series in due { _ = try await delete(Store.only(series.labels, names), range: range) }
      }
    }
    guard !dryRun, report.entries.contains(where: { $0.series > 0 }) else { return report }
    report.compaction = try compact()
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
