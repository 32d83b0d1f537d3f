import Foundation
import TSQCore
import Testing

@testable import TSQStorage

@Suite("Store")
struct StoreTests {
  @Test("samples come back before and after flush, compaction and reopening")
  func roundTrip() async throws {
    try await withTemporaryStore { store, directory in
      let id = try store.resolve(#require(Labels(metric: "cpu", [("host", "a")])))
      var batch = SampleBatch()
      for index in 0..<3000 {
        batch.append(series: id, time: Int64(index) * 10_000_000_000, value: Double(index) / 10)
      }
      let receipt = try await store.append(batch)
      #expect(receipt.stored == 3000)
      try check(store)
      try store.flush()
      try check(store)
      _ = try await store.append(SampleBatch(series: [id], times: [20_000_000_000], values: [7]))
      try store.flush()
      try store.compact()
      #expect(store.statistics().segments == 1)
      try store.close()
      let again = try Store.open(directory)
      defer { try? again.close() }
      let columns = try samples(again)
      #expect(columns.count == 3000)
      #expect(columns.values[2] == 7)
    }
  }

  private func check(_ store: Store) throws {
    let columns = try samples(store)
    #expect(columns.count == 3000)
    #expect(columns.values[17] == 1.7)
  }

  private func samples(_ store: Store) throws -> SampleColumns {
    let snapshot = store.snapshot()
    let series = snapshot.series(matching: [.metric("cpu")])
    #expect(series.count == 1)
    var columns = SampleColumns()
    for entry in series {
      try snapshot.samples(of: entry.id, into: &columns, statistics: ReadStatistics())
    }
    return columns
  }
}

/// Runs a test on a store in a folder of its own, which is removed afterwards.
func withTemporaryStore(
  _ options: StoreOptions = quietOptions(), _ body: (Store, String) async throws -> Void
) async throws {
  let directory = NSTemporaryDirectory() + "tsq-store-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: directory) }
  let store = try Store.open(directory, options: options)
  try await body(store, directory)
  try store.close()
}

/// Options without a background thread, so that a test decides when things happen.
func quietOptions() -> StoreOptions {
  var options = StoreOptions()
  options.backgroundUpkeep = false
  options.freeSpaceFloor = 0
  return options
}
