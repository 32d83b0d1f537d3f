internal import Synchronization
public import TSQCore

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
    /// Hourly values up to this instant are dropped; `nil` where none ever are.
    public let hourlyCutoff: Timestamp?
    /// Series that have such hourly values.
    public let hourlySeries: Int
  }

  /// The rules in the order they were given.
  public var entries: [Entry] = []
  /// What became of the samples that hourly values took the place of.
  public var rollup = RollupReport()
  /// What the compaction afterwards did; `nil` for a dry run or where nothing was due.
  public var compaction: CompactionReport?

  /// Series that lost samples, or would.
  public var series: Int { entries.reduce(0) { $0 + $1.series } }
  /// Series that lost hourly values, or would.
  public var hourlySeries: Int { entries.reduce(0) { $0 + $1.hourlySeries } }

  /// What was dropped, or would be, in words; empty for nothing.
  var words: String {
    var words: [String] = []
    if series > 0 { words.append("old samples of \(series) series") }
    if rollup.buckets > 0 { words.append("\(rollup.buckets) hourly values written") }
    if hourlySeries > 0 { words.append("old hourly values of \(hourlySeries) series") }
    return words.joined(separator: ", ")
  }
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
    guard !dryRun, report.series + report.hourlySeries > 0 else { return report }
    report.compaction = try compact()
    return report
  }

  /// Hides samples that are older than the rules allow; a compaction frees their space.
  ///
  /// A series is governed by the first rule that matches it, so put the special ones first. Each
  /// rule becomes a deletion, so it takes effect at once and survives a crash. Doing it twice is
  /// harmless. Where a rule keeps hourly values, they are durable before the samples go.
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
    let now = min(now, newest)
    for (index, rule) in rules.enumerated() {
      let governed = GovernedSeries(rule: rule, earlier: rules[..<index])
      guard let cutoff = rule.cutoff(now: now) else { continue }
      let range = TimeRange(
        start: .distantPast,
        end: rule.hourly == .none ? cutoff.adding(nanoseconds: -1) : cutoff)
      let hourlyCutoff = rule.hourlyCutoff(now: now)
      let due = governed.withSamples(snapshot(), in: range)
      let dueBuckets = hourlyCutoff.map { governed.withBuckets(snapshot(), through: $0) } ?? []
      report.entries.append(
        RetentionReport.Entry(
          rule: rule, cutoff: cutoff, series: due.count, hourlyCutoff: hourlyCutoff,
          hourlySeries: dueBuckets.count))
      guard let writer else { continue }
      if !due.isEmpty, rule.hourly != .none {
        try rollUp(governed, in: range, writer, &report.rollup)
      } else {
        try drop(governed.deletions(of: due, .samples, snapshot()), in: range, writer)
      }
      if let hourlyCutoff {
        try drop(
          governed.deletions(of: dueBuckets, .buckets, snapshot()),
          in: TimeRange(start: .distantPast, end: hourlyCutoff), writer)
      }
    }
    return report
  }

  private func drop(
    _ deletions: [[LabelMatcher]], in range: TimeRange, _ writer: StoreWriter
  ) throws(StoreError) {
    for matchers in deletions {
      _ = try writer.queue.submitBlocking(
        .tombstone(Tombstone(matchers: matchers, range: range)), durability: .synced)
    }
  }
}

/// The series that a rule governs: those it matches and no earlier rule does.
struct GovernedSeries {
  let rule: RetentionPolicy
  let earlier: ArraySlice<RetentionPolicy>

  /// What a deletion is about.
  enum Part {
    case samples, buckets

    /// Satisfied by the series that hold this part, and by no others.
    var matcher: LabelMatcher {
      let none = LabelMatcher.equal(Labels.rollupLabel, "")
      return self == .samples ? none : none.negated
    }
  }

  /// Those with samples of their own in a range.
  func withSamples(_ snapshot: StoreSnapshot, in range: TimeRange) -> [SeriesRef] {
    snapshot.seriesWithSamples(matching: rule.matchers, in: range).filter(isGoverned)
  }

  /// Those with hourly values that end at an instant or before.
  func withBuckets(_ snapshot: StoreSnapshot, through end: Timestamp) -> [SeriesRef] {
    snapshot.seriesWithBuckets(
      matching: rule.matchers, endingIn: TimeRange(start: .distantPast, end: end)
    ).filter(isGoverned)
  }

  private func isGoverned(_ series: SeriesRef) -> Bool {
    !earlier.contains { $0.governs(series.labels) }
  }

  /// The matchers of deletions that mean the governed series: one list, or one for each of the series
  /// that are due where no list says what is governed, because an earlier rule has several matchers.
  func deletions(
    of due: [SeriesRef], _ part: Part, _ snapshot: StoreSnapshot
  ) -> [[LabelMatcher]] {
    if due.isEmpty { return [] }
    // A store without hourly values needs no word about them.
    let about = snapshot.hasRollups || rule.hourly != .none ? [part.matcher] : []
    guard earlier.allSatisfy({ $0.matchers.count == 1 }) else {
      return single(due, part, snapshot)
    }
    let matchers = rule.matchers + earlier.compactMap(\.matchers.first?.negated)
    return [matchers.isEmpty ? [.anything()] + about : matchers + about]
  }

  /// For each series the matchers that it alone satisfies: it has its labels and none of the other
  /// names.
  func single(
    _ due: [SeriesRef], _ part: Part, _ snapshot: StoreSnapshot
  ) -> [[LabelMatcher]] {
    let names = snapshot.labelNames()
    return due.map { series in
      series.labels.pairs.map { .equal($0.name, $0.value) }
        + names.filter { series.labels[$0] == nil }.map { .equal($0, "") } + [part.matcher]
    }
  }
}

extension Store {
  /// Applies the rules kept in the store, by its clock.
  ///
  /// - Returns: the effect of each rule in words and figures.
  /// - Throws: as `applyRetention`.
  public func applyRetentionRules(dryRun: Bool) throws(StoreError) -> RetentionNote {
    let rules = RetentionPolicy.policies(of: try retentionRules())
    let report = try applyRetention(rules.map(\.policy), now: options.clock(), dryRun: dryRun)
    // A rule that keeps for ever has no entry.
    let entries = rules.compactMap { rule, policy in
      report.entries.first { $0.rule == policy }.map { RetentionNote.Entry(rule, $0) }
    }
    return RetentionNote(isDryRun: dryRun, rules: entries, report: report)
  }
}
