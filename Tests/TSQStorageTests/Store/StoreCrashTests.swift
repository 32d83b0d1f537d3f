import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Store after a crash")
struct StoreCrashTests {
  /// A small life of a store: appends, new series, deletions, flushes, compactions, a reopening.
  ///
  /// `acknowledged` is told of every change just before and, once it is acknowledged, after it.
  private func live(
    on disk: SimulatedFileSystem, seed: UInt64, _ acknowledged: inout Acknowledged
  ) async throws {
    var random = try RandomWorkload(seed: seed, seriesCount: 3)
    var options = quietOptions()
    options.partitionLength = .seconds(1000)
    var store = try Store.open("/store", options: options, fileSystem: disk)
    for step in 0..<9 {
      switch step {
      case 2, 6: try store.flush()
      case 3:
        let (matchers, range) = try random.deletion()
        acknowledged.begin { $0.delete(matchers, range) }
        _ = try await store.delete(matchers, range: range)
        acknowledged.finish()
      case 7: try store.compact()
      case 5:
        try store.close()
        store = try Store.open("/store", options: options, fileSystem: disk)
      default:
        let batch = random.batch(maximum: 12)
        acknowledged.begin { $0.append(batch) }
        _ = try store.appendBlocking(try store.columns(batch))
        acknowledged.finish()
      }
      disk.databases?.record()
    }
    try store.close()
  }

  @Test("a crash inside every single operation loses nothing acknowledged and invents nothing")
  func everyOperation() async throws {
    let seed = propertySeeds(1)[0]
    let whole = SimulatedFileSystem(databases: SimulatedDatabases())
    var all = Acknowledged()
    try await live(on: whole, seed: seed, &all)
    let operations = whole.operationCount
    #expect(operations > 60)
    let stride = Int(environment("TSQ_CRASH_STRIDE") ?? "") ?? 1
    for operation in Swift.stride(from: 1, through: operations, by: stride) {
      let disk = SimulatedFileSystem(databases: SimulatedDatabases())
      disk.crash(at: operation)
      var acknowledged = Acknowledged()
      _ = try? await live(on: disk, seed: seed, &acknowledged)
      for survival in 0..<(UInt64(environment("TSQ_CRASH_SEEDS") ?? "") ?? 4) {
        let place = "operation \(operation) of \(operations), survival \(survival), seed \(seed)"
        try check(disk.afterCrash(seed: survival), acknowledged, place)
      }
    }
  }

  /// What is found is what was acknowledged, with the batch under way whole or not at all; every
  /// summary is that of its samples, and the catalog what the footers say.
  private func check(
    _ disk: SimulatedFileSystem, _ acknowledged: Acknowledged, _ place: String
  ) throws {
    var options = quietOptions()
    options.partitionLength = .seconds(1000)
    for round in 0..<2 {
      let store = try Store.open("/store", options: options, fileSystem: disk)
      let found = try Found(store.snapshot())
      let model = acknowledged.possible.first { found == Found($0) }
      #expect(model != nil, "round \(round) of recovery, \(place): \(store.recovery)")
      let isTorn = disk.databases?.condition == .torn && round == 0
      let unexplained = store.recovery.damage.filter {
        !(isTorn && $0.path.hasSuffix(Catalog.fileName))
      }
      #expect(unexplained.isEmpty, "\(store.recovery), \(place)")
      try model?.check(store.snapshot(), place)
      try store.expectCatalogAgrees("round \(round), \(place)")
      // What recovery leaves must carry on: more data, a flush, a compaction.
      if round == 1 {
        try store.compact()
        #expect(try Found(store.snapshot()) == found, "compacted after \(place)")
        #expect(store.verify(deep: true).isSound, "compacted after \(place)")
        try store.expectCatalogAgrees("compacted after \(place)")
      }
      try store.close()
    }
  }
}

/// What was acknowledged, and what is under way: that may be found or not.
struct Acknowledged: Sendable {
  private var certain = StoreModel()
  private var underWay: StoreModel?

  mutating func begin(_ change: (inout StoreModel) -> Void) {
    var next = certain
    change(&next)
    underWay = next
  }

  mutating func finish() {
    if let underWay { certain = underWay }
    underWay = nil
  }

  /// The states that a restart may find.
  var possible: [StoreModel] { underWay.map { [certain, $0] } ?? [certain] }
}

/// The whole content of a store, to be compared.
struct Found: Hashable {
  var samples: [Labels: [Int64: UInt64]]

  init(_ model: StoreModel) { samples = model.samples.filter { !$0.value.isEmpty } }

  /// All samples but those of one metric.
  init(_ snapshot: StoreSnapshot, without metric: String? = nil) throws {
    samples = [:]
    for series in snapshot.series(matching: []) where series.labels.metric != metric {
      var columns = SampleColumns()
      try snapshot.samples(of: series.id, into: &columns, statistics: ReadStatistics())
      guard !columns.isEmpty else { continue }
      samples[series.labels] = Dictionary(
        uniqueKeysWithValues: zip(columns.times, columns.values.map(\.bitPattern)))
    }
  }
}
