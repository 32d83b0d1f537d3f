import TSQCore
import Testing

@testable import TSQStorage

/// Of two samples with one time the later one counts, whenever merges and flushes meet.
@Suite("Merges beside flushes") struct MergeOrderTests {
  private func put(_ store: Store, _ value: Double, at second: Int64) throws {
    let labels = try #require(Labels(metric: "m", []))
    var batch = SampleBatch()
    batch.append(series: try store.resolve(labels), time: second * 1_000_000_000, value: value)
    _ = try store.appendBlocking(batch)
    try store.flush()
  }

  private func values(_ store: Store) throws -> [Double] {
    let snapshot = store.snapshot()
    let series = try #require(snapshot.series(matching: []).first)
    var columns = SampleColumns()
    try snapshot.samples(of: series.id, into: &columns, statistics: ReadStatistics())
    return columns.values
  }

  @Test("a sample flushed after a merge was planned and before it began stays the newest")
  func flushesBetween() async throws {
    var options = quietOptions()
    options.partitionLength = .seconds(1000)
    try await withTemporaryStore(options) { store, directory in
      // Two segments in each of two partitions: two merges, one after the other.
      for time: Int64 in [1, 2, 1001, 1002] { try put(store, 1, at: time) }
      var isFirst = true
      _ = try store.compact { _ in
        guard isFirst else { return }
        isFirst = false
        // Two flushes while the first merge runs: the second merge was planned without them.
        do {
          try put(store, 2, at: 1001)
          try put(store, 3, at: 1003)
        } catch {
          Issue.record("\(error)")
        }
      }
      #expect(!isFirst)
      #expect(try values(store) == [1, 1, 2, 1, 3])
      try store.close()
      let again = try Store.open(directory, options: options)
      #expect(try values(again) == [1, 1, 2, 1, 3])
      try again.compact()
      #expect(try values(again) == [1, 1, 2, 1, 3])
      try again.close()
    }
  }
}
