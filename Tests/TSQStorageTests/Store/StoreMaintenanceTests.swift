import Foundation
import Synchronization
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Maintenance of a store")
struct StoreMaintenanceTests {
  private let day: Int64 = 86_400_000_000_000

  /// A sample an hour for so many days, of two metrics; a segment a call.
  private func fill(_ store: Store, days: Range<Int>, value: Double = 1) throws {
    for metric in ["cpu", "disk"] {
      let id = try store.resolve(try #require(Labels(metric: metric)))
      let times = (days.lowerBound * 24..<days.upperBound * 24).map { Int64($0) * day / 24 }
      _ = try store.appendBlocking(
        SampleBatch(series: times.map { _ in id }, times: times, values: times.map { _ in value }))
    }
  }

  /// Options with a clock that stands at a day.
  private func options(at dayNumber: Int64) -> StoreOptions {
    var options = quietOptions()
    let now = Timestamp(nanoseconds: dayNumber * day)
    options.clock = { now }
    return options
  }

  @Test("a dry run changes nothing, a run does all that is due, and a second finds nothing due")
  func idempotent() async throws {
    try await withTemporaryStore(options(at: 30)) { store, directory in
      try store.state().setRetentionRule(RetentionRule(metricPattern: "disk", keepSeconds: 864_000))
      try fill(store, days: 0..<15)
      try store.flush()
      try fill(store, days: 10..<30, value: 2)
      let before = try Found(store.snapshot())
      let dry = store.maintain(dryRun: true)
      #expect(dry.map(\.job) == MaintenanceJob.allCases)
      #expect(dry.map(\.result) == [.due, .due, .due, .nothingDue, .done], "\(dry)")
      #expect(try Found(store.snapshot()) == before)

      let events = Mutex<[MaintenanceEvent]>([])
      let done = store.maintain(dryRun: false) { event in events.withLock { $0.append(event) } }
      #expect(done.map(\.result) == [.done, .done, .done, .nothingDue, .done], "\(done)")
      let finished = events.withLock { $0 }.compactMap { event in
        if case .finished(let outcome) = event { outcome } else { nil }
      }
      #expect(finished == done)
      let found = try Found(store.snapshot()).samples
      #expect(found[try #require(Labels(metric: "cpu"))]?.count == 30 * 24)
      // Kept: from ten days before the newest sample, rounded down to a whole day.
      #expect(found[try #require(Labels(metric: "disk"))]?.count == 11 * 24)
      #expect(store.statistics().tombstones == 0)

      let again = store.maintain(dryRun: false, deep: true)
      #expect(
        again.map(\.result) == [.nothingDue, .nothingDue, .nothingDue, .nothingDue, .done],
        "\(again)")
      #expect(try Found(store.snapshot()).samples == found)
    }
  }

  @Test("a damaged block fails the jobs that meet it, and the others are done all the same")
  func damage() throws {
    let disk = SimulatedFileSystem()
    let store = try Store.open("/store", options: quietOptions(), fileSystem: disk)
    let id = try store.resolve(try #require(Labels(metric: "noise")))
    var random = SeededGenerator(seed: 1)
    for round in 0..<3 {
      let times = (0..<100).map { Int64(round * 100 + $0) * 1_000_000_000 }
      let values = times.map { _ in Double.random(in: 0...1, using: &random) }
      _ = try store.appendBlocking(
        SampleBatch(series: times.map { _ in id }, times: times, values: values))
      if round < 2 { try store.flush() }
    }
    let path = try #require(disk.paths.first { $0.hasSuffix(".seg") })
    // Most of the file is values.
    disk.flip(path, at: try #require(disk.contents(path)).count / 2)
    let outcomes = store.maintain(dryRun: false, deep: true)
    #expect(
      outcomes.map(\.result) == [.done, .nothingDue, .failed, .nothingDue, .failed], "\(outcomes)")
    #expect(outcomes[2].detail.contains(path), "\(outcomes[2])")
    try store.close()
  }

  @Test("on a store that only reads, a dry run tells and a run fails")
  func readOnly() async throws {
    try await withTemporaryStore { store, directory in
      try fill(store, days: 0..<3)
      try store.flush()
      let reader = try Store.openReadOnly(directory)
      #expect(
        reader.maintain(dryRun: true).map(\.result)
          == [.nothingDue, .nothingDue, .due, .nothingDue, .done])
      #expect(reader.maintain(dryRun: false).allSatisfy { $0.result == .failed })
      try reader.close()
    }
  }

  @Test("what a server tells of an upkeep arrives as the same events")
  func lines() throws {
    let events: [MaintenanceEvent] = [
      .started(.compaction),
      .progress(.compaction, JobProgress(doneBytes: 5, totalBytes: 9)),
      .finished(MaintenanceOutcome(job: .compaction, result: .nothingDue, detail: "why")),
    ]
    for event in events {
      let data = try JSONEncoder().encode(MaintenanceLine(event))
      let line = try JSONDecoder().decode(MaintenanceLine.self, from: data)
      #expect(line.maintenanceEvent == event)
      #expect(line.event != .end)
    }
    #expect(MaintenanceLine(nil).event == .end)
    #expect(MaintenanceLine(nil).maintenanceEvent == nil)
  }

  @Test("the background job applies the rules kept in the store and frees what expired whole")
  func background() async throws {
    var options = options(at: 40)
    options.partitionLength = .seconds(7 * 86_400)
    try await withTemporaryStore(options) { store, _ in
      try fill(store, days: 0..<40)
      try store.flush()
      let before = store.statistics().segmentSamples
      try store.state().setRetentionRule(RetentionRule(metricPattern: "*", keepSeconds: 864_000))
      store.mergeIfDue()
      let found = try Found(store.snapshot()).samples
      #expect(found.values.allSatisfy { $0.count == 11 * 24 }, "\(found.mapValues(\.count))")
      #expect(store.statistics().upkeepErrors == 0)
      // Whole weeks went; the week that the cutoff lies in stays until it is merged anyway.
      let after = store.statistics().segmentSamples
      #expect(after < before && after >= 2 * 11 * 24)
      store.mergeIfDue()
      #expect(store.statistics().segmentSamples == after)
    }
  }

  @Test("special rules come first, equal ones replace, and nonsense is refused")
  func rules() throws {
    let state = try StateDatabase.inMemory()
    try state.setRetentionRule(RetentionRule(metricPattern: "*", keepSeconds: 86_400))
    try state.setRetentionRule(RetentionRule(metricPattern: "disk_*", keepSeconds: 7200))
    try state.setRetentionRule(RetentionRule(metricPattern: "cpu", keepSeconds: 0))
    let all = try state.setRetentionRule(
      RetentionRule(metricPattern: "disk_used", keepSeconds: 3600))
    #expect(all.map(\.metricPattern) == ["disk_used", "disk_*", "cpu", "*"])
    let replaced = try state.setRetentionRule(
      RetentionRule(metricPattern: "disk_*", keepSeconds: 9000))
    #expect(replaced.map(\.keepSeconds) == [3600, 9000, 0, 86_400])
    #expect(try state.retentionRules() == replaced)
    #expect(try state.removeRetentionRules(pattern: "disk_*") == 1)
    #expect(try state.removeRetentionRules(pattern: "disk_*") == 0)
    #expect(try state.retentionRules().count == 3)
    for rule in [
      RetentionRule(metricPattern: "", keepSeconds: 7200),
      RetentionRule(metricPattern: "a", resolutionSeconds: 60, keepSeconds: 7200),
      RetentionRule(metricPattern: "a", keepSeconds: 3599),
    ] {
      #expect(throws: StoreError.self, "\(rule)") { try rule.validate() }
    }
    try RetentionRule(metricPattern: "a", keepSeconds: 3600).validate()
    try RetentionRule(metricPattern: "a", keepSeconds: 0).validate()
  }
}

@Suite("Pace of merges")
struct MergePaceTests {
  @Test("the limit spreads bytes over time and saves no idle time up")
  func rate() {
    var limit = RateLimit(bytesPerSecond: 1000)
    #expect(limit.pause(after: 500, now: .zero) == .milliseconds(500))
    #expect(limit.pause(after: 500, now: .milliseconds(500)) == .milliseconds(500))
    // Late by 9 s: the next piece costs its own time and no less.
    #expect(limit.pause(after: 1000, now: .seconds(10)) == .seconds(1))
    // Early: it waits for the pieces before it too.
    #expect(limit.pause(after: 1000, now: .seconds(10)) == .seconds(2))
    var none = RateLimit(bytesPerSecond: 0)
    #expect(none.pause(after: 1 << 40, now: .zero) == .zero)
  }

  @Test("progress is told about a hundred times, ascending, and ends with all")
  func progress() {
    var pace = MergePace(limit: RateLimit(bytesPerSecond: 0), totalBytes: 30_000)
    var told: [Int64] = []
    for merge in 0..<3 {
      for bytes in 1...10_000 {
        if let progress = pace.advance(to: Int64(bytes), last: bytes == 10_000).told {
          #expect(progress.totalBytes == 30_000)
          told.append(progress.doneBytes)
        }
      }
      #expect(told.last ?? 0 <= Int64(merge + 1) * 10_000)
    }
    #expect(told == told.sorted() && told.last == 30_000)
    #expect(told.count >= 90 && told.count <= 101)
  }
}
