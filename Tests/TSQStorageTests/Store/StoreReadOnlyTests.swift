import Foundation
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Reading a store that another process writes")
struct StoreReadOnlyTests {
  /// Every file of a folder: bytes and time of change.
  private func tree(_ directory: String) throws -> [String: String] {
    var found: [String: String] = [:]
    let names = try FileManager.default.subpathsOfDirectory(atPath: directory)
    for name in names {
      let path = directory + "/" + name
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      let changed = attributes[.modificationDate] as? Date
      let bytes = FileManager.default.contents(atPath: path) ?? Data()
      found[name] = "\(changed?.timeIntervalSince1970 ?? 0) \(bytes.hashValue)"
    }
    return found
  }

  @Test("changes nothing on disk and sees everything durable")
  func changesNothing() async throws {
    try await withTemporaryStore { store, directory in
      let id = try store.resolve(try #require(Labels(metric: "m")))
      for second in 0..<50 {
        _ = try await store.append(
          SampleBatch(series: [id], times: [Int64(second) * 1_000_000_000], values: [1]))
        if second == 20 { try store.flush() }
      }
      let before = try tree(directory)
      let reader = try Store.openReadOnly(directory)
      #expect(reader.isReadOnly)
      #expect(try Found(reader.snapshot()) == Found(store.snapshot()))
      #expect(try Found(reader.snapshot()).samples.values.first?.count == 50)
      #expect(reader.verify(deep: true).isSound)
      #expect(throws: StoreError.readOnly) { try reader.flush() }
      #expect(throws: StoreError.readOnly) { try reader.compact() }
      #expect(throws: StoreError.readOnly) {
        try reader.appendBlocking(SampleBatch(series: [id], times: [1], values: [1]))
      }
      try reader.close()
      #expect(try tree(directory) == before)
    }
  }

  @Test("one process writes; the second is told who does")
  func lock() async throws {
    try await withTemporaryStore { store, directory in
      try store.advertise(address: "http://127.0.0.1:9010")
      let error = #expect(throws: StoreError.self) {
        try Store.open(directory, options: quietOptions())
      }
      guard case .locked(_, let holder)? = error else {
        Issue.record("expected `locked`, got \(String(describing: error))")
        return
      }
      #expect(holder.contains("\(ProcessInfo.processInfo.processIdentifier)"))
      #expect(holder.contains("http://127.0.0.1:9010"))
    }
  }

  @Test("a folder of something else is refused and left alone")
  func foreignFolder() throws {
    let directory = NSTemporaryDirectory() + "tsq-foreign-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    try Data("x".utf8).write(to: URL(fileURLWithPath: directory + "/letters.txt"))
    let error = #expect(throws: StoreError.self) { try Store.open(directory) }
    #expect("\(try #require(error))".contains("hint"))
    #expect(throws: StoreError.self) { try Store.openReadOnly(directory) }
    #expect(throws: StoreError.self) { try Store.openReadOnly(directory + "/missing") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["letters.txt"])
  }

  @Test("fits together at any moment while the writer appends, flushes and compacts")
  func whileWriting() async throws {
    try await withTemporaryStore { store, directory in
      let id = try store.resolve(try #require(Labels(metric: "m")))
      let writing = Task.detached {
        for second in 0..<200 {
          _ = try await store.append(
            SampleBatch(
              series: [id], times: [Int64(second) * 100_000_000_000_000], values: [Double(second)]))
          if second % 9 == 8 { try store.flush() }
          if second % 40 == 39 { try store.compact() }
        }
      }
      var last = 0
      while last < 199 {
        let acknowledged = store.snapshot().seriesCount() == 0 ? 0 : try count(store)
        let reader = try Store.openReadOnly(directory)
        let seen = try count(reader)
        #expect(seen >= acknowledged, "\(reader.recovery)")
        #expect(reader.recovery.damage.isEmpty, "\(reader.recovery)")
        try reader.close()
        last = max(last, seen - 1)
      }
      try await writing.value
    }
  }

  /// How many samples there are, which must be whole numbers from 0 on without a gap.
  private func count(_ store: Store) throws -> Int {
    let snapshot = store.snapshot()
    guard let series = snapshot.series(matching: []).first else { return 0 }
    var columns = SampleColumns()
    try snapshot.samples(of: series.id, into: &columns, statistics: ReadStatistics())
    #expect(columns.values == (0..<columns.count).map(Double.init))
    return columns.count
  }
}
