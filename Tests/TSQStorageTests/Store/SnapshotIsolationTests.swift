import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Snapshots")
struct SnapshotIsolationTests {
  @Test("stay as they were, and show batches whole, under appends, flushes and compactions")
  func isolation() async throws {
    var options = quietOptions()
    options.partitionLength = .seconds(1000)
    let store = try Store.open("/store", options: options, fileSystem: SimulatedFileSystem())
    let ids = try (0..<20).map { try store.resolve(try #require(Labels(metric: "m\($0)"))) }
    let rounds = 120
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for round in 0..<rounds {
          let times = [Int64](repeating: Int64(round) * 60_000_000_000, count: ids.count)
          let values = [Double](repeating: Double(round), count: ids.count)
          _ = try await store.append(SampleBatch(series: ids, times: times, values: values))
        }
      }
      group.addTask {
        for round in 0..<12 {
          try store.flush()
          if round % 4 == 3 { try store.compact() }
          await Task.yield()
        }
      }
      for reader in 0..<2 {
        group.addTask {
          var held: [(StoreSnapshot, Int)] = []
          var last = 0
          while last < rounds {
            let snapshot = store.snapshot()
            let count = try Self.count(snapshot, ids)
            #expect(count >= last, "reader \(reader) went back in time")
            last = count
            held.append((snapshot, count))
            if held.count > 5 { held.removeFirst() }
            for (old, expected) in held {
              #expect(try Self.count(old, ids) == expected, "reader \(reader)")
            }
            await Task.yield()
          }
        }
      }
      try await group.waitForAll()
    }
    try store.close()
  }

  /// How many rounds a snapshot shows; all series must show the same, without a gap.
  private static func count(_ snapshot: StoreSnapshot, _ ids: [SeriesID]) throws -> Int {
    var counts: Set<Int> = []
    for id in ids {
      var columns = SampleColumns()
      try snapshot.samples(of: id, into: &columns, statistics: ReadStatistics())
      #expect(columns.values == (0..<columns.count).map(Double.init))
      counts.insert(columns.count)
    }
    #expect(counts.count == 1, "a batch is visible whole or not at all: \(counts)")
    return counts.first ?? 0
  }

  @Test("a snapshot outlives the store and the files that compaction removed")
  func outlives() throws {
    var stored = try ModelledStore()
    var random = try RandomWorkload(seed: 3)
    for _ in 0..<4 {
      try stored.append(random.batch())
      try stored.store.flush()
    }
    let snapshot = stored.store.snapshot()
    let model = stored.model
    try stored.append(random.batch())
    try stored.store.compact()
    try stored.store.close()
    try model.check(snapshot, "after the store was closed")
  }
}
