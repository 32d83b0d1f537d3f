import Foundation
import Synchronization
import TSQCore

@testable import TSQStorage

/// A commit queue on a simulated disk, and what it made visible.
final class CommitBench: Sendable {
  let fileSystem: SimulatedFileSystem
  let resolver = TestResolver()
  let queue: CommitQueue
  private let applied: AppliedEntries

  init(
    _ options: CommitOptions = CommitOptions(), wal walOptions: WALOptions = WALBench.options,
    fileSystem: SimulatedFileSystem = SimulatedFileSystem()
  ) throws {
    self.fileSystem = fileSystem
    let applied = AppliedEntries()
    self.applied = applied
    let writer = try WALWriter(
      fileSystem: fileSystem, directory: WALBench.directory, storeID: WALBench.storeID,
      nextSequence: 1, resolver: resolver, options: walOptions)
    queue = CommitQueue(writer: writer, options: options) { entries in
      applied.add(entries)
      return entries.map { entry in
        if case .samples(let batch) = entry.entry { return ApplyCount(stored: batch.count) }
        return ApplyCount()
      }
    }
  }

  /// Entries made visible so far, in the order they were.
  var visible: [(sequence: UInt64, entry: WALEntry)] { applied.entries }

  /// A batch of one sample, told apart by its value.
  func sample(_ value: Double, host: Int = 0) -> WALEntry {
    let labels = Labels(metric: "cpu", [("host", "\(host)")]) ?? .none
    return .samples(
      SampleBatch(series: [resolver.id(of: labels)], times: [Int64(value)], values: [value]))
  }

  /// The sequence numbers that a machine losing all unsynced state finds.
  func durableSequences() throws -> [UInt64] {
    try WALBench(fileSystem: fileSystem.afterCrash(seed: 0)).replay().entries.map(\.0)
  }
}

/// What was applied, in order.
private final class AppliedEntries: Sendable {
  private let list = Mutex<[(sequence: UInt64, entry: WALEntry)]>([])

  func add(_ entries: [(sequence: UInt64, entry: WALEntry)]) {
    list.withLock { $0 += entries }
  }

  var entries: [(sequence: UInt64, entry: WALEntry)] { list.withLock { $0 } }
}
