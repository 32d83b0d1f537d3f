import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("WAL damage")
struct WALDamageTests {
  /// A log of two files; how many entries there are, and all of them.
  private func makeLog(seed: UInt64) throws -> (SimulatedFileSystem, [UInt64: PlainEntry]) {
    let fileSystem = SimulatedFileSystem()
    let bench = WALBench(fileSystem: fileSystem)
    let resolver = TestResolver()
    let writer = try bench.writer(resolver)
    var script = WALScript(seed: seed, stepCount: 0)
    script.steps = [
      .write(entryCount: 3), .sync, .write(entryCount: 2), .rotate, .write(entryCount: 2), .sync,
    ]
    var model = WALModel()
    try script.run(on: writer, resolver, &model)
    return (fileSystem, model.acknowledged)
  }

  /// The first byte of every frame of a file, and the file's end.
  private func frameStarts(_ bytes: [UInt8]) throws -> [Int] {
    var starts = [WALFormat.fileHeaderByteCount]
    while let last = starts.last, last < bytes.count {
      starts.append(last + (try #require(WALFrameHeader(bytes, at: last))).frameByteCount)
    }
    return starts
  }

  @Test("any one byte flipped costs at most its own frame, and is told", arguments: [3, 8])
  func everyByte(seed: UInt64) throws {
    let (fileSystem, entries) = try makeLog(seed: seed)
    for file in UInt64(1)...2 {
      let path = WALDirectory.path(WALBench.directory, file)
      let bytes = try #require(fileSystem.contents(path))
      let starts = try frameStarts(bytes)
      let firstOfFile: UInt64 = file == 1 ? 1 : 6
      for offset in bytes.indices {
        let damaged = fileSystem.copy()
        damaged.flip(path, at: offset, mask: 1 << UInt8(offset % 8))
        let hit = starts.firstIndex { $0 > offset }.map { firstOfFile + UInt64($0) - 1 }
        let lost: Set<UInt64> = offset < starts[0] ? [] : [try #require(hit)]
        for readOnly in [true, false] {
          let context = "file \(file), byte \(offset), read-only \(readOnly)"
          let (found, report) = try WALBench(fileSystem: damaged).replay(readOnly: readOnly)
          #expect(Set(found.map(\.0)) == Set(entries.keys).subtracting(lost), "\(context)")
          for (sequence, entry) in found { #expect(entry == entries[sequence], "\(context)") }
          #expect(report.foundDamage || report.tornByteCount > 0, "untold: \(context)")
          if !readOnly { #expect(report.quarantined.allSatisfy { $0.copy != nil }, "\(context)") }
        }
      }
    }
  }

  @Test(
    "runs of bytes overwritten, moved, cut: what is delivered was written",
    arguments: propertySeeds(60))
  func wildDamage(seed: UInt64) throws {
    let (fileSystem, entries) = try makeLog(seed: 4)
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<3 {
      let file = UInt64.random(in: 1...2, using: &generator)
      let path = WALDirectory.path(WALBench.directory, file)
      var bytes = try #require(fileSystem.contents(path))
      guard !bytes.isEmpty else { continue }
      let start = Int.random(in: 0..<bytes.count, using: &generator)
      let end = Int.random(in: start...min(bytes.count, start + 600), using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes.replaceSubrange(start..<end, with: repeatElement(0, count: end - start))
      case 1: bytes.insert(contentsOf: bytes[start..<end], at: end)
      case 2: bytes.removeSubrange(start..<end)
      default:
        for index in start..<end { bytes[index] = UInt8.random(in: 0...255, using: &generator) }
      }
      fileSystem.setContents(path, bytes)
    }
    let bench = WALBench(fileSystem: fileSystem)
    for readOnly in [true, false] {
      var last: UInt64 = 0
      for (sequence, entry) in try bench.replay(readOnly: readOnly).entries {
        #expect(sequence > last, "seed \(seed)")
        last = sequence
        let written = try #require(entries[sequence], "seed \(seed)")
        #expect(Set(entry.lines).isSubset(of: written.lines), "seed \(seed)")
      }
    }
  }

  @Test("damage before a valid frame is copied aside, the file is left as it is")
  func quarantine() throws {
    let (fileSystem, _) = try makeLog(seed: 3)
    let path = WALDirectory.path(WALBench.directory, 2)
    let before = try #require(fileSystem.contents(path))
    let starts = try frameStarts(before)
    fileSystem.flip(path, at: starts[0] + 30)
    let bench = WALBench(fileSystem: fileSystem)
    let (entries, report) = try bench.replay()
    #expect(entries.map(\.0) == [1, 2, 3, 4, 5, 7])
    #expect(report.missingEntryCount == 1 && report.quarantined.count == 1)
    let range = try #require(report.quarantined.first)
    #expect(range.offset == Int64(starts[0]) && range.byteCount == Int64(starts[1] - starts[0]))
    let copy = try #require(range.copy)
    #expect(copy.hasPrefix("/store/quarantine/00000002.wal."))
    var damaged = before
    damaged[starts[0] + 30] ^= 0xff
    #expect(fileSystem.contents(path) == damaged)
    #expect(fileSystem.contents(copy) == Array(damaged[starts[0]..<starts[1]]))
    // A second recovery finds the copy made.
    let count = fileSystem.operationCount
    #expect(try bench.replay().report == report)
    #expect(fileSystem.operationCount == count)
  }

  @Test("a torn last frame is cut; one that is all there but wrong is kept aside first")
  func tornTail() throws {
    let (fileSystem, _) = try makeLog(seed: 3)
    let path = WALDirectory.path(WALBench.directory, 2)
    let bytes = try #require(fileSystem.contents(path))
    let starts = try frameStarts(bytes)
    for cut in [1, 10, starts[2] - starts[1] - 1] {
      let torn = fileSystem.copy()
      torn.setContents(path, Array(bytes[..<(bytes.count - cut)]))
      let (entries, report) = try WALBench(fileSystem: torn).replay()
      #expect(entries.map(\.0) == [1, 2, 3, 4, 5, 6] && !report.foundDamage)
      #expect(report.tornByteCount == Int64(starts[2] - starts[1] - cut))
      #expect(torn.contents(path) == Array(bytes[..<starts[1]]))
    }
    let flipped = fileSystem.copy()
    flipped.flip(path, at: bytes.count - 1)
    let (entries, report) = try WALBench(fileSystem: flipped).replay()
    #expect(entries.count == 6 && report.foundDamage)
    let copy = try #require(report.quarantined.first?.copy)
    #expect(flipped.contents(copy)?.count == starts[2] - starts[1])
    #expect(flipped.contents(path) == Array(bytes[..<starts[1]]))
  }

  @Test("the end of a file that is not the newest is never cut", arguments: [1, 9, 40])
  func olderTail(cut: Int) throws {
    let (fileSystem, _) = try makeLog(seed: 3)
    let path = WALDirectory.path(WALBench.directory, 1)
    let bytes = Array(try #require(fileSystem.contents(path)).dropLast(cut))
    fileSystem.setContents(path, bytes)
    let (entries, report) = try WALBench(fileSystem: fileSystem).replay()
    #expect(entries.map(\.0) == [1, 2, 3, 4, 6, 7])
    #expect(report.missingEntryCount == 1 && report.tornByteCount == 0)
    #expect(report.quarantined.count == 1 && report.quarantined.first?.copy != nil)
    #expect(fileSystem.contents(path) == bytes)
  }

  @Test("a tail that cannot be copied aside is not cut")
  func fullDiskInRecovery() throws {
    let (fileSystem, _) = try makeLog(seed: 3)
    let path = WALDirectory.path(WALBench.directory, 2)
    let bytes = try #require(fileSystem.contents(path))
    fileSystem.flip(path, at: bytes.count - 1)
    fileSystem.setCapacity(0)
    let (entries, report) = try WALBench(fileSystem: fileSystem).replay()
    #expect(entries.count == 6 && report.quarantined.first?.copy == nil)
    #expect(fileSystem.contents(path)?.count == bytes.count)
  }

  @Test(
    "bodies that no writer makes are named, never believed",
    arguments: [
      [], [0xff, 0xff, 0xff, 0xff, 0xff], [1, 0, 9], [2, 1, 0],
      [0x80, 0x80, 0x40, 0, 0, 0, 0, 0x80, 0x80, 0x40],
      [1, 0, 0, 0, 0, 0, 0],
    ] as [[UInt8]])
  func forgedBodies(body: [UInt8]) throws {
    let fileSystem = SimulatedFileSystem()
    let header = WALFileHeader(storeID: WALBench.storeID, firstSequence: 1).encoded()
    for kind in [WALFrameHeader.Kind.samples, .tombstone, .metadata] {
      let frames =
        WALHeaderForging.frame(kind, sequence: 1, body: body)
        + WALHeaderForging.frame(.samples, sequence: 2, body: [0, 0])
      fileSystem.setContents(WALDirectory.path(WALBench.directory, 1), header + frames)
      let (entries, report) = try WALBench(fileSystem: fileSystem).replay()
      #expect(entries.last?.0 == 2 && entries.last?.1.lines == [])
      #expect(report.foundDamage, "\(kind) \(body)")
      #expect(entries.dropLast().allSatisfy { $0.1.lines.isEmpty })
    }
  }

  @Test("a file full of false frame starts is read in linear time")
  func falseStarts() throws {
    var bytes = WALFileHeader(storeID: WALBench.storeID, firstSequence: 1).encoded()
    let falseStart =
      WALFormat.frameMagic + [
        0x00, 0x00, 0x01, 0x00, 1, 2, 3, 4, 9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
      ]
    for _ in 0..<8_000 { bytes += falseStart }
    let fileSystem = SimulatedFileSystem()
    fileSystem.setContents(WALDirectory.path(WALBench.directory, 1), bytes)
    let (entries, report) = try WALBench(fileSystem: fileSystem).replay()
    #expect(entries.isEmpty && report.tornByteCount == Int64(8_000 * falseStart.count))
  }

  @Test("false frame starts that claim more than there is cost no reading")
  func greedyFalseStarts() throws {
    var bytes = WALFileHeader(storeID: WALBench.storeID, firstSequence: 1).encoded()
    // Each claims 48 MiB: to read that much for each would take 384 GiB.
    let falseStart =
      WALFormat.frameMagic + [
        0x00, 0x00, 0x00, 0x03, 1, 2, 3, 4, 9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
      ]
    for _ in 0..<8_000 { bytes += falseStart }
    bytes += [UInt8](repeating: 0, count: 4 << 20)
    let base = SimulatedFileSystem()
    base.setContents(WALDirectory.path(WALBench.directory, 1), bytes)
    let counting = HookedFileSystem(base)
    let report = try WALReader.replay(
      fileSystem: counting, directory: WALBench.directory, storeID: WALBench.storeID,
      resolver: SeriesRegistry(), readOnly: true
    ) { _, _ in }
    #expect(report.entryCount == 0)
    #expect(counting.bytesRead < 64 << 20, "\(counting.bytesRead) bytes were read")
  }
}
