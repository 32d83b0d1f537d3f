import Foundation
import TSQTestSupport
import Testing

@testable import TSQClient

/// A folder that is removed with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "tsq-spool-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The spool files in it, sorted.
  func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".spool") }
      .sorted()
  }
}

@Suite("The spool on disk")
struct SpoolTests {
  private func batch(_ number: Int) -> [UInt8] { Array("m,n=\(number) v=\(number) 1\n".utf8) }

  private func drain(_ spool: Spool) throws -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var last: UInt64 = 0
    while let batch = try spool.batch(after: last) {
      lines.append(batch.lines)
      last = batch.id
    }
    return lines
  }

  @Test("Batches come back in order, also after opening again")
  func order() throws {
    let folder = try TemporaryFolder()
    do {
      let spool = try Spool(folder.path, fileBytes: 100)
      for number in 0..<10 { try spool.append(batch(number)) }
      #expect(try drain(spool) == (0..<10).map(batch))
      #expect(spool.waitingBatches == 10)
    }
    let again = try Spool(folder.path, fileBytes: 100)
    #expect(again.waitingBatches == 10)
    #expect(try drain(again) == (0..<10).map(batch))
  }

  @Test("Acknowledged files are deleted, the rest stays")
  func acknowledging() throws {
    let folder = try TemporaryFolder()
    let spool = try Spool(folder.path, fileBytes: 100)
    for number in 0..<10 { try spool.append(batch(number)) }
    let before = try folder.files().count
    #expect(before > 3)
    try spool.acknowledge(through: 6)
    #expect(try folder.files().count < before)
    #expect(spool.waitingBatches == 4)
    #expect(try spool.batch(after: 0)?.id == 7)
    try spool.acknowledge(through: 10)
    #expect(spool.isEmpty)
    #expect(spool.usedBytes == 0)
    #expect(try folder.files().isEmpty)
    try spool.append(batch(11))
    #expect(try drain(spool) == [batch(11)])
  }

  @Test("A torn end costs the torn batch only", arguments: [1, 5, 40])
  func tornEnd(cut: Int) throws {
    let folder = try TemporaryFolder()
    do {
      let spool = try Spool(folder.path)
      for number in 0..<3 { try spool.append(batch(number)) }
    }
    let path = folder.path + "/" + (try #require(try folder.files().first))
    let bytes = try Data(contentsOf: URL(filePath: path))
    try bytes.dropLast(cut).write(to: URL(filePath: path))
    let spool = try Spool(folder.path)
    #expect(spool.tornBytes > 0)
    #expect(try drain(spool) == [batch(0), batch(1)])
    try spool.append(batch(9))
    #expect(try drain(spool) == [batch(0), batch(1), batch(9)])
  }

  @Test("Every flipped bit is noticed and costs its own batch only")
  func damage() throws {
    let records = (0..<3).map { SpoolRecord(id: UInt64($0 + 1), lines: batch($0)) }
    let bytes = records.flatMap(\.encoded)
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << UInt8(bit)
        let found = SpoolRecord.decode(damaged)
        #expect(found.records.count == 2, "bit \(bit) of byte \(index)")
        #expect(found.records.allSatisfy(records.contains), "bit \(bit) of byte \(index)")
        let lost = found.damaged.map(\.count) + [found.torn?.count ?? 0]
        let whole = found.records.map(\.encoded.count)
        #expect(lost.reduce(0, +) + whole.reduce(0, +) == bytes.count)
      }
    }
  }

  @Test("Batches behind a damaged one are given out, and the damaged bytes are kept beside")
  func damagedBatch() throws {
    let folder = try TemporaryFolder()
    do {
      let spool = try Spool(folder.path)
      for number in 0..<4 { try spool.append(batch(number)) }
    }
    let path = folder.path + "/" + (try #require(try folder.files().first))
    var bytes = try Data(contentsOf: URL(filePath: path))
    let size = SpoolRecord(id: 1, lines: batch(0)).encoded.count
    bytes[size + 45] ^= 1
    try bytes.write(to: URL(filePath: path))
    for _ in 0..<2 {
      let spool = try Spool(folder.path)
      #expect(spool.tornBytes == 0)
      #expect(try drain(spool) == [batch(0), batch(2), batch(3)])
      let found = try #require(spool.damage.first)
      #expect(spool.damage.count == 1)
      #expect(found.path == path && found.offset == size && found.byteCount > 40)
      let kept = try Data(contentsOf: URL(filePath: found.kept))
      #expect(kept == bytes[size..<(size + found.byteCount)])
      #expect(found.kept.hasSuffix(".damaged"))
    }
    let spool = try Spool(folder.path)
    try spool.acknowledge(through: 4)
    #expect(try folder.files().isEmpty && spool.isEmpty)
    // The damaged bytes outlive the file, and its name when that comes again.
    try spool.append(batch(0))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 3)
  }

  @Test("A file that is damage as a whole leaves its bytes, and one cut in an older file too")
  func wholeFile() throws {
    let folder = try TemporaryFolder()
    do {
      let spool = try Spool(folder.path, fileBytes: 10)
      for number in 0..<3 { try spool.append(batch(number)) }
    }
    let paths = try folder.files().map { folder.path + "/" + $0 }
    #expect(paths.count == 3)
    let first = try Data(contentsOf: URL(filePath: paths[0]))
    try first.dropLast(3).write(to: URL(filePath: paths[0]))
    try Data(repeating: 0, count: 50).write(to: URL(filePath: paths[1]))
    let spool = try Spool(folder.path)
    #expect(spool.damage.map(\.byteCount) == [first.count - 3, 50])
    #expect(spool.tornBytes == 0)
    #expect(try drain(spool) == [batch(2)])
    #expect(try folder.files().count == 1)
  }

  @Test("At the limit the oldest file goes and is counted")
  func dropOldest() throws {
    let folder = try TemporaryFolder()
    let spool = try Spool(folder.path, limitBytes: 400, fileBytes: 100)
    for number in 0..<40 { try spool.append(batch(number)) }
    #expect(spool.usedBytes <= 400)
    #expect(spool.droppedBatches > 0)
    let left = try drain(spool)
    #expect(left.last == batch(39))
    #expect(left.count + spool.droppedBatches == 40)
  }

  @Test("A spool that refuses keeps what it has")
  func refuse() throws {
    let folder = try TemporaryFolder()
    let spool = try Spool(folder.path, limitBytes: 150, fileBytes: 100, overflow: .refuse)
    try spool.append(batch(0))
    try spool.append(batch(1))
    #expect(throws: SpoolError.self) { try spool.append(batch(2)) }
    #expect(try drain(spool) == [batch(0), batch(1)])
    try spool.acknowledge(through: 2)
    try spool.append(batch(2))
    #expect(try drain(spool) == [batch(2)])
  }

  @Test("Two processes cannot share one")
  func locking() throws {
    let folder = try TemporaryFolder()
    let spool = try Spool(folder.path)
    #expect(throws: SpoolError.locked(path: folder.path + "/lock")) { try Spool(folder.path) }
    #expect(spool.isEmpty)
  }

  @Test("A record is spelled as documented, with the CRC-32C of its facts and lines")
  func spelling() {
    // Computed apart, by a bitwise CRC-32C of "id=7 bytes=9" and the lines.
    let record = SpoolRecord(id: 7, lines: Array("cpu v=1 5".utf8))
    let expected = "# tsq spool id=7 bytes=9 crc32c=62fce805\ncpu v=1 5"
    #expect(String(decoding: record.encoded, as: UTF8.self) == expected)
  }
}
