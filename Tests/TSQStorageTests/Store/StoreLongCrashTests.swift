import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// Crashes in the middle of long lives of a store.
///
/// A test run lives a few; `scripts/crash SECONDS` goes on over ascending seeds, from
/// `TSQ_CRASH_FIRST` where that is set. A failure names its seed:
/// `TSQ_TEST_SEED=n swift test --filter StoreLongCrash` lives that life again, byte by byte.
@Suite("Store after a crash in a long life")
struct StoreLongCrashTests {
  private static let steps = 60
  /// Operations of a life of so many steps, about: the crash lies anywhere in them.
  private static let operationsMax = 900

  @Test("wherever it is, nothing acknowledged is lost, nothing invented, and backups are whole")
  func anywhere() async throws {
    let seconds = Int(environment("TSQ_CRASH_SECONDS") ?? "") ?? 0
    let start = ContinuousClock.now
    var lives = 0
    var finished: [LongLife.Step: Int] = [:]
    var crashed = 0
    for seed in Self.seeds(seconds) {
      let (life, didCrash) = try await crash(seed)
      finished.merge(life.finished, uniquingKeysWith: +)
      crashed += didCrash ? 1 : 0
      lives += 1
      if seconds > 0, start.duration(to: .now) >= .seconds(seconds) { break }
    }
    if seconds > 0 { print("\(lives) lives, \(crashed) crashed; steps done: \(finished)") }
    #expect(crashed * 2 > lives, "\(crashed) of \(lives) lives met their crash")
    if lives > 10 {
      #expect(LongLife.Step.allCases.allSatisfy { finished[$0] ?? 0 > 0 }, "\(finished)")
    }
  }

  private static func seeds(_ seconds: Int) -> AnySequence<UInt64> {
    if seconds == 0 || environment("TSQ_TEST_SEED") != nil { return AnySequence(propertySeeds(12)) }
    let first = UInt64(environment("TSQ_CRASH_FIRST") ?? "") ?? propertySeeds(1)[0]
    return AnySequence(sequence(first: first) { $0 &+ 1 })
  }

  private func crash(_ seed: UInt64) async throws -> (life: LongLife, didCrash: Bool) {
    var random = SeededGenerator(seed: seed ^ 0x6c_6f_6e_67)
    let disk = SimulatedFileSystem(databases: SimulatedDatabases())
    let operation = Int.random(in: 1...Self.operationsMax, using: &random)
    disk.crash(at: operation)
    var life = try LongLife(disk, seed: seed)
    do { try await life.live(steps: Self.steps) } catch {
      #expect(disk.isCrashed, "seed \(seed), before any crash: \(error)")
    }
    let didCrash = disk.isCrashed
    for survival in [0, 1, UInt64.random(in: 2 ... .max, using: &random)] {
      try life.check(
        disk.afterCrash(seed: survival), isAnySubset: survival > 1,
        "seed \(seed), operation \(operation), survival \(survival)")
    }
    return (life, didCrash)
  }

  @Test("a crash while merges and backups run beside the writer loses nothing acknowledged")
  func concurrent() async throws {
    for seed in propertySeeds(4) {
      var random = SeededGenerator(seed: seed)
      let disk = SimulatedFileSystem(databases: SimulatedDatabases())
      var options = quietOptions()
      options.partitionLength = .seconds(1000)
      options.backgroundUpkeep = true
      options.upkeepInterval = .milliseconds(1)
      options.flushBytes = 3000
      options.compactionSegments = 2
      options.compactionBytesPerSecond = 0
      let store = try Store.open("/store", options: options, fileSystem: disk)
      disk.crash(at: Int.random(in: 50...1500, using: &random))
      async let backups = Self.backUp(store)
      var acknowledged = Acknowledged()
      var workload = try RandomWorkload(seed: seed)
      while !disk.isCrashed {
        let batch = workload.batch(maximum: 40)
        acknowledged.begin { $0.append(batch) }
        let columns = try store.columns(batch)
        guard (try? await store.append(columns)) != nil else { break }
        acknowledged.finish()
        disk.databases?.record()
      }
      disk.crash()
      let made = await backups
      try? store.close()
      options.backgroundUpkeep = false
      for survival in 0..<UInt64(3) {
        let place = "seed \(seed), survival \(survival)"
        let after = disk.afterCrash(seed: survival)
        let again = try Store.open("/store", options: options, fileSystem: after)
        let found = try Found(again.snapshot())
        #expect(
          acknowledged.possible.contains { Found($0) == found }, "\(place): \(again.recovery)")
        #expect(again.verify(deep: true).isSound, "\(place)")
        try again.expectCatalogAgrees(place)
        try again.close()
        for path in made {
          let copy = try Store.openReadOnly(path, options: options, fileSystem: after)
          #expect(copy.verify(deep: true).isSound, "\(path), \(place)")
          #expect(copy.recovery.damage.isEmpty, "\(path), \(place): \(copy.recovery)")
          try copy.close()
        }
      }
    }
  }

  /// Makes backups until the machine stops.
  ///
  /// - Returns: those that were finished.
  private static func backUp(_ store: Store) async -> [String] {
    await Task.detached {
      var made: [String] = []
      for number in 0... {
        let path = "/backup-\(number)"
        guard (try? store.backup(to: path)) != nil else { break }
        made.append(path)
        try? await Task.sleep(for: .milliseconds(3))
      }
      return made
    }.value
  }
}
