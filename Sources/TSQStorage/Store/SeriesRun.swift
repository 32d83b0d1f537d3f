internal import Synchronization
public import TSQCore

/// One stretch of a series' samples, disjoint in time from its other runs.
///
/// Mostly one block of one segment, which can answer from its summary; where blocks, the head or
/// deletions overlap, all that overlaps is one run that must be decoded and merged.
public struct SeriesRun: Sendable {
  /// From the first to the last sample; may reach past the range that was asked for.
  public let timeRange: TimeRange
  /// Samples at most: where blocks are merged, duplicates are counted more than once.
  public let count: Int
  /// Whose samples these are, for reports on damage.
  let labels: Labels
  let source: Source

  /// Where the samples are.
  enum Source: Sendable {
    /// In one block; some of it may be deleted. Not whole where it reaches past the range asked
    /// for: there another block may overlap it that was not looked at.
    case block(PlannedBlock, isWhole: Bool)
    /// In memory.
    case head(SampleColumns)
    /// In several places, those of older samples first.
    case merged([PlannedBlock], SampleColumns)
    /// In a part of a segment that cannot be read.
    case unreadable(DamageReport)
  }

  /// The run's summary, without touching its samples, where it answers exactly.
  ///
  /// - Parameter statistics: counts a block answered from its summary.
  /// - Returns: `nil` unless the run is one whole block inside the range asked for that nothing
  ///   overlaps, the head included, and that no deletion touches; `nil` too where the summary
  ///   itself is damaged. Then decode.
  public func summary(statistics: ReadStatistics) -> SeriesSummary? {
    guard case .block(let block, isWhole: true) = source, block.hidden.isEmpty else { return nil }
    guard let summary = block.summaries.summary(of: block.entry) else { return nil }
    statistics.countSummary()
    return summary
  }

  /// Appends the run's samples of a range to `columns`: ascending, the newest of equal times,
  /// deletions applied.
  ///
  /// - Parameters:
  ///   - columns: what it holds already must be earlier than the run.
  ///   - range: samples outside are left out.
  ///   - statistics: counts what is read, and keeps the report on damage.
  /// - Throws: `StoreError.damaged` after appending every sample that is certain. A caller may go
  ///   on with the next run, and must say that samples are missing.
  public func decode(
    into columns: inout SampleColumns, in range: TimeRange = .all, statistics: ReadStatistics
  ) throws(StoreError) {
    var scratch = BlockScratch()
    try decode(into: &columns, in: range, statistics: statistics, scratch: &scratch)
  }

  /// The same with buffers that are kept from run to run.
  func decode(
    into columns: inout SampleColumns, in range: TimeRange, statistics: ReadStatistics,
    scratch: inout BlockScratch
  ) throws(StoreError) {
    switch source {
    case .head(let held):
      let wanted = held.indices(in: range)
      statistics.countHead(samples: wanted.count)
      columns.append(contentsOf: held, in: wanted)
    case .block(let block, _):
      guard let clip = block.entry.timeRange.intersection(range) else { return }
      let samples: SampleColumns
      do throws(SegmentError) {
        samples = try block.decode(statistics, &scratch)
      } catch {
        throw report(error, on: block, statistics)
      }
      columns.append(contentsOf: samples, in: samples.indices(in: clip))
    case .merged(let blocks, let held):
      try merge(blocks, held, into: &columns, in: range, statistics, &scratch)
    case .unreadable(let report):
      statistics.note(report)
      throw .damaged(report)
    }
  }

  private func merge(
    _ blocks: [PlannedBlock], _ held: SampleColumns, into columns: inout SampleColumns,
    in range: TimeRange, _ statistics: ReadStatistics, _ scratch: inout BlockScratch
  ) throws(StoreError) {
    var merged = SampleColumns()
    var firstError: StoreError?
    for block in blocks where block.entry.timeRange.overlaps(range) {
      do throws(SegmentError) {
        let newer = try block.decode(statistics, &scratch)
        merged = SampleMerge.merge(older: merged, newer: newer)
      } catch {
        // What is older and lies in the lost block's range may have been replaced there: not
        // certain.
        SampleMerge.remove([block.entry.timeRange], from: &merged)
        let described = report(error, on: block, statistics)
        firstError = firstError ?? described
      }
    }
    let wanted = held.indices(in: range)
    statistics.countHead(samples: wanted.count)
    merged = SampleMerge.merge(older: merged, newer: held)
    columns.append(contentsOf: merged, in: merged.indices(in: range))
    if let firstError { throw firstError }
  }

  private func report(
    _ error: SegmentError, on block: PlannedBlock, _ statistics: ReadStatistics
  ) -> StoreError {
    let report = DamageReport(
      path: block.segment.info.name, series: labels, range: block.entry.timeRange,
      reason: error.description)
    statistics.note(report)
    return .damaged(report)
  }
}

/// A block of a series that a query may have to read.
struct PlannedBlock: Sendable {
  let segment: SegmentHandle
  let entry: BlockEntry
  /// The summaries of all blocks that the series has in the segment.
  let summaries: BlockSummaries
  /// Ranges of it that are deleted; the block's range meets each of them.
  let hidden: [TimeRange]

  /// The block's samples without the deleted ones.
  func decode(
    _ statistics: ReadStatistics, _ scratch: inout BlockScratch
  ) throws(SegmentError) -> SampleColumns {
    var samples = SampleColumns()
    try segment.decode(entry, into: &samples, scratch: &scratch)
    statistics.countDecoded(samples: samples.count, bytes: entry.byteCount)
    if !hidden.isEmpty { SampleMerge.remove(hidden, from: &samples) }
    return samples
  }
}

/// The summaries of a series' blocks in one segment, read together when the first is asked for.
final class BlockSummaries: Sendable {
  private let segment: SegmentHandle
  private let local: Int
  private let read = Mutex<[SeriesSummary]?>(nil)

  init(segment: SegmentHandle, local: Int) {
    self.segment = segment
    self.local = local
  }

  /// A block's summary, or `nil` where the summaries are damaged.
  func summary(of block: BlockEntry) -> SeriesSummary? {
    if let known = read.withLock({ $0 }) {
      return known.isEmpty ? nil : known[Int(block.ordinal)]
    }
    let summaries = (try? segment.reader.summaries(ofLocal: local)) ?? []
    read.withLock { $0 = summaries }
    return summaries.isEmpty ? nil : summaries[Int(block.ordinal)]
  }
}
