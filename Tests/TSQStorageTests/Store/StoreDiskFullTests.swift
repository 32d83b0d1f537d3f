import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Store on a full disk")
struct StoreDiskFullTests {
  /// A store with so many batches of 50 samples in its log only, on a disk that then has no room.
  private func fullDisk(
    batches: Int, _ options: StoreOptions, free: Int64
  ) throws -> (SimulatedFileSystem, StoreModel) {
    var stored = try ModelledStore()
    var random = SeededGenerator(seed: 9)
    let labels = try #require(Labels(metric: "m"))
    for batch in 0..<batches {
      try stored.append(
        (0..<50).map { index in
          (
            labels, Int64(batch * 50 + index) * 1_000_000_000,
            Double.random(in: 0...1, using: &random)
          )
        })
    }
    try stored.store.close()
    let disk = stored.fileSystem
    let used = disk.paths.reduce(Int64(0)) { $0 + Int64(disk.contents($1)?.count ?? 0) }
    disk.setCapacity(used + free)
    return (disk, stored.model)
  }

  @Test("a store whose log is longer than a head opens although nothing can be sealed")
  func reopening() throws {
    var options = quietOptions()
    options.partitionLength = .seconds(1000)
    options.freeSpaceFloor = 2000
    // The log holds three heads' worth, as much as a server may hold in memory.
    options.flushBytes = 4000
    let (disk, model) = try fullDisk(batches: 12, options, free: 500)
    for _ in 0..<2 {
      let store = try Store.open("/store", options: options, fileSystem: disk)
      try model.check(store.snapshot(), "opened on a full disk")
      #expect(store.recovery.isClean, "\(store.recovery)")
      #expect(throws: StoreError.self) { try store.flush() }
      let id = try store.resolve(try #require(Labels(metric: "m")))
      #expect(throws: StoreError.self) {
        try store.appendBlocking(SampleBatch(series: [id], times: [1], values: [1]))
      }
      try model.check(store.snapshot(), "after what was refused")
      try store.close()
    }
    disk.setCapacity(nil)
    let store = try Store.open("/store", options: options, fileSystem: disk)
    try store.flush()
    try model.check(store.snapshot(), "flushed when there was space")
    #expect(store.statistics().headSamples == 0)
    try store.close()
  }

  @Test("a store opens though there is no byte for a log file, and takes samples once there is")
  func noByteFree() throws {
    let options = quietOptions()
    let (disk, model) = try fullDisk(batches: 3, options, free: 0)
    let store = try Store.open("/store", options: options, fileSystem: disk)
    try model.check(store.snapshot(), "opened on a full disk")
    #expect(store.recovery.damage.isEmpty, "\(store.recovery)")
    let id = try store.resolve(try #require(Labels(metric: "m")))
    let batch = SampleBatch(series: [id], times: [1], values: [1])
    for _ in 0..<3 {
      #expect(throws: StoreError.self) { try store.appendBlocking(batch) }
    }
    try model.check(store.snapshot(), "after what was refused")
    disk.setCapacity(nil)
    _ = try store.appendBlocking(batch)
    let found = try Found(store.snapshot())
    try store.close()
    let again = try Store.open("/store", options: options, fileSystem: disk)
    #expect(again.recovery.damage.isEmpty, "\(again.recovery)")
    #expect(try Found(again.snapshot()) == found)
    try again.flush()
    #expect(try Found(again.snapshot()) == found)
    try again.close()
  }

  @Test("a flush may use the space below the floor: it is what makes room")
  func flushBelowFloor() throws {
    var options = quietOptions()
    options.partitionLength = .seconds(1000)
    options.freeSpaceFloor = 40_000
    let (disk, model) = try fullDisk(batches: 12, options, free: 15_000)
    let store = try Store.open("/store", options: options, fileSystem: disk)
    let id = try store.resolve(try #require(Labels(metric: "m")))
    #expect(throws: StoreError.self) {
      try store.appendBlocking(SampleBatch(series: [id], times: [1], values: [1]))
    }
    let before = try disk.freeSpace("/store")
    #expect(try store.flush().samples == 600)
    // The log's files went, and the segments are smaller.
    #expect(try disk.freeSpace("/store") > before)
    try model.check(store.snapshot(), "flushed below the floor")
    try store.close()
  }

  /// Appends samples that pack badly until one batch is refused.
  private func fill(_ store: Store, from start: Int = 0) throws -> Int {
    var random = SeededGenerator(seed: UInt64(start))
    let id = try store.resolve(try #require(Labels(metric: "m")))
    for batch in start..<start + 1000 {
      let times = (0..<50).map { Int64(batch * 50 + $0) * 1_000_000_007 }
      do throws(StoreError) {
        _ = try store.appendBlocking(
          SampleBatch(
            series: times.map { _ in id }, times: times,
            values: times.map { _ in Double(bitPattern: random.next() >> 2) }))
      } catch {
        guard case .diskFull = error else { throw error }
        return batch
      }
    }
    Issue.record("the disk never became full")
    return start
  }

  @Test("however low the floor, what was accepted can be flushed, and then appends go on")
  func floorOfNothing() throws {
    var options = quietOptions()
    options.partitionLength = .seconds(1000)
    options.freeSpaceFloor = 0
    let disk = SimulatedFileSystem()
    let store = try Store.open("/store", options: options, fileSystem: disk)
    disk.setCapacity(600_000)
    var batches = 0
    for _ in 0..<3 {
      let before = batches
      batches = try fill(store, from: batches)
      #expect(batches > before, "what a flush freed takes more samples")
      let kept = store.keptFreeBytes
      #expect(kept > Int64((batches - before) * 50 * 24) && kept < 600_000)
      #expect(try store.flush().samples == (batches - before) * 50)
      #expect(store.keptFreeBytes < kept)
    }
    #expect(store.statistics().segmentSamples == batches * 50)
    try store.close()
  }

  @Test("where room for a flush is what appends lack, memory is flushed long before it is old")
  func flushedForRoom() async throws {
    var options = quietOptions()
    options.freeSpaceFloor = 0
    options.flushBytes = 1 << 20
    options.backgroundUpkeep = true
    options.upkeepInterval = .milliseconds(5)
    let disk = SimulatedFileSystem()
    let store = try Store.open("/store", options: options, fileSystem: disk)
    disk.setCapacity(600_000)
    let batches = try fill(store)
    #expect(batches * 50 * 20 < options.flushBytes)
    var isAcceptedAgain = false
    for _ in 0..<1000 where !isAcceptedAgain {
      isAcceptedAgain = try fill(store, from: batches) > batches
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(isAcceptedAgain && store.statistics().segments > 0)
    try store.close()
  }
}
