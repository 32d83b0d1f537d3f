import Foundation
import Testing

@testable import TSQStorage

/// The simulation itself: a crash test proves nothing on a disk that forgets nothing.
@Suite("Simulated file system")
struct SimulatedFileSystemTests {
  @Test("bytes are safe after a sync, names after a sync of their folder, and not before")
  func whatIsDurable() throws {
    let disk = SimulatedFileSystem()
    try disk.createDirectory("/d")
    let file = try disk.create("/d/a")
    try file.append([1, 2, 3])
    try file.sync()
    #expect(disk.afterCrash(seed: 0).contents("/d/a") == nil)
    #expect(disk.afterCrash(seed: 1).contents("/d/a") == [1, 2, 3])
    try disk.syncDirectory("/d")
    try file.append([4])
    #expect(disk.afterCrash(seed: 0).contents("/d/a") == [1, 2, 3])
    #expect(disk.contents("/d/a") == [1, 2, 3, 4])
    try disk.remove("/d/a")
    #expect(disk.contents("/d/a") == nil)
    #expect(disk.afterCrash(seed: 0).contents("/d/a") == [1, 2, 3])
    try disk.syncDirectory("/d")
    #expect(disk.afterCrash(seed: 0).contents("/d/a") == nil)
  }

  @Test("a rename happens whole or not at all, and keeps the old file until it does")
  func rename() throws {
    let disk = SimulatedFileSystem()
    disk.setContents("/d/new", [1])
    disk.setContents("/d/old", [2])
    try disk.rename("/d/new", to: "/d/old")
    var outcomes: Set<[UInt8]> = []
    for seed in UInt64(0)..<40 {
      let after = disk.afterCrash(seed: seed)
      let old = try #require(after.contents("/d/old"))
      #expect(after.contents("/d/new") == (old == [2] ? [1] : nil))
      outcomes.insert(old)
    }
    #expect(outcomes == [[1], [2]])
  }

  @Test("unsynced sectors survive in any subset, each whole")
  func tearing() throws {
    let disk = SimulatedFileSystem()
    disk.setContents("/d/a", [])
    let file = try disk.openForAppend("/d/a")
    try file.append([UInt8](repeating: 7, count: 2_000))
    var outcomes: Set<[UInt8]> = []
    for seed in UInt64(2)..<200 {
      let bytes = try #require(disk.afterCrash(seed: seed).contents("/d/a"))
      for start in stride(from: 0, to: bytes.count, by: SimulatedInode.sectorByteCount) {
        let sector = bytes[start..<min(bytes.count, start + SimulatedInode.sectorByteCount)]
        #expect(Set(sector).count == 1)
      }
      outcomes.insert(bytes)
    }
    #expect(outcomes.count > 10)
  }

  @Test("what a failed sync lost does not come back with the next one")
  func failedSync() throws {
    let disk = SimulatedFileSystem()
    disk.setContents("/d/a", [])
    let file = try disk.openForAppend("/d/a")
    try file.append([1])
    disk.inject(SimulatedFault(.sync))
    #expect(throws: FileError.self) { try file.sync() }
    try file.append([2])
    try file.sync()
    #expect(disk.contents("/d/a") == [1, 2])
    #expect(disk.afterCrash(seed: 1).contents("/d/a") == [0, 2])
  }

  @Test("the machine stops inside the numbered operation and stays down")
  func crashPoint() throws {
    let disk = SimulatedFileSystem()
    try disk.createDirectory("/d")
    disk.crash(at: 3)
    let file = try disk.create("/d/a")
    #expect(throws: FileError.self) { try file.append([1]) }
    #expect(throws: FileError.self) { try file.sync() }
    #expect(throws: FileError.self) { try disk.list("/d") }
    #expect(disk.afterCrash(seed: 1).contents("/d/a") == [1])
  }

  @Test("injected faults hit what they name, after as many successes as asked")
  func faults() throws {
    let disk = SimulatedFileSystem()
    disk.setContents("/d/a", [])
    disk.setContents("/d/b", [])
    let (a, b) = (try disk.openForAppend("/d/a"), try disk.openForAppend("/d/b"))
    disk.inject(SimulatedFault(.append, on: "/a", skip: 1, code: ENOSPC, writtenByteCount: 2))
    try a.append([1])
    try b.append([1, 2, 3])
    let error = #expect(throws: FileError.self) { try a.append([2, 3, 4]) }
    #expect(error?.isDiskFull == true)
    #expect(disk.contents("/d/a") == [1, 2, 3] && disk.contents("/d/b") == [1, 2, 3])
    disk.setCapacity(8)
    #expect(throws: FileError.self) { try b.append([4, 5, 6]) }
    #expect(disk.contents("/d/b") == [1, 2, 3, 4, 5])
  }
}
