import Foundation
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// Entries of the log that somebody removed are missed until somebody gives them up.
@Suite("Store without some of its log entries")
struct StoreLostEntriesTests {
  private func append(_ metric: String, to directory: String) throws {
    let store = try Store.open(directory, options: quietOptions())
    let id = try store.resolve(try #require(Labels(metric: metric)))
    let times = (0..<50).map { Int64($0) * 60_000_000_000 }
    _ = try store.appendBlocking(
      SampleBatch(series: times.map { _ in id }, times: times, values: times.map { Double($0) }))
    try store.close()
  }

  /// The log files that hold entries, oldest first.
  private func logFiles(_ directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory + "/wal").sorted()
      .map { directory + "/wal/" + $0 }
      .filter {
        let size = try FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int
        return (size ?? 0) > WALFormat.fileHeaderByteCount
      }
  }

  private func notes(_ directory: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: directory + "/quarantine")
    return (names ?? []).filter { $0.hasPrefix("wal-after-") }
  }

  /// Expects the loss to be named by everything that answers.
  private func expectMissing(_ store: Store, _ place: Comment) {
    #expect(store.recovery.damage.count == 1, place)
    #expect(store.verify().damage == store.recovery.damage, place)
    let hour = TimeRange(
      start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 3_600_000_000_000))
    #expect(store.snapshot().unreadable(in: hour) == store.recovery.damage, place)
    #expect(store.recovery.damage.first?.reason.contains("entries after number") == true, place)
  }

  @Test(
    "a file that is gone is told of after flushes too, until its note is removed",
    arguments: 0..<3)
  func removed(_ place: Int) async throws {
    try await withTemporaryStore { first, directory in
      try first.close()
      for metric in ["a", "b", "c"] { try append(metric, to: directory) }
      // Leaves an empty file behind the last one: it says which number should have come.
      try Store.open(directory, options: quietOptions()).close()
      let files = try logFiles(directory)
      try #require(files.count == 3)
      try FileManager.default.removeItem(atPath: files[place])

      let reader = try Store.openReadOnly(directory, options: quietOptions())
      expectMissing(reader, "read only")
      #expect(reader.recovery.damage.first?.remedy.contains("next opening to write") == true)
      #expect(notes(directory).isEmpty)
      try reader.close()
      for round in 0..<3 {
        let store = try Store.open(directory, options: quietOptions())
        expectMissing(store, "round \(round)")
        let remedy = try #require(store.recovery.damage.first?.remedy)
        #expect(notes(directory).count == 1 && remedy.contains("quarantine/\(notes(directory)[0])"))
        // From here on the log does not show it any more.
        try store.flush()
        try store.close()
      }
      // The samples are sent again: with them the log goes on behind the gap.
      try append("d", to: directory)
      let flushed = try Store.open(directory, options: quietOptions())
      try flushed.flush()
      try flushed.close()
      try FileManager.default.removeItem(atPath: directory + "/quarantine/" + notes(directory)[0])
      let store = try Store.open(directory, options: quietOptions())
      #expect(store.recovery.damage.isEmpty && store.verify(deep: true).isSound)
      #expect(try Found(store.snapshot()).samples.count == 3)
      try store.close()
    }
  }

  @Test("a log file cut short before others is told of as well")
  func cutShort() async throws {
    try await withTemporaryStore { first, directory in
      try first.close()
      for metric in ["a", "b"] { try append(metric, to: directory) }
      let file = try #require(try logFiles(directory).first)
      let handle = try #require(FileHandle(forWritingAtPath: file))
      try handle.truncate(atOffset: UInt64(WALFormat.fileHeaderByteCount))
      try handle.close()
      for round in 0..<2 {
        let store = try Store.open(directory, options: quietOptions())
        expectMissing(store, "round \(round)")
        try store.flush()
        try store.close()
      }
    }
  }
}
