import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// A long life of a store on a simulated disk: late data, deletions, flushes, merges in background
/// and foreground, retention, backups, reopenings, in an order that the seed says.
struct LongLife {
  /// A backup that was begun, and what it must hold once it is finished.
  struct Backup {
    let path: String
    let content: StoreModel
    var isFinished = false
  }

  let disk: SimulatedFileSystem
  var options = quietOptions()
  var acknowledged = Acknowledged()
  var backups: [Backup] = []
  /// How often each kind of step was done to its end: a life without merges proves nothing of them.
  var finished: [Step: Int] = [:]

  enum Step: CaseIterable {
    case append, delete, flush, compact, background, retention, backup, reopen
  }

  /// How often each step comes, of a hundred.
  private static let weights: [(step: Step, weight: Int)] = [
    (.append, 45), (.flush, 16), (.background, 12), (.delete, 6), (.retention, 6), (.compact, 5),
    (.backup, 5), (.reopen, 5),
  ]
  private static let second: Int64 = 1_000_000_000
  private static let now = Timestamp(nanoseconds: 5000 * second)

  private var random: RandomWorkload
  private var store: Store?

  /// A life on a disk; partitions of 1,000 s, merges from two segments on.
  init(_ disk: SimulatedFileSystem, seed: UInt64) throws {
    self.disk = disk
    random = try RandomWorkload(seed: seed, seriesCount: 4)
    options.partitionLength = .seconds(1000)
    options.compactionSegments = 2
    options.compactionBytesPerSecond = 0
    options.flushBytes = 4000
  }

  /// Lives so many steps, or until the machine stops.
  mutating func live(steps: Int) async throws {
    store = try Store.open("/store", options: options, fileSystem: disk)
    for _ in 0..<steps {
      let step = nextStep()
      try await perform(step)
      disk.databases?.record()
      finished[step, default: 0] += 1
    }
    try store?.close()
  }

  private mutating func nextStep() -> Step {
    var number = Int.random(in: 0..<100, using: &random.generator)
    for (step, weight) in Self.weights {
      if number < weight { return step }
      number -= weight
    }
    return .append
  }

  private mutating func perform(_ step: Step) async throws {
    guard let store else { return }
    switch step {
    case .append: try append(store)
    case .delete:
      let (matchers, range) = try random.deletion()
      acknowledged.begin { $0.delete(matchers, range) }
      _ = try await store.delete(matchers, range: range)
      acknowledged.finish()
    case .flush: try store.flush()
    case .compact: #expect(try store.compact().damage.isEmpty)
    case .background: _ = try store.compactInBackground()
    case .retention: try expire(store)
    case .backup: try backUp(store)
    case .reopen:
      try store.close()
      self.store = try Store.open("/store", options: options, fileSystem: disk)
    }
  }

  private mutating func append(_ store: Store) throws {
    let batch = random.batch(maximum: 30)
    acknowledged.begin { $0.append(batch) }
    _ = try store.appendBlocking(try store.columns(batch))
    acknowledged.finish()
  }

  /// One rule, because it becomes one deletion: whole or not at all.
  private mutating func expire(_ store: Store) throws {
    let glob = ["m0", "m1", "m*", "*"][Int.random(in: 0..<4, using: &random.generator)]
    let rule = RetentionRule(
      metricPattern: glob, keepSeconds: Int64.random(in: 3600...7000, using: &random.generator))
    let policy = try #require(RetentionPolicy(rule))
    let would = try store.expire([policy], now: Self.now, dryRun: true)
    if let entry = would.entries.first {
      // The age counts from the newest sample where that is older than now, never from later.
      let latest = try #require(policy.cutoff(now: Self.now))
      #expect(entry.cutoff <= latest)
      let range = TimeRange(start: .distantPast, end: entry.cutoff.adding(nanoseconds: -1))
      acknowledged.begin { $0.delete([.metric(glob: glob)], range) }
    }
    _ = try store.expire([policy], now: Self.now)
    acknowledged.finish()
    // Kept for ever: a rule that stays without effect, so that there is a state to lose.
    try store.state().setRetentionRule(RetentionRule(metricPattern: glob, keepSeconds: 0))
  }

  private mutating func backUp(_ store: Store) throws {
    let path = "/backup-\(backups.count)"
    backups.append(Backup(path: path, content: acknowledged.possible[0]))
    _ = try store.backup(to: path)
    backups[backups.count - 1].isFinished = true
  }
}

extension LongLife {
  /// After a restart: every acknowledged sample once, nothing invented, every block sound and its
  /// summary that of its samples, the catalog what the footers say; finished backups whole, others
  /// whole or no store.
  ///
  /// Only a disk that kept some of the sectors of a frame may leave one that looks whole and is not:
  /// it may have been torn or damaged, nobody can tell, so recovery says so.
  func check(_ disk: SimulatedFileSystem, isAnySubset: Bool, _ place: String) throws {
    var copied = options
    copied.compactionSegments = 8
    for round in 0..<2 {
      let store = try Store.open("/store", options: copied, fileSystem: disk)
      let found = try Found(store.snapshot())
      let model = acknowledged.possible.first { Found($0) == found }
      #expect(model != nil, "round \(round) of recovery, \(place): \(store.recovery)")
      let isTorn = disk.databases?.condition == .torn && round == 0
      let unexplained = store.recovery.damage.filter {
        !(isAnySubset && $0.path.contains("/wal/") && $0.reason.contains("a power cut tore it"))
          && !(isTorn && $0.path.hasSuffix(Catalog.fileName))
      }
      #expect(unexplained.isEmpty, "\(store.recovery), \(place)")
      try model?.check(store.snapshot(), place)
      let report = store.verify(deep: true)
      #expect(report.isSound, "\(report.damage), \(place)")
      try store.expectCatalogAgrees("round \(round), \(place)")
      _ = try store.state().retentionRules()
      if round == 1 {
        try store.compact()
        try model?.check(store.snapshot(), "compacted after \(place)")
        #expect(store.verify(deep: true).isSound, "compacted after \(place)")
        try store.expectCatalogAgrees("compacted after \(place)")
      }
      try store.close()
    }
    for backup in backups { try check(backup, disk, place) }
  }

  private func check(_ backup: Backup, _ disk: SimulatedFileSystem, _ place: String) throws {
    let copy: Store
    do {
      copy = try Store.openReadOnly(backup.path, options: options, fileSystem: disk)
    } catch {
      #expect(!backup.isFinished, "a finished backup cannot be opened: \(error), \(place)")
      guard case .invalidArgument = error else {
        // Cut short it must not look like a store.
        Issue.record("an unfinished backup is a broken store: \(error), \(place)")
        return
      }
      return
    }
    #expect(try Found(copy.snapshot()) == Found(backup.content), "\(backup.path), \(place)")
    #expect(copy.recovery.damage.isEmpty, "\(copy.recovery), \(place)")
    #expect(copy.verify(deep: true).isSound, "\(backup.path), \(place)")
    try copy.close()
  }
}
