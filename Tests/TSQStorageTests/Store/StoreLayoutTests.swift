import Foundation
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

  @Test("the total is the size of every file in the folder, each in a part of its own")
  func everyFile() async throws {
    try await withTemporaryStore { store, directory in
      let id = try store.resolve(try #require(Labels(metric: "m")))
      for start in [0, 1_000] as [Int64] {
        let times = (0..<500).map { (start + $0) * 1_000_000_000 }
        let series = times.map { _ in id }
        _ = try store.appendBlocking(
          SampleBatch(series: series, times: times, values: times.map { Double($0) }))
        if start == 0 { try store.flush() }
      }
      try store.state().setRetentionRules([RetentionRule(metricPattern: "m", keepSeconds: 86_400)])
      try put(100, in: directory + "/dead-letters", "1.txt")
      try put(20, in: directory + "/dead-letters/graphite", "1.txt")
      try put(3, in: directory + "/quarantine", "00000001.wal.0-3")
      try put(50_000, in: directory + "/segments", "left-over.tmp")
      try put(7, in: directory + "/notes/of/somebody", "else")
      let layout = try store.layout()
      #expect(layout.deadLetters == 120 && layout.quarantine == 3)
      #expect(layout.log == store.statistics().logBytes && layout.log > 0)
      #expect(layout.catalog > 0 && layout.state > 0)
      let small = try ["LOCK", "STORE", "MANIFEST"].reduce(0) {
        $0 + (try POSIXFileSystem().size(directory + "/" + $1))
      }
      #expect(layout.other == small + 50_007)
      #expect(layout.total == (try bytes(in: directory)))
      #expect(try store.usage().totalBytes == layout.total)
    }
  }

  private func put(_ count: Int, in folder: String, _ name: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(repeating: 1, count: count).write(to: URL(fileURLWithPath: folder + "/" + name))
  }

  private func bytes(in folder: String) throws -> Int64 {
    try FileManager.default.subpathsOfDirectory(atPath: folder).reduce(0) { sum, name in
      let facts = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
      let isFile = facts[.type] as? FileAttributeType == .typeRegular
      return sum + (isFile ? Int64(try #require(facts[.size] as? Int)) : 0)
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
