internal import TSQCore
internal import TSQStorage

/// The store as a source of series: each query gets a snapshot of its own.
struct StoreProvider: SeriesProvider {
  let store: Store

  func view() -> any SeriesView { SnapshotView(snapshot: store.snapshot()) }
}

/// One snapshot as a source of series: every query sees the same.
struct SnapshotProvider: SeriesProvider {
  let snapshot: StoreSnapshot

  func view() -> any SeriesView { SnapshotView(snapshot: snapshot) }
}

/// A snapshot and the statistics of one query.
private final class SnapshotView: SeriesView {
  private let snapshot: StoreSnapshot
  private let reads = ReadStatistics()
  private let found = Tally()

  init(snapshot: StoreSnapshot) { self.snapshot = snapshot }

  func series(
    matching matchers: [LabelMatcher], in range: TimeRange
  ) throws(QueryError) -> [ProvidedSeries] {
    found.note(snapshot.unreadable(in: range))
    let series = snapshot.series(matching: matchers, in: range)
    found.add(series: series.count)
    return series.map { ProvidedSeries(id: $0.id.rawValue, labels: $0.labels) }
  }

  func labelNames(
    matching matchers: [LabelMatcher], in range: TimeRange
  ) throws(QueryError) -> [String] {
    found.note(snapshot.unreadable(in: range))
    return snapshot.labelNames(matching: matchers, in: range)
  }

  func labelValues(
    _ name: String, matching matchers: [LabelMatcher], in range: TimeRange
  ) throws(QueryError) -> [String] {
    found.note(snapshot.unreadable(in: range))
    return snapshot.labelValues(name, matching: matchers, in: range)
  }

  func runs(
    of series: ProvidedSeries, in range: TimeRange
  ) throws(QueryError) -> [any ProvidedRun] {
    let runs = snapshot.runs(of: SeriesID(rawValue: series.id), in: range).map {
      StoreRun(run: $0, snapshot: snapshot, reads: reads)
    }
    let hours = try hours(of: series, in: range)
    if hours.isEmpty { return runs }
    return try HourlySeam.join(
      runs, hours.map { HourRun(bucket: $0, series: series, view: self) }, in: range)
  }

  func hours(
    of series: ProvidedSeries, in range: TimeRange
  ) throws(QueryError) -> [HourBucket] {
    guard snapshot.hasRollups else { return [] }
    do throws(StoreError) {
      return try snapshot.hourBuckets(
        of: SeriesID(rawValue: series.id), in: range, statistics: reads
      ).buckets
    } catch { throw QueryError(.storage(error.description)) }
  }

  var hourlyReach: Int64 { snapshot.hasRollups ? HourBucket.length : 0 }

  func note(hour: HourBucket, of series: ProvidedSeries) { found.note(hour, series.id) }

  func blockTree(
    of series: ProvidedSeries, in range: TimeRange, atLeast least: BlockTree.Least
  ) -> BlockTree? {
    let id = SeriesID(rawValue: series.id)
    // Hourly values lie beside the blocks: runs must be read.
    guard !snapshot.hasBuckets(of: id, in: range), let outline = snapshot.outline(of: id, in: range)
    else { return nil }
    let blocks = outline.blocks(inside: range)
    guard !blocks.isEmpty,
      least.hold(blocks: blocks.count, samples: outline.tree.merged(blocks).count)
    else { return nil }
    reads.countSummaries(blocks.count)
    let span = outline.ranges[blocks.lowerBound].union(outline.ranges[blocks.upperBound - 1])
    return BlockTree(tree: outline.tree, blocks: blocks, span: span)
  }

  var statistics: QueryStatistics {
    var statistics = QueryStatistics()
    statistics.series = found.series
    statistics.blocksDecoded = reads.blocksDecoded
    statistics.blocksFromSummaries = reads.blocksFromSummaries
    statistics.samplesDecoded = reads.samplesDecoded
    statistics.samplesFromHead = reads.samplesFromHead
    statistics.bytesRead = reads.bytesRead
    return statistics
  }

  var warnings: [String] {
    (found.damage + reads.damage).map { "samples are missing: \($0)" } + found.hourlyWarning
  }
}

/// One run of a series in the store.
private struct StoreRun: ProvidedRun {
  let run: SeriesRun
  let snapshot: StoreSnapshot
  let reads: ReadStatistics

  var timeRange: TimeRange { run.timeRange }
  var count: Int { run.count }

  func summary() -> SeriesSummary? { run.summary(statistics: reads) }

  func parts(
    _ make: (SampleColumns) -> [SamplePart]
  ) throws(QueryError) -> [SamplePart]? {
    do throws(StoreError) { return try snapshot.parts(of: run, statistics: reads, make) } catch {
      if case .damaged = error { return [] }
      throw QueryError(.storage(error.description))
    }
  }

  func decode(into columns: inout SampleColumns, in range: TimeRange) throws(QueryError) {
    do throws(StoreError) {
      try run.decode(into: &columns, in: range, statistics: reads)
    } catch {
      // What is certain was appended, and the statistics keep the report for the warnings.
      if case .damaged = error { return }
      throw QueryError(.storage(error.description))
    }
  }
}
