import Foundation
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// A segment file that somebody removed is missed; one that upkeep removed is not.
@Suite("Store without one of its segments")
struct StoreLostSegmentTests {
  private static let week: Int64 = 7 * 86_400_000_000_000

  private func append(_ store: Store, _ metric: String, week: Int64) throws {
    let id = try store.resolve(try #require(Labels(metric: metric)))
    let times = (0..<50).map { week * Self.week + Int64($0) * 60_000_000_000 }
    _ = try store.appendBlocking(
      SampleBatch(series: times.map { _ in id }, times: times, values: times.map { Double($0) }))
  }

  private func segments(_ directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory + "/segments").sorted()
  }

  @Test("it is named when opened and verified, until it is back or given up")
  func removedByHand() async throws {
    try await withTemporaryStore { first, directory in
      try append(first, "a", week: 1)
      try append(first, "b", week: 2)
      try first.flush()
      let whole = try Found(first.snapshot())
      try first.close()
      let name = try #require(try segments(directory).first { $0.contains("-p1-") })
      let (path, kept) = (directory + "/segments/" + name, directory + "/kept")
      try FileManager.default.moveItem(atPath: path, toPath: kept)

      let reader = try Store.openReadOnly(directory, options: quietOptions())
      expect(reader.verify().damage, path, "read only")
      expect(reader.recovery.damage, path, "read only, opened")
      expect(reader.snapshot().unreadable(in: range(week: 1)), path, "read only, answers")
      #expect(reader.snapshot().unreadable(in: range(week: 2)).isEmpty)
      try reader.close()
      for round in 0..<2 {
        let store = try Store.open(directory, options: quietOptions())
        expect(store.recovery.damage, path, "opened, round \(round)")
        expect(store.verify().damage, path, "verified, round \(round)")
        // Answers about its time are incomplete, others are not.
        let (inside, outside) = (range(week: 1), range(week: 2))
        #expect(store.snapshot().unreadable(in: inside).count == 1)
        #expect(store.snapshot().unreadable(in: outside).isEmpty)
        try store.compact()
        try store.close()
        let again = try Store.openReadOnly(directory, options: quietOptions())
        expect(again.snapshot().unreadable(in: inside), path, "read only, round \(round)")
        try again.close()
      }

      try FileManager.default.moveItem(atPath: kept, toPath: path)
      for _ in 0..<2 {
        let store = try Store.open(directory, options: quietOptions())
        #expect(store.recovery.damage.isEmpty, "\(store.recovery)")
        #expect(store.verify(deep: true).isSound)
        #expect(try Found(store.snapshot()) == whole)
        try store.close()
      }
    }
  }

  @Test("removing the note is living without it")
  func givenUp() async throws {
    try await withTemporaryStore { first, directory in
      try append(first, "a", week: 1)
      try first.flush()
      try first.close()
      let name = try #require(try segments(directory).first)
      try FileManager.default.removeItem(atPath: directory + "/segments/" + name)
      let looked = try Store.openReadOnly(directory, options: quietOptions())
      let found = try #require(looked.verify().damage.first)
      try looked.close()
      // There is no note yet: reading writes nothing.
      #expect(found.remedy.contains("open the store to write"), "\(found.remedy)")
      let store = try Store.open(directory, options: quietOptions())
      let report = try #require(store.recovery.damage.first)
      #expect(report.remedy.contains("or remove `quarantine/\(name).missing`"), "\(report.remedy)")
      #expect(store.verify().damage.map(\.remedy) == [report.remedy])
      try store.close()
      try FileManager.default.removeItem(atPath: directory + "/quarantine/\(name).missing")
      let again = try Store.open(directory, options: quietOptions())
      #expect(again.recovery.damage.isEmpty && again.verify().isSound)
      try again.close()
    }
  }

  @Test("a catalog of any earlier moment misses nothing that upkeep removed")
  func olderCatalogs() async throws {
    try await withTemporaryStore { first, directory in
      let catalog = directory + "/" + Catalog.fileName
      var store = first
      var versions: [[String: Data]] = []
      func remember() throws {
        try store.close()
        versions.append(Self.contents(catalog))
        store = try Store.open(directory, options: quietOptions())
      }
      for round in 0..<3 {
        try append(store, "a", week: 1)
        try append(store, "b", week: 2)
        try store.flush()
        try remember()
        if round > 0 { try store.compact() }
        try remember()
      }
      // Merged into nothing: no segment says where these went.
      _ = try await store.delete([.metric("a")], range: .all)
      try remember()
      try store.compact()
      try remember()
      let expected = try Found(store.snapshot())
      try store.close()
      for (number, version) in versions.enumerated() {
        for suffix in ["", "-wal", "-shm"] {
          try? FileManager.default.removeItem(atPath: catalog + suffix)
          try version[suffix]?.write(to: URL(fileURLWithPath: catalog + suffix))
        }
        let again = try Store.open(directory, options: quietOptions())
        #expect(again.recovery.damage.isEmpty, "version \(number): \(again.recovery)")
        #expect(again.verify(deep: true).isSound, "version \(number)")
        #expect(try Found(again.snapshot()) == expected)
        try again.close()
      }
    }
  }

  private static func contents(_ path: String) -> [String: Data] {
    var contents: [String: Data] = [:]
    for suffix in ["", "-wal"] {
      contents[suffix] = FileManager.default.contents(atPath: path + suffix)
    }
    return contents
  }

  private func range(week: Int64) -> TimeRange {
    TimeRange(
      start: Timestamp(nanoseconds: week * Self.week),
      end: Timestamp(nanoseconds: (week + 1) * Self.week - 1))
  }

  /// Expects one report: of the missing file, with its series, samples and range.
  private func expect(_ damage: [DamageReport], _ path: String, _ place: Comment) {
    #expect(damage.count == 1 && damage.first?.isMissing == true, place)
    #expect(damage.first?.path == path, place)
    #expect(damage.first?.reason.contains("50 samples of 1 series (a)") == true, "\(damage)")
    #expect(damage.first?.range.map { range(week: 1).contains($0) } == true, place)
  }
}
