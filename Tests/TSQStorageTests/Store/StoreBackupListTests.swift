import Foundation
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// A backup knows what it consists of.
@Suite("The list of a backup")
struct StoreBackupListTests {
  private static let week: Int64 = 7 * 86_400_000_000_000

  /// A store of two weeks, its backup, and the backup's segment of the first.
  private struct Fixture {
    let backup: String
    let restored: String
    let name: String
    let found: Found

    var path: String { backup + "/segments/" + name }

    init(_ store: Store, _ directory: String) throws {
      (backup, restored) = (directory + "-backup", directory + "-restored")
      for week in 1...2 {
        let id = try store.resolve(try #require(Labels(metric: "m\(week)")))
        let times = (0..<50).map { Int64(week) * StoreBackupListTests.week + Int64($0) }
        _ = try store.appendBlocking(
          SampleBatch(series: times.map { _ in id }, times: times, values: times.map(Double.init)))
      }
      _ = try store.backup(to: backup)
      found = try Found(store.snapshot())
      let names = try FileManager.default.contentsOfDirectory(atPath: backup + "/segments")
      name = try #require(names.first { $0.contains("-p1-") })
    }

    func remove() {
      for path in [backup, restored] { try? FileManager.default.removeItem(atPath: path) }
    }
  }

  @Test("a segment removed from it is named by verify, answers and restore, which makes nothing")
  func removed() async throws {
    try await withTemporaryStore { store, directory in
      let fixture = try Fixture(store, directory)
      defer { fixture.remove() }
      try FileManager.default.removeItem(atPath: fixture.path)
      let copy = try Store.openReadOnly(fixture.backup)
      let damage = copy.verify().damage
      #expect(damage.map(\.path) == [fixture.path] && damage.allSatisfy(\.isMissing), "\(damage)")
      #expect(damage.first?.reason.contains("50 samples") == true, "\(damage)")
      let range = try #require(damage.first?.range)
      #expect(copy.snapshot().unreadable(in: range) == damage)
      #expect(damage.first?.remedy.contains("open the store to write") == true, "\(damage)")
      try copy.close()
      let error = #expect(throws: StoreError.self) {
        try Store.restore(from: fixture.backup, to: fixture.restored)
      }
      #expect(error?.description.contains(fixture.name) == true, "\(String(describing: error))")
      #expect(!FileManager.default.fileExists(atPath: fixture.restored))
    }
  }

  @Test("opened to write it is a store, and goes on missing what it missed until that is back")
  func openedToWrite() async throws {
    try await withTemporaryStore { store, directory in
      let fixture = try Fixture(store, directory)
      defer { fixture.remove() }
      let kept = fixture.backup + "-kept"
      defer { try? FileManager.default.removeItem(atPath: kept) }
      try FileManager.default.moveItem(atPath: fixture.path, toPath: kept)
      for round in 0..<2 {
        let opened = try Store.open(fixture.backup, options: quietOptions())
        #expect(opened.recovery.damage.map(\.path) == [fixture.path], "round \(round)")
        #expect(opened.verify().damage.map(\.path) == [fixture.path], "round \(round)")
        // Merging makes files that no list of the backup has.
        try opened.compact()
        try opened.close()
      }
      try FileManager.default.moveItem(atPath: kept, toPath: fixture.path)
      let opened = try Store.open(fixture.backup, options: quietOptions())
      #expect(opened.recovery.damage.isEmpty && opened.verify(deep: true).isSound)
      #expect(try Found(opened.snapshot()) == fixture.found)
      try opened.close()
      let back = try Store.restore(from: fixture.backup, to: fixture.restored)
      #expect(back.segments == 2)
    }
  }

  @Test("another file in the place of one, and a list that cannot be read, are named")
  func changed() async throws {
    try await withTemporaryStore { store, directory in
      let fixture = try Fixture(store, directory)
      defer { fixture.remove() }
      // A whole segment of the same store under the wrong name.
      let names = try FileManager.default.contentsOfDirectory(atPath: fixture.backup + "/segments")
      let other = try #require(names.first { $0 != fixture.name })
      try FileManager.default.removeItem(atPath: fixture.path)
      try FileManager.default.copyItem(
        atPath: fixture.backup + "/segments/" + other, toPath: fixture.path)
      let copy = try Store.openReadOnly(fixture.backup)
      #expect(copy.verify().damage.map(\.path) == [fixture.path])
      try copy.close()
      let list = fixture.backup + "/BACKUP"
      try Data("nonsense".utf8).write(to: URL(fileURLWithPath: list))
      let blind = try Store.openReadOnly(fixture.backup)
      #expect(blind.verify().damage.map(\.path) == [list])
      try blind.close()
    }
  }

  @Test("no backup goes into the store's own folder, and no restored store into its backup")
  func ownFolder() async throws {
    try await withTemporaryStore { store, directory in
      let fixture = try Fixture(store, directory)
      defer { fixture.remove() }
      let link = directory + "-link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: directory)
      defer { try? FileManager.default.removeItem(atPath: link) }
      let before = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
      for target in [
        directory, directory + "/backup", directory + "/a/b", link + "/backup",
        directory + "-backup/../"
          + directory.split(separator: "/")[
            directory.split(separator: "/").count - 1] + "/x",
      ] {
        let error = #expect(throws: StoreError.self) { try store.backup(to: target) }
        #expect(error?.description.contains("outside") == true, "\(target)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == before)
      #expect(throws: StoreError.self) {
        try Store.restore(from: fixture.backup, to: fixture.backup + "/segments/new")
      }
      // A name that only begins alike is another place.
      _ = try Store.restore(from: fixture.backup, to: fixture.restored)
    }
  }
}
