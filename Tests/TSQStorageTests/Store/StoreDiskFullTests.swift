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
}
