import Foundation
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// The newest files of the log leave no gap in the numbers: only the manifest knows of them.
@Suite("Store without the newest of its log files")
struct StoreLostLogEndTests {
  private func append(_ metric: String, to store: Store) throws {
    let id = try store.resolve(try #require(Labels(metric: metric)))
    let times = (0..<50).map { Int64($0) * 60_000_000_000 }
    _ = try store.appendBlocking(
      SampleBatch(series: times.map { _ in id }, times: times, values: times.map { Double($0) }))
  }

  /// A store of four log files, of which the first two are in segments and gone.
  private func makeStore(_ directory: String) throws {
    for metric in ["a", "b", "c", "d"] {
      let store = try Store.open(directory, options: quietOptions())
      try append(metric, to: store)
      if metric == "b" { try store.flush() }
      try store.close()
    }
  }

  private func logFiles(_ directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory + "/wal").sorted()
  }

  private func remove(_ names: some Sequence<String>, from directory: String) throws {
    for name in names {
      try FileManager.default.removeItem(atPath: directory + "/wal/" + name)
    }
  }

  /// Expects the loss to be named by everything that answers, once, and as the remedy has it.
  private func expectMissing(_ store: Store, _ file: String, remedy: String, _ place: Comment) {
    #expect(store.recovery.damage.count == 1, place)
    #expect(store.verify().damage == store.recovery.damage, place)
    #expect(store.snapshot().unreadable(in: .all) == store.recovery.damage, place)
    let report = store.recovery.damage.first
    #expect(report?.path.hasSuffix("/wal/" + file) == true && report?.isMissing == true, place)
    #expect(report?.remedy.contains(remedy) == true, place)
  }

  @Test(
    "files at the end that are gone are told of until their note is removed, and other files go on",
    arguments: 1...2)
  func removed(_ count: Int) async throws {
    try await withTemporaryStore { first, directory in
      try first.close()
      try makeStore(directory)
      let files = try logFiles(directory)
      try #require(files.count >= 2)
      let newest = try #require(files.last)
      try remove(files.suffix(count == 1 ? 1 : files.count), from: directory)

      let reader = try Store.openReadOnly(directory, options: quietOptions())
      expectMissing(reader, newest, remedy: "put `\(newest)` back before", "read only")
      try reader.close()
      for round in 0..<3 {
        let store = try Store.open(directory, options: quietOptions())
        expectMissing(store, newest, remedy: "then remove `quarantine/wal-after-", "\(round)")
        if round == 0 { try append("e", to: store) }
        if round == 1 { try store.flush() }
        try store.close()
      }
      #expect(try logFiles(directory).allSatisfy { $0 > newest }, "no number is used again")
      let quarantine = directory + "/quarantine"
      for name in try FileManager.default.contentsOfDirectory(atPath: quarantine) {
        try FileManager.default.removeItem(atPath: quarantine + "/" + name)
      }
      let store = try Store.open(directory, options: quietOptions())
      #expect(store.recovery.damage.isEmpty && store.verify(deep: true).isSound)
      #expect(try Found(store.snapshot()).samples.count == (count == 1 ? 4 : 3))
      try store.close()
    }
  }

  @Test("a file put back before the store is opened to write is missed no more")
  func putBack() async throws {
    try await withTemporaryStore { first, directory in
      try first.close()
      try makeStore(directory)
      let newest = directory + "/wal/" + (try #require(try logFiles(directory).last))
      try FileManager.default.moveItem(atPath: newest, toPath: directory + "/kept")
      let reader = try Store.openReadOnly(directory, options: quietOptions())
      #expect(reader.recovery.damage.count == 1)
      try reader.close()
      try FileManager.default.moveItem(atPath: directory + "/kept", toPath: newest)
      let store = try Store.open(directory, options: quietOptions())
      #expect(store.recovery.damage.isEmpty && store.verify().isSound)
      #expect(try Found(store.snapshot()).samples.count == 4)
      try store.close()
    }
  }

  @Test("a file removed under an open store is named by verify, and a flush loses nothing of it")
  func removedWhileOpen() async throws {
    try await withTemporaryStore { store, directory in
      try append("a", to: store)
      try remove(try logFiles(directory), from: directory)
      let damage = store.verify().damage
      #expect(damage.count == 1 && damage.first?.remedy.contains("flush the store") == true)
      try store.flush()
      #expect(store.verify().isSound)
      try store.close()
      let again = try Store.open(directory, options: quietOptions())
      #expect(again.recovery.damage.isEmpty)
      #expect(try Found(again.snapshot()).samples.count == 1)
      try again.close()
    }
  }

  @Test("nothing is missed in a backup, which has no log, nor after openings that wrote nothing")
  func nothingMissing() async throws {
    try await withTemporaryStore { first, directory in
      try first.close()
      try makeStore(directory)
      let copy = directory + "-copy"
      defer { try? FileManager.default.removeItem(atPath: copy) }
      for _ in 0..<3 {
        let store = try Store.open(directory, options: quietOptions())
        #expect(store.recovery.damage.isEmpty && store.verify().isSound)
        try store.close()
      }
      let store = try Store.open(directory, options: quietOptions())
      _ = try store.backup(to: copy)
      try store.close()
      for read in [Store.openReadOnly, Store.open] as [(String, StoreOptions) throws -> Store] {
        let backup = try read(copy, quietOptions())
        #expect(backup.recovery.damage.isEmpty && backup.verify().isSound)
        try backup.close()
      }
    }
  }

  @Test(
    "a disk too full for a new file makes nothing look lost, nor keeps a flush from making room",
    arguments: [false, true])
  func fullDisk(isNewestEmpty: Bool) throws {
    var options = quietOptions()
    options.freeSpaceFloor = 0
    var stored = try ModelledStore()
    let labels = try #require(Labels(metric: "m"))
    try stored.append((0..<200).map { (labels, Int64($0) * 1_000_000_000, Double($0)) })
    try stored.store.close()
    let disk = stored.fileSystem
    // Leaves an empty file, which the next opening that has room for another removes.
    if isNewestEmpty { try Store.open("/store", options: options, fileSystem: disk).close() }
    for isFlushed in [false, false, true, false] {
      let used = disk.paths.reduce(Int64(0)) { $0 + Int64(disk.contents($1)?.count ?? 0) }
      disk.setCapacity(used)
      let store = try Store.open("/store", options: options, fileSystem: disk)
      #expect(store.recovery.damage.isEmpty, "\(store.recovery)")
      if isFlushed {
        // Room for segments and manifest, though none was there for a log file at opening.
        disk.setCapacity(used + 20_000)
        try store.flush()
        #expect(!disk.paths.contains { $0.hasSuffix(".wal") && disk.contents($0)?.count ?? 0 > 48 })
      }
      try stored.model.check(store.snapshot(), "on a full disk")
      try store.close()
    }
    disk.setCapacity(nil)
    let store = try Store.open("/store", options: options, fileSystem: disk)
    #expect(store.recovery.damage.isEmpty, "\(store.recovery)")
    try store.close()
  }

  @Test("a manifest of an earlier version, which names no log file, misses none")
  func earlierVersion() async throws {
    try await withTemporaryStore { first, directory in
      try first.close()
      try makeStore(directory)
      let fileSystem = POSIXFileSystem()
      var manifest = try #require(try Manifest.read(fileSystem, directory: directory)).manifest
      #expect(manifest.logFile != nil)
      manifest.logFile = nil
      try manifest.write(fileSystem, directory: directory)
      try remove(try logFiles(directory).suffix(1), from: directory)
      let store = try Store.open(directory, options: quietOptions())
      #expect(store.recovery.damage.isEmpty)
      try store.close()
    }
  }
}
