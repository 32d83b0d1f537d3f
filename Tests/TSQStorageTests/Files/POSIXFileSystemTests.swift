import Foundation
import Testing

@testable import TSQStorage

/// The operating system's files keep what the seam promises.
@Suite("POSIX file system")
struct POSIXFileSystemTests {
  private let files = POSIXFileSystem()

  /// A fresh folder, removed afterwards.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory
      .appending(component: "tsq-files-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url.path(percentEncoded: false))
  }

  @Test("what is appended is read back, at any offset, short only at the end")
  func appendAndRead() throws {
    try withFolder { folder in
      let path = folder + "/a"
      let file = try files.create(path)
      try file.append([1, 2, 3])
      try file.append([])
      try file.append([4, 5])
      try file.sync()
      #expect(file.size == 5)
      let reader = try files.openForReading(path)
      #expect(try reader.read(at: 0, count: 5) == [1, 2, 3, 4, 5])
      #expect(try reader.read(at: 3, count: 10) == [4, 5])
      #expect(try reader.read(at: 5, count: 1).isEmpty)
      #expect(try reader.read(at: 99, count: .max).isEmpty)
      #expect(try files.size(path) == 5 && reader.size == 5)
      let again = try files.openForAppend(path)
      #expect(again.size == 5)
      try again.append([6])
      #expect(try reader.read(at: 4, count: 9) == [5, 6])
      try again.truncate(to: 2)
      try again.append([7])
      #expect(try reader.read(at: 0, count: 9) == [1, 2, 7])
      try files.truncate(path, to: 1)
      #expect(reader.size == 1)
      for handle in [file, again] { handle.close() }
      reader.close()
    }
  }

  @Test("names: create refuses a taken one, rename replaces, link shares, list is sorted")
  func names() throws {
    try withFolder { folder in
      try files.create(folder + "/b").append([1])
      try files.create(folder + "/a").append([2])
      #expect(throws: FileError.self) { try files.create(folder + "/a") }
      #expect(try files.list(folder) == ["a", "b"])
      try files.rename(folder + "/b", to: folder + "/a")
      #expect(try files.list(folder) == ["a"])
      try files.link(folder + "/a", to: folder + "/c")
      #expect(throws: FileError.self) { try files.link(folder + "/a", to: folder + "/c") }
      try files.remove(folder + "/a")
      #expect(try files.openForReading(folder + "/c").read(at: 0, count: 9) == [1])
      try files.syncDirectory(folder)
      #expect(!files.exists(folder + "/a") && files.exists(folder + "/c"))
    }
  }

  @Test("folders are made with those above them, and made again without a word")
  func folders() throws {
    try withFolder { folder in
      for _ in 0..<2 { try files.createDirectory(folder + "/x/y/z") }
      #expect(try files.list(folder + "/x/y") == ["z"])
    }
  }

  @Test("errors say what was tried on which path, and which kind they are")
  func errors() throws {
    try withFolder { folder in
      let path = folder + "/none"
      for attempt in [
        { _ = try files.openForReading(path) }, { _ = try files.size(path) },
        { try files.remove(path) }, { _ = try files.list(path) },
        { try files.rename(path, to: folder + "/x") }, { try files.truncate(path, to: 0) },
      ] as [() throws -> Void] {
        let error = #expect(throws: FileError.self) { try attempt() }
        #expect(error?.isMissing == true && error?.path == path)
        #expect(error?.description.contains("none") == true)
      }
    }
  }

  @Test("one holder of a lock; the other is told who")
  func lock() throws {
    try withFolder { folder in
      let path = folder + "/lock"
      #expect(files.lockHolder(path) == nil)
      let held = try files.lock(path)
      try held.describe("serving on 127.0.0.1:9010")
      let error = #expect(throws: FileError.self) { try files.lock(path) }
      #expect(error?.isLocked == true)
      let own = ProcessInfo.processInfo.processIdentifier
      #expect(error?.text == "process \(own), serving on 127.0.0.1:9010")
      #expect(files.lockHolder(path) == error?.text)
      try held.describe("")
      #expect(files.lockHolder(path) == "process \(own)")
      held.release()
      #expect(files.lockHolder(path) == nil)
      try files.lock(path).release()
    }
  }

  @Test("there is free space, and a write into a full device says so")
  func space() throws {
    try withFolder { folder in
      let free = try files.freeSpace(folder)
      #expect(free > 0)
    }
    guard files.exists("/dev/full") else { return }
    let full = try files.openForAppend("/dev/full")
    let error = #expect(throws: FileError.self) { try full.append([1]) }
    #expect(error?.isDiskFull == true)
  }

  @Test("a log on real files survives being reopened")
  func realLog() throws {
    try withFolder { folder in
      let resolver = TestResolver()
      var script = WALScript(seed: 11, stepCount: 30)
      var model = WALModel()
      let writer = try WALWriter(
        fileSystem: files, directory: folder + "/wal", storeID: WALBench.storeID,
        nextSequence: 1, resolver: resolver, options: WALBench.options)
      try script.run(on: writer, resolver, &model)
      try writer.sync()
      writer.close()
      let seen = TestResolver()
      var entries: [UInt64: PlainEntry] = [:]
      let report = try WALReader.replay(
        fileSystem: files, directory: folder + "/wal", storeID: WALBench.storeID,
        afterSequence: model.flushedThrough, resolver: seen, readOnly: false
      ) { sequence, entry in entries[sequence] = PlainEntry(entry, seen) }
      #expect(!report.foundDamage)
      let expected = model.written.filter { $0.key > model.flushedThrough }.compactMapValues(\.last)
      #expect(entries == expected)
    }
  }
}
