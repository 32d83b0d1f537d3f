import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// A damaged block stays where it is and is kept apart: not read again, named, merged with nothing.
@Suite("Store with a damaged block")
struct StoreQuarantineTests {
  private static let second: Int64 = 1_000_000_000

  /// Four segments of one partition, the second with a damaged block of one series.
  private struct Damaged {
    var stored: ModelledStore
    let store: Store
    let path: String
    let offset: Int
    let host: Labels
    let range: TimeRange

    init() throws {
      stored = try ModelledStore()
      let series = try ["a", "b"].map { try #require(Labels(metric: "m", [("host", $0)])) }
      for round in 0..<4 {
        try stored.append(
          (0..<40).flatMap { index in
            series.map { labels in
              let time = Int64(round * 200 + index * 2)
              let mixed = time &* 0x9e37_79b9 % 100_000
              return (labels, time * second, Double(mixed) / 100)
            }
          })
        try stored.store.flush()
      }
      try stored.store.close()
      let paths = stored.fileSystem.paths.filter { $0.hasSuffix(".seg") }
      try #require(paths.count == 4)
      path = paths[1]
      let reader = try SegmentReader(fileSystem: stored.fileSystem, path: path)
      let block = try #require(try reader.blocks(ofLocal: 0).first)
      host = try reader.labels(ofLocal: 0)
      range = block.timeRange
      offset = Int(block.valuesOffset) + Int(block.valuesLength) / 2
      stored.fileSystem.flip(path, at: offset)
      store = try Store.open("/store", options: stored.options, fileSystem: stored.fileSystem)
    }

    /// Reads everything, and says what was reported damaged.
    func damage() throws -> [DamageReport] {
      let statistics = ReadStatistics()
      for series in store.snapshot().series(matching: []) {
        var columns = SampleColumns()
        do throws(StoreError) {
          try store.snapshot().samples(of: series.id, into: &columns, statistics: statistics)
        } catch {
          guard case .damaged = error else { throw error }
        }
      }
      return statistics.damage
    }
  }

  @Test("it is read once, and named by every answer, by statistics and by verification")
  func remembered() throws {
    let damaged = try Damaged()
    let (store, disk) = (damaged.store, damaged.stored.fileSystem)
    #expect(store.statistics().damagedBlocks.isEmpty)
    #expect(store.verify(deep: false).isSound)
    let first = try damaged.damage()
    #expect(first.map(\.series) == [damaged.host] && first.map(\.range) == [damaged.range])
    let named = store.statistics().damagedBlocks
    #expect(named.map(\.series) == [damaged.host] && named.map(\.range) == [damaged.range])
    #expect(store.verify(deep: false).damage == named)
    // Were it read again, this would be a failure to read and no damage.
    disk.inject(SimulatedFault(.read, on: damaged.path, times: .max))
    let snapshot = store.snapshot()
    let id = try #require(snapshot.find(damaged.host))
    var columns = SampleColumns()
    let statistics = ReadStatistics()
    #expect(throws: StoreError.damaged(first[0])) {
      try snapshot.samples(of: id, in: damaged.range, into: &columns, statistics: statistics)
    }
    #expect(statistics.damage == first)
    disk.removeFaults()
    // A deep verification looks anew: a disk that recovered is believed.
    #expect(store.verify(deep: true).damage == named)
    disk.flip(damaged.path, at: damaged.offset)
    #expect(store.verify(deep: true).isSound)
    #expect(store.statistics().damagedBlocks.isEmpty)
    #expect(try damaged.damage().isEmpty)
    #expect(try Found(store.snapshot()) == Found(damaged.stored.model))
    try store.close()
  }

  @Test("its segment is merged with none, those on both sides are, and each compaction says so")
  func keptOutOfCompaction() async throws {
    let damaged = try Damaged()
    let (store, disk) = (damaged.store, damaged.stored.fileSystem)
    for _ in 0..<2 {
      let report = try store.compact()
      #expect(report.damage.map(\.range) == [damaged.range])
      #expect(disk.paths.contains(damaged.path))
      // The first alone, the damaged one, the last two together.
      #expect(disk.paths.filter { $0.hasSuffix(".seg") }.count == 3)
    }
    // The samples are given up: now all is merged.
    _ = try await store.delete([.equal("host", damaged.host["host"] ?? "")], range: damaged.range)
    var model = damaged.stored.model
    model.delete([.equal("host", damaged.host["host"] ?? "")], damaged.range)
    let report = try store.compact()
    #expect(report.damage.isEmpty)
    #expect(disk.paths.filter { $0.hasSuffix(".seg") }.count == 1)
    #expect(try Found(store.snapshot()) == Found(model))
    #expect(store.verify(deep: true).isSound)
    try store.close()
  }

  @Test("the background job goes on around it")
  func background() throws {
    let damaged = try Damaged()
    let disk = damaged.stored.fileSystem
    var options = damaged.stored.options
    options.compactionSegments = 2
    try damaged.store.close()
    let store = try Store.open("/store", options: options, fileSystem: disk)
    #expect(try store.compactInBackground().damage.count == 1)
    let report = try store.compactInBackground()
    #expect(report.damage.isEmpty && report.segmentsBefore == 2)
    #expect(disk.paths.contains(damaged.path))
    #expect(try store.compactInBackground().segmentsBefore == 0)
    try store.close()
  }
}
