import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// A long life of a store on a simulated disk: late data, deletions, flushes, merges in background
/// and foreground, retention, hourly values, backups, reopenings, in an order that the seed says.
struct LongLife {
  /// A backup that was begun, and what it must hold once it is finished.
  struct Backup {
    let path: String
    let content: StoreModel
    let hours: StoreModel
    var isFinished = false
  }

  let disk: SimulatedFileSystem
  var options = quietOptions()
  var acknowledged = Acknowledged()
  /// Samples of the metric that hourly values are kept of: all that ever came, whatever became of them.
  var hours = Acknowledged()
  var backups: [Backup] = []
  /// How often each kind of step was done to its end: a life without merges proves nothing of them.
  var finished: [Step: Int] = [:]

  enum Step: CaseIterable {
    case append, delete, flush, compact, background, retention, hours, rollUp, backup, reopen
  }

  /// How often each step comes, of a hundred.
  private static let weights: [(step: Step, weight: Int)] = [
    (.append, 37), (.flush, 15), (.background, 12), (.delete, 6), (.retention, 5), (.compact, 5),
    (.hours, 7), (.rollUp, 5), (.backup, 4), (.reopen, 4),
  ]
  private static let second: Int64 = 1_000_000_000
  private static let now = Timestamp(nanoseconds: 5000 * second)
  /// The metric that hourly values are kept of; no deletion and no other rule means it.
  private static let hourlyMetric = "load"
  private static let hourly = hourlyPolicy(rawHours: 1, metric: hourlyMetric)
  /// The time of the next sample of that metric, seconds: each is newer than those before.
  private var nextHourly: Int64 = 0

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
    case .hours: try appendHours(store)
    case .rollUp: try rollUp(store)
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

  /// Two hours of two series in a few samples.
  private mutating func appendHours(_ store: Store) throws {
    var batch: [(labels: Labels, time: Int64, value: Double)] = []
    for index in 0..<8 {
      let host = ["x", "y"][Int.random(in: 0..<2, using: &random.generator)]
      let labels = try #require(Labels(metric: Self.hourlyMetric, [("host", host)]))
      let value = Double(Int.random(in: 0...999, using: &random.generator)) / 10
      batch.append((labels, (nextHourly + Int64(index) * 900) * Self.second, value))
    }
    nextHourly += 7200
    hours.begin { $0.append(batch) }
    _ = try store.appendBlocking(try store.columns(batch))
    hours.finish()
  }

  /// Makes hourly values of all but the last hour; a crash in it changes nothing that a reader counts.
  private func rollUp(_ store: Store) throws {
    _ = try store.expire([Self.hourly], now: Self.newest(hours.possible[0]))
  }

  private static func newest(_ model: StoreModel) -> Timestamp {
    Timestamp(nanoseconds: model.samples.values.flatMap(\.keys).max() ?? 0)
  }

  /// One rule, because it becomes one deletion: whole or not at all.
  private mutating func expire(_ store: Store) throws {
    let glob = ["m0", "m1", "m*", "*"][Int.random(in: 0..<4, using: &random.generator)]
    let rule = RetentionRule(
      metricPattern: glob, keepSeconds: Int64.random(in: 3600...7000, using: &random.generator))
    let policy = try #require(RetentionPolicy(rule))
    let policies = [
      RetentionPolicy(matchers: [.metric(Self.hourlyMetric)], maximumAge: nil), policy,
    ]
    let would = try store.expire(policies, now: Self.now, dryRun: true)
    if let entry = would.entries.first {
      // The age counts from the newest sample where that is older than now, never from later.
      let latest = try #require(policy.cutoff(now: Self.now))
      #expect(entry.cutoff <= latest)
      let range = TimeRange(start: .distantPast, end: entry.cutoff.adding(nanoseconds: -1))
      acknowledged.begin { $0.delete([.metric(glob: glob)], range) }
    }
    _ = try store.expire(policies, now: Self.now)
    acknowledged.finish()
    // Kept for ever: a rule that stays without effect, so that there is a state to lose.
    try store.state().setRetentionRule(RetentionRule(metricPattern: glob, keepSeconds: 0))
  }

  private mutating func backUp(_ store: Store) throws {
    let path = "/backup-\(backups.count)"
    backups.append(
      Backup(path: path, content: acknowledged.possible[0], hours: hours.possible[0]))
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
      let found = try Found(store.snapshot(), without: Self.hourlyMetric)
      let model = acknowledged.possible.first { Found($0) == found }
      #expect(model != nil, "round \(round) of recovery, \(place): \(store.recovery)")
      let condition = round == 0 ? disk.databases?.condition : nil
      // Only an untouched folder surely has the state: an older one, or a torn one, may be without.
      let mayLackState = condition != nil && condition != .current
      let unexplained = store.recovery.damage.filter {
        !(isAnySubset && $0.path.contains("/wal/") && $0.reason.contains("a power cut tore it"))
          && !(condition == .torn && $0.path.hasSuffix(Catalog.fileName))
          && !(mayLackState && $0.path.hasSuffix(StateDatabase.fileName))
      }
      #expect(unexplained.isEmpty, "\(store.recovery), \(place)")
      try model?.check(store.snapshot(), without: Self.hourlyMetric, place)
      let hourly = try checkHours(store, "round \(round) of recovery, \(place)")
      // A torn state is made whole when it is first asked for.
      _ = try store.state().retentionRules()
      let report = store.verify(deep: true)
      #expect(report.isSound, "\(report.damage), \(place)")
      try store.expectCatalogAgrees("round \(round), \(place)")
      if round == 1 {
        if let hourly { try checkRollUp(store, hourly, "going on after \(place)") }
        try store.compact()
        try model?.check(
          store.snapshot(), without: Self.hourlyMetric, "compacted after \(place)")
        if let hourly { try checkRollUp(store, hourly, "compacted after \(place)") }
        #expect(store.verify(deep: true).isSound, "compacted after \(place)")
        try store.expectCatalogAgrees("compacted after \(place)")
      }
      try store.close()
    }
    for backup in backups { try check(backup, disk, place) }
  }

  /// Each sample of the hourly metric is counted once, as itself or in its hour.
  ///
  /// - Returns: what was acknowledged of it.
  private func checkHours(_ store: Store, _ place: String) throws -> StoreModel? {
    let counts = try HourModel.counts(store.snapshot())
      .filter { $0.key.metric == Self.hourlyMetric }
    let model = hours.possible.first { HourModel.counts($0) == counts }
    #expect(model != nil, "hourly values: \(counts), \(place)")
    return model
  }

  /// Rolls up to the end and compares every hour with one computed from all samples.
  private func checkRollUp(_ store: Store, _ model: StoreModel, _ place: String) throws {
    let now = Self.newest(model)
    _ = try store.expire([Self.hourly], now: now)
    guard let cutoff = Self.hourly.cutoff(now: now), !model.samples.isEmpty else { return }
    try HourModel.check(store.snapshot(), model, through: cutoff.nanoseconds, place)
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
    let found = try Found(copy.snapshot(), without: Self.hourlyMetric)
    #expect(found == Found(backup.content), "\(backup.path), \(place)")
    let counts = try HourModel.counts(copy.snapshot())
      .filter { $0.key.metric == Self.hourlyMetric }
    #expect(counts == HourModel.counts(backup.hours), "\(backup.path), \(place)")
    #expect(copy.recovery.damage.isEmpty, "\(copy.recovery), \(place)")
    #expect(copy.verify(deep: true).isSound, "\(backup.path), \(place)")
    try copy.close()
  }
}
