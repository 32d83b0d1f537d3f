import Foundation
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// The two SQLite files as a crash or a careless hand leaves them: missing, older, torn.
@Suite("Store with torn databases")
struct StoreTornDatabaseTests {
  private let hour: Int64 = 3_600_000_000_000

  private func append(_ store: Store, _ metric: String, _ hours: Range<Int>) throws {
    let id = try store.resolve(try #require(Labels(metric: metric)))
    _ = try store.appendBlocking(
      SampleBatch(
        series: hours.map { _ in id }, times: hours.map { Int64($0) * hour },
        values: hours.map { Double($0) }))
  }

  /// What SQLite keeps beside the database is part of it.
  private static func contents(_ path: String) -> [String: Data] {
    var contents: [String: Data] = [:]
    for suffix in ["", "-wal"] {
      contents[suffix] = FileManager.default.contents(atPath: path + suffix)
    }
    return contents
  }

  private static func put(_ contents: [String: Data], _ path: String) throws {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: path + suffix)
      try contents[suffix]?.write(to: URL(fileURLWithPath: path + suffix))
    }
  }

  @Test("every sample is answered, the catalog agrees with the segments, lost state is said")
  func anyVersion() async throws {
    try await withTemporaryStore { first, directory in
      let (catalog, state) = (directory + "/catalog.sqlite", directory + "/state.sqlite")
      try append(first, "a", 0..<200)
      try first.state().setRetentionRule(RetentionRule(metricPattern: "a", keepSeconds: 0))
      try first.compact()
      try first.close()
      let old = (Self.contents(catalog), Self.contents(state))
      let second = try Store.open(directory, options: quietOptions())
      try append(second, "b", 100..<300)
      try second.flush()
      _ = try await second.delete([.metric("a")], range: .all)
      try append(second, "c", 0..<10)
      try second.compact()
      try second.state().setRetentionRule(RetentionRule(metricPattern: "b", keepSeconds: 0))
      try second.state().setRetentionRule(RetentionRule(metricPattern: "c", keepSeconds: 0))
      let expected = try Found(second.snapshot())
      let rules = try second.state().retentionRules()
      try second.close()
      let new = (Self.contents(catalog), Self.contents(state))
      for seed in propertySeeds(40) {
        var random = SeededGenerator(seed: seed)
        try Self.put(TornFile.versions(new.0, old.0, &random), catalog)
        try Self.put(TornFile.versions(new.1, old.1, &random), state)
        try check(directory, expected, rules, "seed \(seed)")
      }
    }
  }

  private func check(
    _ directory: String, _ expected: Found, _ rules: [RetentionRule], _ place: String
  ) throws {
    let store = try Store.open(directory, options: quietOptions())
    #expect(try Found(store.snapshot()) == expected, "\(place)")
    let names = store.snapshot().series(matching: []).map(\.labels.metric).sorted()
    #expect(names == ["b", "c"], "\(place)")
    // The state is opened when it is asked for; until then its damage is named.
    let report = store.verify(deep: true)
    #expect(report.damage.allSatisfy { $0.path.hasSuffix("/state.sqlite") }, "\(report), \(place)")
    // Whatever rows are left are some that were written, and new ones can be.
    let kept = try store.state().retentionRules()
    #expect(Set(kept).isSubset(of: Set(rules)), "\(kept), \(place)")
    try store.state().setRetentionRule(RetentionRule(metricPattern: "new", keepSeconds: 0))
    #expect(try store.state().retentionRules().contains { $0.metricPattern == "new" }, "\(place)")
    #expect(store.verify().isSound, "\(store.verify()), \(place)")
    try store.close()
    let again = try Store.open(directory, options: quietOptions())
    #expect(again.recovery.isClean, "\(again.recovery), \(place)")
    #expect(try Found(again.snapshot()) == expected, "opened again, \(place)")
    try again.close()
  }
}
