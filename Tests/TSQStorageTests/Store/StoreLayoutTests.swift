import TSQCodec
import TSQCore
import Testing

@testable import TSQStorage

@Suite("Where the bytes of a store go")
struct StoreLayoutTests {
  @Test("encodings account for every byte and sample of the frames, shared timestamps once")
  func encodings() async throws {
    try await withTemporaryStore { store, _ in
      let ids = try ["level", "still"].map { try store.resolve(try #require(Labels(metric: $0))) }
      for part in 0..<2 {
        var batch = SampleBatch()
        for tick in part * 3_000..<(part + 1) * 3_000 {
          for (id, value) in zip(ids, [Double(tick * 7_919 % 101) / 4, 16]) {
            batch.series.append(id)
            batch.times.append(Int64(tick) * 10_000_000_000)
            batch.values.append(value)
          }
        }
        _ = try await store.append(batch)
        _ = try store.flush()
      }
      try expectWhole(store)
      _ = try store.compact()
      let shares = try expectWhole(store)
      let times = shares.filter { $0.kind == .timestamps }
      #expect(times.map(\.scheme) == ["linear"])
      #expect(times.map(\.samples) == [6_000], "both series have the same times")
      let values = shares.filter { $0.kind == .values }
      #expect(values.count == 2 && values.map(\.samples) == [6_000, 6_000])
      #expect(values[0].scheme.hasPrefix("decimals > "))
      #expect(values[1].scheme == "integers > constant")
    }
  }

  @discardableResult
  private func expectWhole(_ store: Store) throws -> [EncodingShare] {
    let (shares, layout) = (try store.encodings(), try store.layout())
    func bytes(_ kind: ColumnKind) -> Int64 {
      shares.reduce(0) { $0 + ($1.kind == kind ? $1.bytes : 0) }
    }
    #expect(bytes(.timestamps) == layout.timestamps)
    #expect(bytes(.values) == layout.values)
    let samples = shares.reduce(0) { $0 + ($1.kind == .values ? $1.samples : 0) }
    #expect(samples == layout.samples)
    #expect(shares.map(\.bytes) == shares.map(\.bytes).sorted(by: >))
    return shares
  }
}
