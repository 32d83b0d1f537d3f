import Foundation
import Synchronization
import TSQTestSupport

@testable import TSQStorage

/// A file system in memory that can lose everything nobody synced.
///
/// Bytes are durable after `sync`, names after `syncDirectory`, and neither before: stricter than
/// any real file system, so what passes here relies on nothing that is not promised. Every changing
/// operation has a number; `crash(at:)` stops the machine inside the one with that number, and
/// `afterCrash` gives the disk as a restarted machine finds it.
final class SimulatedFileSystem: FileSystem {
  let state: Mutex<State>
  /// The databases of its stores; `nil` for stores that do without.
  let databases: SimulatedDatabases?

  /// An empty disk.
  init(databases: SimulatedDatabases? = nil) {
    state = Mutex(State())
    self.databases = databases
  }

  private init(_ surviving: State, _ databases: SimulatedDatabases? = nil) {
    state = Mutex(surviving)
    self.databases = databases
  }

  func databasePath(_ path: String) -> String? { databases?.path(path) }

  // MARK: - Crashes, faults and damage

  /// Changing operations so far.
  var operationCount: Int { state.withLock { $0.operationCount } }

  /// The operations so far, one line each: what a failing crash test prints.
  var operationLog: [String] { state.withLock { $0.log } }

  /// Whether the machine is down.
  var isCrashed: Bool { state.withLock { $0.isCrashed } }

  /// Stops the machine inside the changing operation with this number, counted from 1.
  func crash(at operation: Int) { state.withLock { $0.crashAt = operation } }

  /// Stops the machine now.
  func crash() { state.withLock { $0.isCrashed = true } }

  /// The disk after a restart.
  ///
  /// What was not synced survives in part, as the seed has it: seeds 0 and 1 keep nothing and
  /// everything of it, all others any subset. The databases are those of now, of any earlier moment,
  /// torn or missing.
  func afterCrash(seed: UInt64) -> SimulatedFileSystem {
    let databases = databases?.afterCrash(seed: seed)
    let survival: SimulatedSurvival = seed == 0 ? .nothing : seed == 1 ? .everything : .anySubset
    var generator = SeededGenerator(seed: seed)
    return state.withLock { old in
      var new = State()
      new.directories = old.directories
      new.capacity = old.capacity
      new.nextInode = old.nextInode
      new.names = old.durableNames
      for change in old.pendingNames {
        let survives =
          switch survival {
          case .nothing: false
          case .everything: true
          case .anySubset: Bool.random(using: &generator)
          }
        if survives { change.apply(to: &new.names) }
      }
      new.durableNames = new.names
      for number in Set(new.names.values).sorted() {
        guard let inode = old.inodes[number] else { continue }
        new.inodes[number] = SimulatedInode(durable: inode.afterCrash(survival, &generator))
      }
      return SimulatedFileSystem(new, databases)
    }
  }

  /// A copy of the disk as it is, with everything on it durable.
  func copy() -> SimulatedFileSystem {
    state.withLock { old in
      var new = old
      new.durableNames = old.names
      new.pendingNames = []
      new.locks = [:]
      for (number, inode) in old.inodes {
        new.inodes[number] = SimulatedInode(durable: inode.current)
      }
      return SimulatedFileSystem(new)
    }
  }

  /// Makes an operation fail.
  func inject(_ fault: SimulatedFault) { state.withLock { $0.faults.append(fault) } }

  /// Takes all faults back that are still to come.
  func removeFaults() { state.withLock { $0.faults = [] } }

  /// Limits the bytes of all files together; `nil` for no limit.
  func setCapacity(_ bytes: Int64?) { state.withLock { $0.capacity = bytes } }

  /// The bytes of a file as readers see them, or `nil` where there is none.
  func contents(_ path: String) -> [UInt8]? {
    state.withLock { state in state.names[path].flatMap { state.inodes[$0]?.current } }
  }

  /// All files, sorted.
  var paths: [String] { state.withLock { $0.names.keys.sorted() } }

  /// Puts a durable file there, in place of any other.
  func setContents(_ path: String, _ bytes: [UInt8]) {
    state.withLock { state in
      state.inodes[state.nextInode] = SimulatedInode(durable: bytes)
      state.names[path] = state.nextInode
      state.durableNames[path] = state.nextInode
      state.nextInode += 1
      var folder = Self.parent(path)
      while folder != "/", folder != "." {
        state.directories.insert(folder)
        folder = Self.parent(folder)
      }
    }
  }

  /// Flips bits of one byte on the disk.
  func flip(_ path: String, at offset: Int, mask: UInt8 = 0xff) {
    state.withLock { state in
      if let number = state.names[path] { state.inodes[number]?.flip(offset, mask: mask) }
    }
  }

  static func parent(_ path: String) -> String { POSIXFileSystem.parent(of: path) }
}
