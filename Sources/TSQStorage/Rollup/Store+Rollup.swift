internal import Synchronization
import TSQCore

extension Store {
  /// Tries before samples are left until the next run because more of them keep arriving.
  private static let rollupRoundsMax = 5

  /// Makes hourly values of the samples of governed series in a range, then drops the samples.
  ///
  /// The values are durable before the samples go, and no sample goes that arrived meanwhile. May
  /// stop anywhere: what it did is harmless, and the next run goes on.
  ///
  /// - Parameters:
  ///   - governed: the series.
  ///   - range: ends with an hour.
  ///   - writer: the store's.
  ///   - report: added to.
  /// - Throws: as an append or a flush.
  func rollUp(
    _ governed: GovernedSeries, in range: TimeRange, _ writer: StoreWriter,
    _ report: inout RollupReport
  ) throws(StoreError) {
    // No merge meanwhile: which segments are new tells which samples are.
    report =
      report
      + (try merging.withLock { (_) throws(StoreError) in
        var buckets = 0
        var last = RollupReport()
        var earlier: [StoreSnapshot] = []
        for _ in 0..<Store.rollupRoundsMax {
          // Samples in memory move to segments now rather than while they are being read.
          try flush()
          let seen = snapshot()
          let due = governed.withSamples(seen, in: range)
          var round = RollupRound(store: self, seen: seen, earlier: earlier, range: range)
          try round.make(of: due)
          buckets += round.report.buckets
          last = round.report
          // A torn write may keep a later frame and lose an earlier one.
          try writer.queue.barrierBlocking()
          let deletions =
            round.report.damage.isEmpty
            ? governed.deletions(of: due, .samples, seen)
            : governed.single(round.whole, .samples, seen)
          last.buckets = buckets
          if try drop(deletions, in: range, seen, writer) { return last }
          earlier.append(seen)
        }
        var postponed = RollupReport()
        postponed.buckets = buckets
        postponed.postponed = last.series
        postponed.damage = last.damage
        return postponed
      })
  }

  /// Deletes samples that a snapshot saw.
  ///
  /// - Returns: whether all were deleted; not where some arrived since.
  private func drop(
    _ deletions: [[LabelMatcher]], in range: TimeRange, _ seen: StoreSnapshot,
    _ writer: StoreWriter
  ) throws(StoreError) -> Bool {
    let core = core
    for matchers in deletions {
      let receipt = try writer.queue.submitBlocking(
        .tombstone(Tombstone(matchers: matchers, range: range))
      ) {
        core.hasNothingNew(of: matchers, in: range, since: seen)
      }
      if receipt == nil { return false }
    }
    return true
  }

  /// Writes a batch of hourly values to the log, and segments where memory is full.
  fileprivate func appendBuckets(_ batch: SampleBatch) throws(StoreError) {
    _ = try appendBlocking(batch, durability: .buffered)
    if core.activeBytes.load(ordering: .relaxed) >= options.flushBytes { try flush() }
  }
}

extension StoreCore {
  /// Whether no sample of matching series arrived in a range since a snapshot.
  ///
  /// Merges must not run between; flushes may.
  func hasNothingNew(
    of matchers: [LabelMatcher], in range: TimeRange, since seen: StoreSnapshot
  ) -> Bool {
    let now = view.withLock { $0 }
    let known = Set(seen.view.segments.map(\.info.name))
    let fresh = now.segments.filter { !known.contains($0.info.name) && $0.overlaps(range) }
    return registry.select(matchers, below: registry.count).allSatisfy { id in
      let held = now.headSamples(of: id, in: range)
      let before = seen.view.headSamples(of: id, in: range)
      guard held.times == before.times,
        held.values.map(\.bitPattern) == before.values.map(\.bitPattern)
      else { return false }
      // What cannot be read may be new.
      return fresh.allSatisfy { (try? $0.blocks(of: id, in: range))?.isEmpty == true }
    }
  }
}

/// One try to make hourly values of what a snapshot holds.
struct RollupRound {
  /// Samples of one entry of the log: large enough to pack well, small enough to wait for.
  private static let batchSamples = 1 << 15

  let store: Store
  let seen: StoreSnapshot
  /// What earlier tries of the same run saw, oldest first.
  let earlier: [StoreSnapshot]
  let range: TimeRange
  private(set) var report = RollupReport()
  /// The series that could be read whole.
  private(set) var whole: [SeriesRef] = []
  private var batch = SampleBatch()

  init(store: Store, seen: StoreSnapshot, earlier: [StoreSnapshot], range: TimeRange) {
    self.store = store
    self.seen = seen
    self.earlier = earlier
    self.range = range
  }

  /// Writes the hourly values of some series to the log.
  mutating func make(of due: [SeriesRef]) throws(StoreError) {
    for series in due {
      if store.isClosing { throw .closed }
      var hours = SeriesHours()
      let statistics = ReadStatistics()
      do throws(StoreError) {
        try read(series, into: &hours, statistics)
      } catch .damaged {
        report.damage += statistics.damage
        continue
      }
      whole.append(series)
      report.series += 1
      report.samples += hours.samples
      report.lateSamples += hours.late
      report.remade += hours.remade
      report.buckets += hours.changed.count
      try write(hours.changed, of: series.labels)
    }
    try append()
  }

  private func read(
    _ series: SeriesRef, into hours: inout SeriesHours, _ statistics: ReadStatistics
  ) throws(StoreError) {
    let runs = seen.runs(of: series.id, in: range)
    guard let first = runs.first?.timeRange, let last = runs.last?.timeRange,
      let span = first.union(last).intersection(range)
    else { return }
    let ends = HourBucket.ends(in: span)
    let wholeHours = TimeRange(
      start: ends.start.adding(nanoseconds: 1 - HourBucket.length), end: ends.end)
    let known = try seen.hourBuckets(of: series.id, in: wholeHours, statistics: statistics)
    let before = try start(of: series.id)?.hourBuckets(
      of: series.id, in: wholeHours, statistics: statistics)
    if known.isDamaged || before?.isDamaged == true {
      throw .damaged(
        statistics.damage.first
          ?? DamageReport(
            path: "segments", series: series.labels, range: span,
            reason: "an hourly value makes no sense"))
    }
    hours.expect(known.buckets, before: (before ?? known).buckets)
    var columns = SampleColumns()
    for run in runs {
      columns.removeAllKeepingCapacity()
      try run.decode(into: &columns, in: range, statistics: statistics)
      hours.add(columns)
    }
    hours.close()
  }

  /// What the first try of this run saw since which nothing of a series was deleted.
  ///
  /// Every sample that it and later tries wrote buckets of still stands as well. So another try makes the
  /// buckets of then from all samples of now, or it would take its own run's work for somebody else's.
  ///
  /// - Returns: `nil` where that is what this try sees.
  private func start(of id: SeriesID) -> StoreSnapshot? {
    let parts = [id] + [store.core.registry.rollupCount(of: id)].compactMap(\.self)
    return earlier.first { snapshot in
      parts.allSatisfy {
        seen.view.tombstones.ranges(hiding: $0, through: snapshot.view.lastSequence).isEmpty
      }
    }
  }

  /// Puts buckets into the batch, each whole into one entry of the log.
  private mutating func write(
    _ changed: [SeriesHours.Change], of labels: Labels
  ) throws(StoreError) {
    let fields = RollupField.allCases.map { field in
      (field: field, id: store.core.registry.id(of: field.labels(of: labels)))
    }
    let chunk = RollupRound.batchSamples / fields.count
    for start in stride(from: 0, to: changed.count, by: chunk) {
      let part = changed[start..<min(start + chunk, changed.count)]
      for (field, id) in fields {
        let written = field.isOptional ? RollupRound.telling(part, field) : part
        for change in written {
          batch.append(series: id, time: change.bucket.end, value: change.bucket[field])
        }
      }
      if batch.count >= RollupRound.batchSamples { try append() }
    }
  }

  /// The buckets for which an optional number must be written.
  ///
  /// That is where it is not what is expected without it, or takes the place of another; and
  /// everywhere where that is one bucket in four, because columns of other times than the rest cost more
  /// than the numbers.
  private static func telling(
    _ changes: ArraySlice<SeriesHours.Change>, _ field: RollupField
  ) -> ArraySlice<SeriesHours.Change> {
    func isExpected(_ bucket: HourBucket) -> Bool {
      bucket[field].bitPattern == field.expected(of: bucket).bitPattern
    }
    let telling = changes.filter { change in
      !isExpected(change.bucket)
        || change.known.map { $0[field].bitPattern != change.bucket[field].bitPattern } ?? false
    }
    return telling.count * 4 >= changes.count ? changes : ArraySlice(telling)
  }

  private mutating func append() throws(StoreError) {
    if batch.isEmpty { return }
    try store.appendBuckets(batch)
    batch.removeAllKeepingCapacity()
  }
}
