import TSQCore
internal import Synchronization

extension Store {
  /// Does every job that is due, one after the other; a failure of one keeps none of the others.
  ///
  /// Doing it twice is harmless: the second time nothing is due. Ingest and queries go on.
  ///
  /// - Parameters:
  ///   - dryRun: only say what is due. Retention is then told apart from the merges that carry it
  ///     out, because those are known only once it has taken effect.
  ///   - deep: the verification decodes every block.
  ///   - tell: told of every step.
  /// - Returns: one outcome a job, in the order they were done.
  public func maintain(
    dryRun: Bool, deep: Bool = false, tell: (MaintenanceEvent) -> Void = { _ in }
  ) -> [MaintenanceOutcome] {
    MaintenanceJob.allCases.map { job in
      tell(.started(job))
      let outcome: MaintenanceOutcome
      do throws(StoreError) {
        let (result, detail) = try perform(job, dryRun, deep) { tell(.progress(job, $0)) }
        outcome = MaintenanceOutcome(job: job, result: result, detail: detail)
      } catch {
        outcome = MaintenanceOutcome(job: job, result: .failed, detail: "\(error)")
      }
      tell(.finished(outcome))
      return outcome
    }
  }

  private typealias Step = (MaintenanceOutcome.Result, String)

  private func perform(
    _ job: MaintenanceJob, _ dryRun: Bool, _ deep: Bool, _ progress: (JobProgress) -> Void
  ) throws(StoreError) -> Step {
    if !dryRun { _ = try requireWriter() }
    switch job {
    case .flush: return try performFlush(dryRun)
    case .retention: return try performRetention(dryRun)
    case .compaction: return try performCompaction(dryRun, progress)
    case .catalog: return try performCatalog(dryRun)
    case .verification: return performVerification(deep, progress)
    }
  }

  private func performFlush(_ dryRun: Bool) throws(StoreError) -> Step {
    let held = statistics().headSamples
    if dryRun {
      return held == 0 ? (.nothingDue, "no samples in memory") : (.due, "\(held) samples in memory")
    }
    let report = try flush()
    if report.segments == 0 { return (.nothingDue, "no samples in memory") }
    return (
      .done,
      "\(report.samples) samples in \(report.segments) segments of \(report.bytes) bytes"
    )
  }

  private func performRetention(_ dryRun: Bool) throws(StoreError) -> Step {
    let rules = RetentionPolicy.policies(of: try retentionRules()).map(\.policy)
    if rules.isEmpty { return (.nothingDue, "no rules; every sample is kept") }
    let clock = retentionClock()
    let report = try expire(rules, now: clock.now, dryRun: dryRun)
    if let damage = report.rollup.damage.first {
      return (.failed, "samples were kept that could not be rolled up: \(damage)")
    }
    let count = CountText.text(rules.count, "rule")
    let doubts = [clock.doubt].compactMap(\.self)
    if report.words.isEmpty {
      return (.nothingDue, (["\(count), nothing is too old"] + doubts).joined(separator: "; "))
    }
    let words = ["\(report.words), by \(count)"] + report.rollup.warnings + doubts
    return (dryRun ? .due : .done, words.joined(separator: "; "))
  }

  private func performCompaction(
    _ dryRun: Bool, _ progress: (JobProgress) -> Void
  ) throws(StoreError) -> Step {
    let due = compactionDue()
    if dryRun {
      if due.segmentsBefore == 0 { return (.nothingDue, "every partition is one segment") }
      return (.due, "\(due.segmentsBefore) segments of \(due.bytesBefore) bytes")
    }
    let report = try compact(progress: progress)
    if let damage = report.damage.first {
      return (
        .failed,
        "\(CountText.text(report.damage.count, "segment")) with damaged blocks stayed as they are, "
          + "the others were merged; the first: \(damage)"
      )
    }
    if report.segmentsBefore == 0 { return (.nothingDue, "every partition is one segment") }
    return (
      .done,
      "\(report.segmentsBefore) segments of \(report.bytesBefore) bytes became "
        + "\(report.segmentsAfter) of \(report.bytesAfter); \(report.samplesDropped) samples dropped"
    )
  }

  private func performCatalog(_ dryRun: Bool) throws(StoreError) -> Step {
    settleCatalog()
    guard hasDatabases else { return (.nothingDue, "this store has none") }
    if isReadOnly { return (.nothingDue, "opening the store to write makes it agree") }
    let isLost = catalog.withLock { $0 is NoCatalog }
    guard isLost else { return (.nothingDue, "it agrees with the segments") }
    if dryRun { return (.due, "it failed earlier and is to be made anew") }
    try reopenCatalog()
    return (.done, "it was made anew from the segments")
  }

  private func performVerification(
    _ deep: Bool, _ progress: (JobProgress) -> Void
  ) -> Step {
    let report = verify(deep: deep, progress: progress)
    guard let first = report.damage.first else {
      return (
        .done,
        deep
          ? "\(report.segments) segments and \(report.blocks) blocks are sound, "
            + "\(report.samples) samples decoded"
          : "\(report.segments) segments and the indexes of \(report.blocks) blocks are sound"
      )
    }
    return (
      .failed,
      "\(CountText.text(report.damage.count, "damaged place")), `tsq verify` names "
        + "\(report.damage.count == 1 ? "it" : "them"); the first: \(first)"
    )
  }

  /// The retention rules kept in the store, without making a database where there is none.
  public func retentionRules() throws(StoreError) -> [RetentionRule] {
    guard hasDatabases, SQLiteFiles.exists(folder.state) else { return [] }
    return try state().retentionRules()
  }
}
