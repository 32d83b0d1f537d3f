import Foundation
import TSQCore
import TSQForecast
import TSQQuery
import TSQStorage
import TSQTestSupport
import Testing

/// Trends over many segments, answered from an outline of the series.
@Suite struct LongTrendTests {
  private static let day: Int64 = 86_400_000_000_000
  private static let step: Int64 = 120_000_000_000

  /// A line with noise, a value every two minutes, NaN now and then.
  private static func samples(
    _ days: Range<Int64>, seed: UInt64, step: Int64 = step
  ) -> SampleColumns {
    var random = SeededGenerator(seed: seed)
    var columns = SampleColumns()
    for time in stride(from: days.lowerBound * day, to: days.upperBound * day, by: Int(step)) {
      let noise = Double.random(in: -1...1, using: &random)
      let isNaN = Int.random(in: 0..<500, using: &random) == 0
      columns.append(time: time, value: isNaN ? .nan : 20 + Double(time) / Double(day) + noise)
    }
    return columns
  }

  /// An empty store in a folder of its own, without upkeep in the background.
  private static func makeStore() throws -> (store: Store, folder: URL) {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "tsq-trend-\(UUID().uuidString)")
    var options = StoreOptions()
    options.backgroundUpkeep = false
    return (try Store.open(folder.path, options: options), folder)
  }

  private static func append(_ columns: SampleColumns, _ store: Store) throws {
    let id = try store.resolve(try #require(Labels(metric: "m")))
    var batch = SampleBatch()
    for index in columns.times.indices {
      batch.append(series: id, time: columns.times[index], value: columns.values[index])
    }
    _ = try store.appendBlocking(batch)
  }

  /// Compares with the line through all samples of the range.
  private static func expect(
    _ store: Store, _ range: TimeRange, _ state: String, fromSummaries: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let engine = QueryEngine(store: store)
    let result = try engine.trends("m", in: range)
    #expect(
      try engine.trends("m", in: range).series[0].estimate == result.series[0].estimate,
      "\(state): asked twice", sourceLocation: sourceLocation)
    let found = try #require(result.series[0].estimate)
    var columns = SampleColumns()
    let snapshot = store.snapshot()
    let labels = try #require(Labels(metric: "m"))
    let id = try #require(snapshot.find(labels))
    try snapshot.samples(of: id, in: range, into: &columns, statistics: ReadStatistics())
    let expected = try Trend.fit(columns)
    let comment = Comment(rawValue: "\(state), \(range)")
    #expect(found.n == expected.n, comment, sourceLocation: sourceLocation)
    #expect(found.start == expected.start, comment, sourceLocation: sourceLocation)
    let difference = found.slopePerDay - expected.slopePerDay
    #expect(difference.magnitude < 1e-9, comment, sourceLocation: sourceLocation)
    #expect((found.r2 - expected.r2).magnitude < 1e-9, comment, sourceLocation: sourceLocation)
    let width = (found.slopeHigh - found.slopeLow) / (expected.slopeHigh - expected.slopeLow)
    #expect((0.3...3).contains(width), comment, sourceLocation: sourceLocation)
    if fromSummaries {
      #expect(
        result.statistics.samplesDecoded < columns.count / 3, comment,
        sourceLocation: sourceLocation)
    }
  }

  @Test("a long trend is that of its samples: whole, cut, with late samples, after a deletion")
  func states() async throws {
    let (store, folder) = try Self.makeStore()
    defer {
      try? store.close()
      try? FileManager.default.removeItem(at: folder)
    }
    // Enough for summaries once merged: 316,800 samples in 48 blocks.
    let often = Self.step / 4
    try Self.append(Self.samples(0..<110, seed: 1, step: often), store)
    _ = try store.compact()
    let cut = TimeRange(
      start: Timestamp(nanoseconds: 9 * Self.day + 12_345),
      end: Timestamp(nanoseconds: 103 * Self.day + 5 * Self.step))
    try Self.expect(store, .all, "compacted")
    try Self.expect(store, cut, "compacted")
    try Self.append(Self.samples(110..<111, seed: 2, step: often), store)
    try Self.expect(store, .all, "newer samples in memory")
    // A late sample among the blocks: its block must be decoded and merged.
    try Self.append(SampleColumns(times: [50 * Self.day + 7], values: [1e6]), store)
    try Self.expect(store, .all, "a late sample in memory")
    _ = try store.flush()
    try Self.expect(store, .all, "overlapping blocks")
    _ = try store.compact()
    try Self.expect(store, cut, "merged")
    let gone = TimeRange(
      start: Timestamp(nanoseconds: 40 * Self.day), end: Timestamp(nanoseconds: 61 * Self.day))
    _ = try await store.delete([.metric("m")], range: gone)
    try Self.expect(store, .all, "deleted")
    _ = try store.compact()
    try Self.expect(store, .all, "deletion carried out")
  }

  @Test("merging the blocks of a store leaves a trend's interval and sign as they were")
  func merging() throws {
    let (store, folder) = try Self.makeStore()
    defer {
      try? store.close()
      try? FileManager.default.removeItem(at: folder)
    }
    for first in stride(from: Int64(0), to: 100, by: 2) {
      var columns = SampleColumns()
      let part = Self.samples(first..<first + 2, seed: UInt64(first))
      for index in part.times.indices {
        // The line is 1 a day: noise and a day's cycle stay, with a slope that is just seen.
        let day = Double(part.times[index]) / Double(Self.day)
        let value = part.values[index] - 0.995 * day + 3 * sin(2 * .pi * day)
        columns.append(time: part.times[index], value: value)
      }
      try Self.append(columns, store)
      _ = try store.flush()
    }
    let engine = QueryEngine(store: store)
    let before = try #require(try engine.trends("m", in: .all).series[0].estimate)
    _ = try store.compact()
    let result = try engine.trends("m", in: .all)
    let after = try #require(result.series[0].estimate)
    #expect(result.statistics.blocksDecoded < 32)
    #expect((after.slopePerDay - before.slopePerDay).magnitude < 1e-9)
    let widths = (after.slopeHigh - after.slopeLow) / (before.slopeHigh - before.slopeLow)
    #expect((0.6...1.6).contains(widths), "\(before), then \(after)")
    #expect(!before.isFlat && !after.isFlat, "\(before), then \(after)")
  }

  @Test("a few large blocks: the line of their samples, each block read once")
  func parts() async throws {
    let (store, folder) = try Self.makeStore()
    defer {
      try? store.close()
      try? FileManager.default.removeItem(at: folder)
    }
    try Self.append(Self.samples(0..<60, seed: 3), store)
    _ = try store.compact()
    let cut = TimeRange(
      start: Timestamp(nanoseconds: 5 * Self.day + 12_345),
      end: Timestamp(nanoseconds: 43 * Self.day + 5 * Self.step))
    let engine = QueryEngine(store: store)
    let first = try engine.trends("m", in: cut)
    let again = try engine.trends("m", in: cut)
    #expect(first.series[0].estimate == again.series[0].estimate)
    // What was read the first time is known the second; only the cut blocks are read again.
    #expect(again.statistics.blocksDecoded <= 2 && again.statistics.blocksFromSummaries >= 3)
    #expect(first.statistics.blocksDecoded > again.statistics.blocksDecoded)
    try Self.expect(store, cut, "a few large blocks", fromSummaries: false)
    try Self.append(SampleColumns(times: [20 * Self.day + 7], values: [1e6]), store)
    try Self.expect(store, cut, "a late sample in memory", fromSummaries: false)
    _ = try store.compact()
    try Self.expect(store, cut, "merged", fromSummaries: false)
    let gone = TimeRange(
      start: Timestamp(nanoseconds: 10 * Self.day), end: Timestamp(nanoseconds: 12 * Self.day))
    _ = try await store.delete([.metric("m")], range: gone)
    try Self.expect(store, cut, "deleted", fromSummaries: false)
  }
}
