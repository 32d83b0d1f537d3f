import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Hourly values after a crash")
struct RollupCrashTests {
  private let policy = hourlyPolicy(rawHours: 10)
  private let now = Timestamp(nanoseconds: 40 * HourModel.hour)
  private let cutoff = 30 * HourModel.hour

  private func options() -> StoreOptions {
    var options = quietOptions()
    options.partitionLength = .seconds(40_000)
    return options
  }

  /// Samples, a roll-up, late samples that begin new hours or follow in known ones, another roll-up.
  private func live(
    on disk: SimulatedFileSystem, seed: UInt64, _ acknowledged: inout Acknowledged
  ) throws {
    var workload = try HourWorkload(seed: seed)
    let store = try Store.open("/store", options: options(), fileSystem: disk)
    let hour = HourModel.hour
    func append(_ batch: [(labels: Labels, time: Int64, value: Double)]) throws {
      acknowledged.begin { $0.append(batch) }
      _ = try store.appendBlocking(try store.columns(batch))
      acknowledged.finish()
    }
    try append(
      workload.samples(30, fromHour: 12, toHour: 20) + [(workload.series[0], 40 * hour, 1)])
    try store.flush()
    try append(workload.samples(10, fromHour: 20, toHour: 40))
    _ = try store.applyRetention([policy], now: now)
    try append(workload.samples(20, fromHour: 1, toHour: 11))
    _ = try store.expire([policy], now: now)
    try store.compact()
    try store.close()
  }

  @Test("inside every single operation: each sample is in its hour once, before and after going on")
  func everyOperation() throws {
    let seed = propertySeeds(1)[0]
    let whole = SimulatedFileSystem()
    var all = Acknowledged()
    try live(on: whole, seed: seed, &all)
    let operations = whole.operationCount
    #expect(operations > 60)
    for operation in 1...operations {
      let disk = SimulatedFileSystem()
      disk.crash(at: operation)
      var acknowledged = Acknowledged()
      try? live(on: disk, seed: seed, &acknowledged)
      // Nothing, everything or any subset of what was not synced survives, in turn.
      let turns = UInt64(environment("TSQ_CRASH_SEEDS") ?? "") ?? 1
      for survival in (0..<turns).map({ UInt64(operation) % 3 + 3 * $0 }) {
        let place = "operation \(operation) of \(operations), survival \(survival), seed \(seed)"
        try check(disk.afterCrash(seed: survival), acknowledged, place)
      }
    }
  }

  private func check(
    _ disk: SimulatedFileSystem, _ acknowledged: Acknowledged, _ place: String
  ) throws {
    let store = try Store.open("/store", options: options(), fileSystem: disk)
    // A frame that looks whole and is not may have been torn or damaged: recovery says so.
    let unexplained = store.recovery.damage.filter { !$0.reason.contains("a power cut tore it") }
    #expect(unexplained.isEmpty, "\(store.recovery), \(place)")
    // What a reader counts now: hours, and samples outside their time.
    let counts = try HourModel.counts(store.snapshot())
    let matching = acknowledged.possible.filter { HourModel.counts($0) == counts }
    #expect(!matching.isEmpty, "\(counts), \(place)")
    _ = try store.applyRetention([policy], now: now)
    let finished = try HourModel.counts(store.snapshot())
    #expect(finished == counts, "going on after \(place)")
    if let model = matching.first {
      let held = model.samples.filter { !$0.value.isEmpty }
      var kept = StoreModel()
      kept.samples = held
      // Ages count from the newest sample: until that is there nothing is old.
      let newest = held.values.flatMap(\.keys).max() ?? 0
      if newest == 40 * HourModel.hour {
        try HourModel.check(store.snapshot(), kept, through: cutoff, "going on after \(place)")
        kept.delete([], TimeRange(start: .distantPast, end: Timestamp(nanoseconds: cutoff)))
        #expect(try Found(store.snapshot()) == Found(kept), "going on after \(place)")
      }
    }
    #expect(store.verify(deep: true).isSound, "\(place)")
    try store.close()
  }
}
