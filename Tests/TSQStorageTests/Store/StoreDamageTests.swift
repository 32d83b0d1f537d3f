import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Store with damaged files")
struct StoreDamageTests {
  /// A small store with everything in it: two segments, a deletion, metadata, a log not flushed.
  private func makeStore() async throws -> (SimulatedFileSystem, StoreModel) {
    var stored = try ModelledStore()
    let series = try ["a", "b", "c"].map { try #require(Labels(metric: "m", [("host", $0)])) }
    func samples(_ seconds: Range<Int64>) -> [(labels: Labels, time: Int64, value: Double)] {
      seconds.flatMap { second in
        series.enumerated().map { index, labels in
          let mixed = UInt64(bitPattern: second &* 0x9e37_79b9) ^ UInt64(index) << 40
          return (labels, second * 1_000_000_000, Double(mixed % 100_000) / 100)
        }
      }
    }
    try stored.append(samples(0..<20))
    try await stored.store.record(
      MetricMetadata(metric: "m", kind: .gauge, unit: "seconds", help: "a test"))
    try stored.store.flush()
    try await stored.delete(
      [.equal("host", "b")],
      TimeRange(
        start: Timestamp(nanoseconds: 5_000_000_000), end: Timestamp(nanoseconds: 9_000_000_000)))
    try stored.append(samples(1000..<1020))
    try stored.store.flush()
    try stored.append(samples(2000..<2004))
    try stored.append(samples(2004..<2008))
    try stored.store.close()
    return (stored.fileSystem, stored.model)
  }

  @Test("every byte flipped in turn: said in words, nothing wrong, the rest readable")
  func everyByte() async throws {
    let (whole, model) = try await makeStore()
    let all = Found(model)
    var generator = SeededGenerator(seed: 5)
    var bytes = 0
    for path in whole.paths where !path.hasSuffix("/LOCK") {
      let size = try #require(whole.contents(path)).count
      for offset in 0..<size {
        let mask = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
        let disk = whole.copy()
        disk.flip(path, at: offset, mask: offset % 2 == 0 ? 0xff : mask)
        try check(disk, all, "\(path) at \(offset) of \(size)")
        bytes += 1
      }
    }
    #expect(bytes > 1500)
  }

  private func check(_ disk: SimulatedFileSystem, _ all: Found, _ place: String) throws {
    var options = quietOptions()
    options.partitionLength = .seconds(1000)
    for isReadOnly in [true, false] {
      let store: Store
      do {
        store =
          isReadOnly
          ? try Store.openReadOnly("/store", options: options, fileSystem: disk)
          : try Store.open("/store", options: options, fileSystem: disk)
      } catch {
        #expect(!error.description.isEmpty, "\(place)")
        continue
      }
      let (found, said) = try read(store)
      let readOnlyText = isReadOnly ? "read-only" : "writing"
      if found != all {
        #expect(said, "silent loss, \(readOnlyText), \(place)")
        #expect(found.lost(from: all) != nil, "wrong values, \(readOnlyText), \(place)")
        // At most one segment of three hosts, or the log.
        #expect((found.lost(from: all) ?? 0) <= 60, "\(readOnlyText), \(place)")
      }
      try store.close()
    }
  }

  /// What can be read, and whether anything was said about damage.
  private func read(_ store: Store) throws -> (Found, said: Bool) {
    let snapshot = store.snapshot()
    let statistics = ReadStatistics()
    var said = !store.recovery.isClean || !snapshot.unreadable().isEmpty
    var samples: [Labels: [Int64: UInt64]] = [:]
    for series in snapshot.series(matching: []) {
      var columns = SampleColumns()
      do {
        try snapshot.samples(of: series.id, into: &columns, statistics: statistics)
      } catch {
        said = true
        #expect(!error.description.isEmpty)
      }
      guard !columns.isEmpty else { continue }
      samples[series.labels] = Dictionary(
        uniqueKeysWithValues: zip(columns.times, columns.values.map(\.bitPattern)))
    }
    #expect(statistics.damage.isEmpty || said)
    return (Found(samples), said)
  }

  @Test("summaries answer over damaged samples, and only the damaged blocks are lost")
  func summariesOverDamage() async throws {
    var stored = try ModelledStore()
    let labels = try #require(Labels(metric: "m"))
    // One partition of many blocks.
    try stored.append(
      (0..<10_000).map { (labels, Int64($0) * 90_000_000, Double($0 % 977) / 8) })
    try stored.store.flush()
    try stored.store.close()
    let path = try #require(stored.fileSystem.paths.first { $0.hasSuffix(".seg") })
    let reader = try SegmentReader(fileSystem: stored.fileSystem, path: path)
    let blocks = try Array(reader.blocks(ofLocal: 0))
    #expect(blocks.count >= 9)
    for block in blocks[2...6] {
      for offset in stride(from: 0, to: Int(block.valuesLength), by: 16) {
        stored.fileSystem.flip(path, at: Int(block.valuesOffset) + offset)
      }
    }
    let store = try Store.openReadOnly(
      "/store", options: stored.options, fileSystem: stored.fileSystem)
    let snapshot = store.snapshot()
    let id = try #require(snapshot.find(labels))
    let statistics = ReadStatistics()
    var total = SeriesSummary()
    for run in snapshot.runs(of: id) {
      total.merge(try #require(run.summary(statistics: statistics)))
    }
    #expect(total.totalCount == 10_000)
    #expect(statistics.blocksDecoded == 0)
    #expect(statistics.blocksFromSummaries == blocks.count)
    #expect(statistics.bytesRead == 0)
    var columns = SampleColumns()
    #expect(throws: StoreError.self) {
      try snapshot.samples(of: id, into: &columns, statistics: statistics)
    }
    let lost = blocks[2...6].reduce(0) { $0 + $1.count }
    #expect(columns.count == 10_000 - lost)
    #expect(statistics.damage.count == 5)
    #expect(statistics.damage.allSatisfy { $0.series == labels && $0.range != nil })
    let report = store.verify(deep: true)
    #expect(report.damage.count == 5)
    // Without reading blocks only what was met before is known.
    #expect(store.verify(deep: false).damage.count == 5)
    let again = try Store.openReadOnly(
      "/store", options: stored.options, fileSystem: stored.fileSystem)
    #expect(again.verify(deep: false).isSound)
  }
}

extension Found {
  init(_ samples: [Labels: [Int64: UInt64]]) { self.samples = samples }

  /// How many samples are missing, or `nil` where one is wrong or invented.
  func lost(from all: Found) -> Int? {
    var missing = all.samples.values.reduce(0) { $0 + $1.count }
    for (labels, held) in samples {
      for (time, bits) in held {
        guard all.samples[labels]?[time] == bits else { return nil }
        missing -= 1
      }
    }
    return missing
  }
}
