import Synchronization
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// Something that has happened or not.
private final class Flag: Sendable {
  private let value = Atomic<Bool>(false)

  var isSet: Bool { value.load(ordering: .relaxed) }

  func set() { value.store(true, ordering: .relaxed) }
}

@Suite("Hourly values of a store")
struct StoreRollupTests {
  private let hour = HourModel.hour

  /// A store with partitions that cut hours.
  private func makeStore() throws -> ModelledStore {
    var stored = try ModelledStore()
    try stored.store.close()
    stored.options.partitionLength = .seconds(5000)
    stored.fileSystem = SimulatedFileSystem()
    stored.store = try Store.open(
      "/store", options: stored.options, fileSystem: stored.fileSystem)
    return stored
  }

  @Test("random series become what recomputing gives, samples after the cutoff stay")
  func random() throws {
    for seed in propertySeeds(4) {
      var stored = try makeStore()
      var workload = try HourWorkload(seed: seed)
      for part in 0..<4 {
        try stored.append(workload.samples(300, fromHour: 0, toHour: 40))
        if part % 2 == 0 { try stored.store.flush() }
      }
      try stored.append(workload.series.map { ($0, 40 * hour, 1) })
      let cutoff = 30 * hour
      let policy = hourlyPolicy(rawHours: 10)
      let now = Timestamp(nanoseconds: 99 * hour)
      let whole = try Found(stored.store.snapshot())
      let dry = try stored.store.applyRetention([policy], now: now, dryRun: true)
      #expect(dry.entries.map(\.series) == [3] && dry.rollup == RollupReport(), "seed \(seed)")
      #expect(try Found(stored.store.snapshot()) == whole && !stored.store.core.registry.hasRollups)
      let done = try stored.store.applyRetention([policy], now: now)
      #expect(done.entries.map(\.series) == [3], "seed \(seed)")
      #expect(done.rollup.series == 3 && done.rollup.lateSamples == 0, "\(done.rollup)")
      #expect(done.rollup.warnings.isEmpty && done.rollup.damage.isEmpty, "\(done.rollup)")
      let model = stored.model
      stored.model.delete([], TimeRange(start: .distantPast, end: Timestamp(nanoseconds: cutoff)))
      for round in ["applied", "again", "reopened", "compacted"] {
        let place = "seed \(seed), \(round)"
        try HourModel.check(stored.store.snapshot(), model, through: cutoff, place)
        #expect(try Found(stored.store.snapshot()) == Found(stored.model), "\(place)")
        #expect(stored.store.snapshot().series(matching: []).count == 3, "\(place)")
        #expect(stored.store.statistics().series == 3, "\(place)")
        #expect(stored.store.verify(deep: true).isSound, "\(place)")
        switch round {
        case "applied":
          let again = try stored.store.applyRetention([policy], now: now)
          #expect(again.series == 0 && again.rollup == RollupReport(), "\(again), \(place)")
        case "again": try stored.reopen()
        default: try stored.store.compact()
        }
      }
    }
  }

  @Test("late samples: outside a bucket merged, inside dropped and told, never counted twice")
  func late() throws {
    var stored = try makeStore()
    let labels = try #require(Labels(metric: "load", [("host", "a")]))
    func minutes(_ range: ClosedRange<Int64>) -> [(labels: Labels, time: Int64, value: Double)] {
      range.map { (labels, $0 * 60_000_000_000, Double($0)) }
    }
    let policy = hourlyPolicy(rawHours: 1)
    let now = Timestamp(nanoseconds: 9 * hour)
    try stored.append(minutes(1...30) + [(labels, 9 * hour, 0)])
    #expect(try stored.store.applyRetention([policy], now: now).rollup.buckets == 1)
    try stored.append(minutes(31...90))
    let more = try stored.store.applyRetention([policy], now: now)
    #expect(more.rollup.buckets == 2 && more.rollup.warnings.isEmpty, "\(more.rollup)")
    try HourModel.check(stored.store.snapshot(), stored.model, through: 8 * hour, "later")
    // Sent again, whole and in part.
    _ = try stored.append(minutes(1...90))
    let again = try stored.store.applyRetention([policy], now: now)
    #expect(again.rollup.buckets == 0 && again.rollup.warnings.isEmpty, "\(again.rollup)")
    _ = try stored.append(minutes(10...14))
    let part = try stored.store.applyRetention([policy], now: now)
    #expect(part.rollup.lateSamples == 5 && part.rollup.buckets == 0, "\(part.rollup)")
    #expect(part.rollup.warnings.count == 1)
    try HourModel.check(stored.store.snapshot(), stored.model, through: 8 * hour, "again")
  }

  @Test(
    "hourly values grow old too, go with the samples under a rule without them, and by deletion")
  func dropped() async throws {
    var stored = try makeStore()
    var workload = try HourWorkload(seed: 3)
    try stored.append(workload.samples(900, fromHour: 0, toHour: 40))
    try stored.append(workload.series.map { ($0, 40 * hour, 1) })
    let now = Timestamp(nanoseconds: 40 * hour)
    let aged = RetentionPolicy(
      matchers: [.metric("load")], maximumAge: 10 * hour, hourly: .age(20 * hour))
    _ = try stored.store.applyRetention([hourlyPolicy(rawHours: 10)], now: now)
    func ends() throws -> [Int64] {
      let snapshot = stored.store.snapshot()
      return try snapshot.series(matching: []).flatMap { series in
        try snapshot.hourBuckets(of: series.id, in: .all, statistics: ReadStatistics()).buckets
          .map { $0.end / hour }
      }
    }
    #expect(try ends().min() ?? 0 <= 1)
    #expect(try ends().max() == 30)
    let dry = try stored.store.applyRetention([aged], now: now, dryRun: true)
    #expect(dry.entries.map(\.hourlySeries) == [3])
    let done = try stored.store.applyRetention([aged], now: now)
    #expect(done.hourlySeries == 3 && done.series == 0)
    #expect(try ends().min() == 21)
    // A deletion takes every hour that it touches.
    let half = TimeRange(
      start: Timestamp(nanoseconds: 24 * hour + 1),
      end: Timestamp(nanoseconds: 25 * hour + hour / 2))
    let receipt = try await stored.store.delete([.metric("load")], range: half)
    #expect(receipt.series == 3)
    let left = try ends()
    #expect(Set(left).isDisjoint(with: [25, 26]) && left.contains(27))
    _ = try stored.store.applyRetention(
      [RetentionPolicy(matchers: [.metric("load")], maximumAge: 10 * hour)], now: now)
    #expect(try ends().isEmpty)
    _ = try await stored.store.delete([.metric("load")])
    try stored.store.compact()
    try stored.reopen()
    #expect(stored.store.snapshot().series(matching: []).isEmpty)
    #expect(stored.store.statistics().segmentSamples == 0)
  }

  @Test("the first rule holds, and the series of other rules are left alone")
  func rules() throws {
    var stored = try makeStore()
    let (cpu, disk) = (try #require(Labels(metric: "cpu")), try #require(Labels(metric: "disk")))
    let core = try #require(Labels(metric: "cpu", [("core", "0")]))
    for labels in [cpu, disk, core] {
      try stored.append((1...40).map { (labels, $0 * hour, Double($0)) })
    }
    let policies = [
      RetentionPolicy(matchers: [.metric("cpu"), .equal("core", "0")], maximumAge: nil),
      RetentionPolicy(matchers: [.metric("cpu")], maximumAge: 10 * hour, hourly: .forever),
      RetentionPolicy(matchers: [], maximumAge: 20 * hour),
    ]
    _ = try stored.store.applyRetention(policies, now: Timestamp(nanoseconds: 40 * hour))
    let found = try Found(stored.store.snapshot())
    #expect(found.samples[core]?.count == 40)
    #expect(found.samples[cpu]?.count == 10)
    #expect(found.samples[disk]?.count == 21)
    let snapshot = stored.store.snapshot()
    for (labels, count) in [(cpu, 30), (disk, 0), (core, 0)] {
      let id = try #require(snapshot.find(labels))
      let hours = try snapshot.hourBuckets(of: id, in: .all, statistics: ReadStatistics())
      #expect(hours.buckets.count == count, "\(labels)")
    }
  }

  @Test("nobody sees or makes the series that hold the values, and the limit does not count them")
  func hidden() throws {
    var options = quietOptions()
    options.seriesLimit = 3
    let store = try Store.open("/store", options: options, fileSystem: SimulatedFileSystem())
    var batch = SampleBatch()
    for host in ["a", "b"] {
      let id = try store.resolve(try #require(Labels(metric: "load", [("host", host)])))
      for index in 1...40 { batch.append(series: id, time: Int64(index) * hour, value: 1) }
    }
    _ = try store.appendBlocking(batch)
    _ = try store.applyRetention(
      [hourlyPolicy(rawHours: 10)], now: Timestamp(nanoseconds: 40 * hour))
    let snapshot = store.snapshot()
    #expect(snapshot.labelNames() == ["__name__", "host"])
    #expect(snapshot.labelValues(Labels.rollupLabel).isEmpty)
    let field = LabelMatcher.equal(Labels.rollupLabel, RollupField.sum.rawValue)
    #expect(snapshot.series(matching: [field]).isEmpty)
    #expect(snapshot.seriesCount() == 2 && store.seriesCount == 2)
    let early = TimeRange(start: .distantPast, end: Timestamp(nanoseconds: 5 * hour))
    #expect(snapshot.series(matching: [.metric("load")], in: early).count == 2)
    #expect(throws: StoreError.self) {
      try store.resolve(RollupField.sum.labels(of: Labels(metric: "load") ?? .none))
    }
    _ = try store.resolve(try #require(Labels(metric: "third")))
    #expect(throws: StoreError.seriesLimit(limit: 3)) {
      try store.resolve(try #require(Labels(metric: "fourth")))
    }
    try store.close()
  }

  @Test("a sample that arrives between reading and dropping is not dropped")
  func race() throws {
    var stored = try makeStore()
    let labels = try #require(Labels(metric: "load"))
    try stored.append((1...40).map { (labels, $0 * hour, Double($0)) })
    try stored.store.flush()
    let range = TimeRange(start: .distantPast, end: Timestamp(nanoseconds: 30 * hour))
    let (seen, core) = (stored.store.snapshot(), stored.store.core)
    #expect(core.hasNothingNew(of: [.metric("load")], in: range, since: seen))
    try stored.append([(labels, 35 * hour + 1, 1)])
    #expect(core.hasNothingNew(of: [.metric("load")], in: range, since: seen))
    try stored.append([(labels, 5 * hour + 1, 1)])
    #expect(!core.hasNothingNew(of: [.metric("load")], in: range, since: seen))
    #expect(core.hasNothingNew(of: [.metric("other")], in: range, since: seen))
    try stored.store.flush()
    #expect(!core.hasNothingNew(of: [.metric("load")], in: range, since: seen))
    let writer = try stored.store.requireWriter()
    let before = try Found(stored.store.snapshot())
    let receipt = try writer.queue.submitBlocking(
      .tombstone(Tombstone(matchers: [.metric("load")], range: range))
    ) { core.hasNothingNew(of: [.metric("load")], in: range, since: seen) }
    #expect(receipt == nil)
    #expect(try Found(stored.store.snapshot()) == before)
    try stored.reopen()
    #expect(try Found(stored.store.snapshot()) == before)
  }

  @Test("beside a writer of old samples no sample is lost and none counted twice")
  func besideWriter() async throws {
    let store = try Store.open(
      "/store", options: quietOptions(), fileSystem: SimulatedFileSystem())
    let id = try store.resolve(try #require(Labels(metric: "load")))
    _ = try store.appendBlocking(SampleBatch(series: [id], times: [4000 * hour], values: [0]))
    let isFinished = Flag()
    let writer = Task.detached { [hour] in
      defer { isFinished.set() }
      // Two samples of each hour, the second much later than the first.
      for index in 1...800 {
        let place = Int64(index * 7 % 401) * hour + (index > 400 ? 2 : 1)
        _ = try await store.append(SampleBatch(series: [id], times: [place], values: [1]))
      }
    }
    let (policy, now) = (hourlyPolicy(rawHours: 1000), Timestamp(nanoseconds: 4000 * hour))
    var rounds = 0
    var postponed = 0
    while !isFinished.isSet {
      postponed += try store.expire([policy], now: now).rollup.postponed
      rounds += 1
      await Task.yield()
    }
    try await writer.value
    #expect(rounds > 1)
    let done = try store.applyRetention([policy], now: now)
    #expect(done.rollup.postponed == 0, "\(done.rollup)")
    // A run that was postponed has written values of samples that it could not drop: they look late
    // to the next one. Nothing else may.
    #expect(done.rollup.lateSamples == 0 || postponed > 0, "\(done.rollup)")
    let hours = try store.snapshot().hourBuckets(
      of: id, in: .all, statistics: ReadStatistics()
    ).buckets
    // 401 is a prime: 800 numbers hit 400 of its remainders twice, none but 0 never.
    #expect(hours.map(\.count).reduce(0, +) == 800, "\(hours.count) hours")
    #expect(hours.reduce(0) { $0 + $1.sum } == 800)
    #expect(try Found(store.snapshot()).samples.values.map(\.count) == [1])
    try store.close()
  }

  @Test("a series that cannot be read whole keeps its samples and is named, the others go")
  func damage() throws {
    var stored = try makeStore()
    var workload = try HourWorkload(seed: 9)
    try stored.append(workload.samples(900, fromHour: 0, toHour: 40))
    try stored.append(workload.series.map { ($0, 40 * hour, 1) })
    try stored.store.flush()
    try stored.store.close()
    // A byte in the middle of the frames of the first segment.
    let path = try #require(stored.fileSystem.paths.filter { $0.hasSuffix(".seg") }.min())
    stored.fileSystem.flip(path, at: 200, mask: 0xff)
    stored.store = try Store.open(
      "/store", options: stored.options, fileSystem: stored.fileSystem)
    let done = try stored.store.expire(
      [hourlyPolicy(rawHours: 10)], now: Timestamp(nanoseconds: 40 * hour))
    #expect(!done.rollup.damage.isEmpty && done.rollup.series < 3, "\(done.rollup)")
    let kept = done.rollup.damage.compactMap(\.series)
    let range = TimeRange(start: .distantPast, end: Timestamp(nanoseconds: 30 * hour))
    let left = stored.store.snapshot().seriesWithSamples(matching: [], in: range).map(\.labels)
    #expect(Set(left) == Set(kept) && !left.isEmpty)
  }
}
