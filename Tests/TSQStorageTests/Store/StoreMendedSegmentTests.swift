import Foundation
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// Damage that is gone is not told of any more, and damage that is there is told of once.
@Suite("Store whose damaged file was put back")
struct StoreMendedSegmentTests {
  private func fill(_ store: Store) throws {
    for host in ["a", "b"] {
      let id = try store.resolve(try #require(Labels(metric: "m", [("host", host)])))
      let times = (0..<50).map { Int64($0) * 1_000_000_000 }
      _ = try store.appendBlocking(
        SampleBatch(series: times.map { _ in id }, times: times, values: times.map(Double.init)))
    }
    try store.flush()
  }

  /// Fills a store and closes it.
  ///
  /// - Returns: what it held, the path of its segment and that file's bytes.
  private func filled(
    _ store: Store, _ directory: String
  ) throws -> (whole: Found, path: String, good: Data) {
    try fill(store)
    let whole = try Found(store.snapshot())
    try store.close()
    let path = try segment(directory)
    return (whole, path, try #require(FileManager.default.contents(atPath: path)))
  }

  private func segment(_ directory: String) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: directory + "/segments")
    return directory + "/segments/" + (try #require(names.first))
  }

  /// Changes a byte of a file in a copy that takes its place, as a restore from a backup does.
  private func replace(_ path: String, flippingAt offset: Int? = nil, from good: Data) throws {
    var bytes = good
    if let offset { bytes[offset < 0 ? bytes.count + offset : offset] ^= 0xff }
    try bytes.write(to: URL(fileURLWithPath: path), options: .atomic)
  }

  @Test("a block: the next verification reads the file anew, and so do queries and merges then")
  func block() async throws {
    try await withTemporaryStore { first, directory in
      let (whole, path, good) = try filled(first, directory)
      let reader = try SegmentReader(fileSystem: POSIXFileSystem(), path: path)
      let block = try #require(try reader.blocks(ofLocal: 0).first)
      try replace(path, flippingAt: Int(block.valuesOffset) + 5, from: good)
      let store = try Store.open(directory, options: quietOptions())
      #expect(throws: StoreError.self) { try Found(store.snapshot()) }
      #expect(store.verify().damage.count == 1)
      #expect(store.verify(deep: true).damage.count == 1)
      #expect(store.statistics().damagedBlocks.count == 1)
      try replace(path, from: good)
      #expect(store.verify().isSound)
      #expect(store.statistics().damagedBlocks.isEmpty)
      #expect(try Found(store.snapshot()) == whole)
      let report = try store.compact()
      #expect(report.damage.isEmpty && report.segmentsBefore == 1)
      #expect(try Found(store.snapshot()) == whole)
      try store.close()
    }
  }

  @Test(
    "a file set aside: once a whole copy is back nothing is missed, not even when it was merged")
  func file() async throws {
    try await withTemporaryStore { first, directory in
      let (whole, path, good) = try filled(first, directory)
      try replace(path, flippingAt: -20, from: good)
      let damaged = try Store.open(directory, options: quietOptions())
      #expect(damaged.recovery.damage.count == 1 && damaged.verify().damage.count == 1)
      try damaged.close()
      try replace(path, from: good)
      let reading = try Store.openReadOnly(directory, options: quietOptions())
      #expect(reading.verify().isSound)
      try reading.close()
      for round in 0..<2 {
        let store = try Store.open(directory, options: quietOptions())
        #expect(store.recovery.damage.isEmpty, "round \(round)")
        #expect(store.verify(deep: true).isSound, "round \(round)")
        #expect(try Found(store.snapshot()) == whole, "round \(round)")
        try store.compact()
        try store.close()
      }
      // It is kept to be looked at.
      let kept = try FileManager.default.contentsOfDirectory(atPath: directory + "/quarantine")
      #expect(kept.filter { $0.hasSuffix(".replaced") }.count == 1)
    }
  }

  @Test("each damaged place is named once, and no text names its file twice")
  func once() async throws {
    try await withTemporaryStore { first, directory in
      let (_, path, good) = try filled(first, directory)
      let reader = try SegmentReader(fileSystem: POSIXFileSystem(), path: path)
      let row = try #require(try reader.directory().rows.first)
      for (part, offset) in [
        ("labels", row.labels.offset), ("index", row.index.offset),
        ("summaries", row.summaries.offset), ("trailer", Int64(good.count - 20)),
      ] {
        try replace(path, flippingAt: Int(offset) + 3, from: good)
        let store = try Store.openReadOnly(directory, options: quietOptions())
        for deep in [false, true] {
          let damage = store.verify(deep: deep).damage
          #expect(damage.count == 1, "\(part), deep \(deep): \(damage)")
          let name = path.split(separator: "/").last.map(String.init) ?? path
          for text in damage.map(\.description) + store.recovery.damage.map(\.description) {
            #expect(text.components(separatedBy: name).count == 2, "\(part): \(text)")
            #expect(text.components(separatedBy: "is damaged").count == 2, "\(part): \(text)")
          }
        }
        try store.close()
      }
    }
  }
}
