import Foundation
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Upkeep of a store")
struct StoreUpkeepTests {
  private let hour: Int64 = 3_600_000_000_000

  /// Three metrics, one sample an hour for 100 hours.
  private func fill(_ store: Store) async throws {
    for metric in ["cpu", "disk_used", "disk_free"] {
      let id = try store.resolve(try #require(Labels(metric: metric, [("host", "a")])))
      let times = (0..<100).map { $0 * hour }
      _ = try await store.append(
        SampleBatch(
          series: times.map { _ in id }, times: times, values: times.map { Double($0 / hour) }))
    }
  }

  private func counts(_ store: Store) throws -> [String: Int] {
    var counts: [String: Int] = [:]
    for (labels, samples) in try Found(store.snapshot()).samples {
      counts[labels.metric] = samples.count
    }
    return counts
  }

  @Test("retention drops what is older than the first policy that governs a series")
  func retention() async throws {
    try await withTemporaryStore { store, _ in
      try await fill(store)
      let policies = [
        try #require(
          RetentionPolicy(RetentionRule(metricPattern: "disk_*", keepSeconds: 10 * 3600))),
        RetentionPolicy(matchers: [], maximumAge: 30 * hour),
      ]
      let now = Timestamp(nanoseconds: 99 * hour)
      let dry = try store.applyRetention(policies, now: now, dryRun: true)
      #expect(dry.entries.map(\.series) == [2, 1])
      #expect(dry.compaction == nil)
      #expect(try counts(store) == ["cpu": 100, "disk_used": 100, "disk_free": 100])
      let done = try store.applyRetention(policies, now: now)
      #expect(done.entries == dry.entries)
      #expect(try counts(store) == ["cpu": 31, "disk_used": 11, "disk_free": 11])
      #expect(store.statistics().segmentSamples == 53)
      #expect(store.statistics().tombstones == 0)
      let again = try store.applyRetention(policies, now: now)
      #expect(again.entries.allSatisfy { $0.series == 0 })
      #expect(again.compaction == nil)
    }
  }

  @Test("a policy with several matchers before another leaves its series alone")
  func overlappingPolicies() async throws {
    try await withTemporaryStore { store, _ in
      try await fill(store)
      let longer = try #require(Labels(metric: "cpu", [("host", "a"), ("core", "0")]))
      let id = try store.resolve(longer)
      _ = try await store.append(SampleBatch(series: [id], times: [hour], values: [1]))
      let policies = [
        RetentionPolicy(matchers: [.metric("cpu"), .equal("core", "0")], maximumAge: nil),
        RetentionPolicy(matchers: [.metric("cpu")], maximumAge: 10 * hour),
      ]
      _ = try store.applyRetention(policies, now: Timestamp(nanoseconds: 99 * hour))
      let found = try Found(store.snapshot())
      #expect(found.samples[longer]?.count == 1)
      #expect(found.samples[try #require(Labels(metric: "cpu", [("host", "a")]))]?.count == 11)
    }
  }

  @Test("a backup made while writing is a whole store, and a restored one too")
  func backup() async throws {
    try await withTemporaryStore { store, directory in
      let (backup, restored) = (directory + "-backup", directory + "-restored")
      defer {
        try? FileManager.default.removeItem(atPath: backup)
        try? FileManager.default.removeItem(atPath: restored)
      }
      try await fill(store)
      _ = try await store.delete([.metric("disk_free")], range: .all)
      try await store.record(MetricMetadata(metric: "cpu", kind: .gauge, unit: "ratio"))
      try store.state().setRetentionRule(RetentionRule(metricPattern: "cpu", keepSeconds: 0))
      let expected = try Found(store.snapshot())
      let report = try store.backup(to: backup)
      #expect(report.segments > 0 && report.linked == report.segments)
      #expect(throws: StoreError.self) { try store.backup(to: backup) }
      // The original goes on and changes.
      _ = try await store.delete([.metric("cpu")], range: .all)
      try store.compact()
      let copy = try Store.openReadOnly(backup)
      #expect(try Found(copy.snapshot()) == expected)
      #expect(copy.verify(deep: true).isSound)
      try copy.close()
      let back = try Store.restore(from: backup, to: restored)
      #expect(back.segments == report.segments)
      let opened = try Store.open(restored, options: quietOptions())
      #expect(opened.recovery.isClean, "\(opened.recovery)")
      #expect(try Found(opened.snapshot()) == expected)
      #expect(opened.snapshot().metadata("cpu")?.unit == "ratio")
      #expect(try opened.state().retentionRules().map(\.metricPattern) == ["cpu"])
      let id = try opened.resolve(try #require(Labels(metric: "new")))
      let receipt = try await opened.append(
        SampleBatch(series: [id], times: [1], values: [1]))
      #expect(receipt.sequence > report.throughSequence)
      try opened.close()
    }
  }

  @Test(
    "a store whose log has a deletion or a description is not restored from: they would be lost")
  func restoreWithLog() async throws {
    try await withTemporaryStore { store, directory in
      let restored = directory + "-restored"
      defer { try? FileManager.default.removeItem(atPath: restored) }
      try await fill(store)
      try store.flush()
      _ = try await store.delete([.metric("cpu")], range: .all)
      try store.close()
      #expect(throws: StoreError.self) { try Store.restore(from: directory, to: restored) }
      #expect(!FileManager.default.fileExists(atPath: restored))
      let opened = try Store.open(directory, options: quietOptions())
      try opened.flush()
      let expected = try Found(opened.snapshot())
      try opened.close()
      _ = try Store.restore(from: directory, to: restored)
      let back = try Store.openReadOnly(restored)
      #expect(try Found(back.snapshot()) == expected)
      try back.close()
    }
  }

  @Test("without the catalog, with last week's and with a damaged one: the same answers")
  func catalog() async throws {
    try await withTemporaryStore { store, directory in
      let path = directory + "/catalog.sqlite"
      try await fill(store)
      try store.compact()
      try store.close()
      let old = try #require(FileManager.default.contents(atPath: path))
      let writer = try Store.open(directory, options: quietOptions())
      _ = try await writer.delete([.metric("disk_free")], range: .all)
      let id = try writer.resolve(try #require(Labels(metric: "later")))
      _ = try await writer.append(SampleBatch(series: [id], times: [hour], values: [1]))
      try writer.compact()
      let expected = try Found(writer.snapshot())
      try writer.close()
      var damaged = try #require(FileManager.default.contents(atPath: path))
      for index in stride(from: 0, to: damaged.count, by: 100) { damaged[index] ^= 0xff }
      for content in [nil, old, damaged] as [Data?] {
        for name in ["", "-wal", "-shm"] {
          try? FileManager.default.removeItem(atPath: path + name)
        }
        try content?.write(to: URL(fileURLWithPath: path))
        let again = try Store.open(directory, options: quietOptions())
        #expect(try Found(again.snapshot()) == expected)
        #expect(again.snapshot().series(matching: [.metric("disk_free")]).isEmpty)
        let said = !again.recovery.damage.isEmpty
        #expect(said == (content == damaged), "\(again.recovery)")
        try again.close()
      }
    }
  }

  @Test("the background thread flushes by bytes, compacts, and tells its failures")
  func background() async throws {
    var options = quietOptions()
    options.flushBytes = 2000
    options.compactionSegments = 3
    let disk = SimulatedFileSystem()
    let store = try Store.open("/store", options: options, fileSystem: disk)
    let id = try store.resolve(try #require(Labels(metric: "m")))
    for round in 0..<7 {
      let times = (0..<200).map { Int64(round * 200 + $0) * 1_000_000_000 }
      _ = try await store.append(
        SampleBatch(series: times.map { _ in id }, times: times, values: times.map { _ in 1 }))
      store.flushIfDue()
      store.mergeIfDue()
      #expect(store.statistics().headSamples == 0)
      #expect(store.statistics().segments <= 3)
    }
    #expect(store.statistics().segmentSamples == 1400)
    disk.inject(SimulatedFault(.sync, on: ".seg", times: 1))
    let times = (0..<200).map { -1 - Int64($0) }
    _ = try await store.append(
      SampleBatch(series: times.map { _ in id }, times: times, values: times.map { _ in 2 }))
    store.flushIfDue()
    store.mergeIfDue()
    #expect(store.statistics().upkeepErrors == 1)
    #expect(store.statistics().lastUpkeepError != nil)
    #expect(try Found(store.snapshot()).samples.values.first?.count == 1600)
    store.flushIfDue()
    store.mergeIfDue()
    #expect(store.statistics().lastUpkeepError == nil)
    #expect(store.statistics().headSamples == 0)
    #expect(try Found(store.snapshot()).samples.values.first?.count == 1600)
    try store.close()
  }

  @Test("a log longer than the head may be is replayed in pieces")
  func longLog() async throws {
    var stored = try ModelledStore()
    var random = try RandomWorkload(seed: 11)
    for step in 0..<30 {
      try stored.append(random.batch())
      if step % 7 == 3 {
        let (matchers, range) = try random.deletion()
        try await stored.delete(matchers, range)
      }
    }
    stored.options.flushBytes = 10_000
    try stored.reopen()
    #expect(stored.store.statistics().segments > 3)
    #expect(stored.store.recovery.isClean, "\(stored.store.recovery)")
    #expect(stored.store.recovery.replayedEntries == 34)
    try stored.model.check(stored.store.snapshot(), "after replay in pieces")
    try stored.reopen()
    try stored.model.check(stored.store.snapshot(), "after another")
    try stored.store.compact()
    try stored.model.check(stored.store.snapshot(), "compacted")
    try stored.store.close()
  }

  @Test("a lost manifest loses no sample, and a full disk only the batch that met it")
  func lostManifest() async throws {
    var stored = try ModelledStore()
    var random = try RandomWorkload(seed: 12)
    try stored.append(random.batch())
    try stored.store.flush()
    try stored.append(random.batch())
    try stored.store.close()
    try stored.fileSystem.remove("/store/MANIFEST")
    try stored.reopen()
    #expect(stored.store.recovery.damage.count == 1, "\(stored.store.recovery)")
    try stored.model.check(stored.store.snapshot(), "without manifest")
    try stored.store.compact()
    try stored.reopen()
    #expect(stored.store.recovery.isClean, "\(stored.store.recovery)")
    try stored.model.check(stored.store.snapshot(), "with a new one")

    stored.fileSystem.setCapacity(1)
    let id = try stored.store.resolve(random.series[0])
    let refused = SampleBatch(series: [id], times: [1], values: [1])
    let error = #expect(throws: StoreError.self) { try stored.store.appendBlocking(refused) }
    guard case .diskFull? = error else {
      Issue.record("expected `diskFull`, got \(String(describing: error))")
      return
    }
    try stored.model.check(stored.store.snapshot(), "on a full disk")
    stored.fileSystem.setCapacity(nil)
    try stored.append(random.batch())
    try stored.model.check(stored.store.snapshot(), "with space again")
    try stored.store.close()
  }
}

extension StoreUpkeepTests {
  @Test("with its threads running, a store flushes and merges by itself while it is written")
  func threads() async throws {
    var options = quietOptions()
    options.backgroundUpkeep = true
    options.upkeepInterval = .milliseconds(5)
    options.flushBytes = 4000
    options.compactionSegments = 2
    let store = try Store.open("/store", options: options, fileSystem: SimulatedFileSystem())
    let id = try store.resolve(try #require(Labels(metric: "m")))
    for round in 0..<60 {
      let times = (0..<100).map { Int64(round * 100 + $0) * 1_000_000_000 }
      _ = try await store.append(
        SampleBatch(series: times.map { _ in id }, times: times, values: times.map { _ in 1 }))
      let expected = (round + 1) * 100
      #expect(try Found(store.snapshot()).samples.values.first?.count == expected)
    }
    #expect(store.statistics().segments > 0)
    #expect(store.statistics().upkeepErrors == 0)
    try store.close()
    #expect(throws: StoreError.closed) {
      try store.appendBlocking(SampleBatch(series: [id], times: [1], values: [1]))
    }
  }
}

extension StoreUpkeepTests {
  @Test("where no flush succeeds, appends fail with its reason instead of filling memory")
  func boundedMemory() async throws {
    var options = quietOptions()
    options.backgroundUpkeep = true
    options.upkeepInterval = .milliseconds(5)
    options.flushBytes = 2000
    let disk = SimulatedFileSystem()
    let store = try Store.open("/store", options: options, fileSystem: disk)
    let id = try store.resolve(try #require(Labels(metric: "m")))
    disk.inject(SimulatedFault(.create, on: ".seg", times: .max))
    var accepted = 0
    var refusal: StoreError?
    while refusal == nil, accepted < 1000 {
      do {
        let times = (0..<20).map { Int64(accepted * 20 + $0) * 1_000_000_000 }
        _ = try await store.append(
          SampleBatch(series: times.map { _ in id }, times: times, values: times.map { _ in 1 }))
        accepted += 1
      } catch { refusal = error }
    }
    guard case .file? = refusal else {
      Issue.record("expected the flush's failure, got \(String(describing: refusal))")
      return
    }
    #expect(accepted * 20 * 20 < 20 * options.flushBytes)
    disk.removeFaults()
    var isAcceptedAgain = false
    for _ in 0..<1000 where !isAcceptedAgain {
      let again = try? await store.append(
        SampleBatch(series: [id], times: [-1], values: [1]))
      isAcceptedAgain = again != nil
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(isAcceptedAgain)
    #expect(try Found(store.snapshot()).samples.values.first?.count == accepted * 20 + 1)
    try store.close()
  }
}
