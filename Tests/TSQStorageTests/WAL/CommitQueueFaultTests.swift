import Foundation
import Synchronization
import TSQCore
import Testing

@testable import TSQStorage

@Suite("Commit queue when the disk fails")
struct CommitQueueFaultTests {
  @Test(
    "a failed sync or write poisons: nothing is retried, nothing more is accepted",
    arguments: [
      SimulatedOperation.sync, .append,
    ])
  func poisoned(operation: SimulatedOperation) async throws {
    let bench = try CommitBench()
    _ = try await bench.queue.submit(bench.sample(1), durability: .synced)
    bench.fileSystem.inject(SimulatedFault(operation, on: "/wal/"))
    await #expect(throws: StoreError.self) {
      try await bench.queue.submit(bench.sample(2), durability: .synced)
    }
    // The fault is over, and yet no byte is written any more: a sync that succeeds now may have
    // forgotten what the failed one was to write.
    let count = bench.fileSystem.operationCount
    for _ in 0..<3 {
      do {
        _ = try await bench.queue.submit(bench.sample(3), durability: .buffered)
        Issue.record("accepted after \(operation.rawValue) failed")
      } catch {
        guard case .poisoned = error else {
          Issue.record("\(error)")
          continue
        }
      }
    }
    #expect(throws: StoreError.self) { try bench.queue.perform { _ throws(StoreError) in } }
    #expect(bench.fileSystem.operationCount == count)
    #expect(bench.visible.map(\.sequence) == [1], "what failed is not visible")
    #expect(throws: StoreError.self) { try bench.queue.shutdown() }
    // Recovery by replay: what was acknowledged is there, and the log goes on.
    let restarted = WALBench(fileSystem: bench.fileSystem.afterCrash(seed: 7))
    let (entries, report) = try restarted.replay()
    #expect(entries.first?.0 == 1)
    let resolver = TestResolver()
    let writer = try restarted.writer(after: report, resolver)
    _ = try writer.write([.metadata(MetricMetadata(metric: "m"))])
    try writer.sync()
    #expect(try restarted.replay().entries.count == entries.count + 1)
  }

  @Test("everybody who waits when the log fails is told")
  func allWaitersFail() async throws {
    let bench = try CommitBench()
    bench.fileSystem.inject(SimulatedFault(.sync, on: "/wal/"))
    let failures = await withTaskGroup(of: Bool.self) { group in
      for value in 0..<40 {
        group.addTask {
          do {
            _ = try await bench.queue.submit(bench.sample(Double(value)), durability: .synced)
            return false
          } catch {
            return true
          }
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(failures == 40)
    #expect(throws: StoreError.self) { try bench.queue.shutdown() }
  }

  @Test("a full disk refuses samples, leaves no trace, and is over when space returns")
  func fullDisk() async throws {
    let bench = try CommitBench()
    _ = try await bench.queue.submit(bench.sample(1), durability: .synced)
    let used = bench.fileSystem.state.withLock { $0.usedByteCount }
    for room in [Int64(0), 1, 30, 60] {
      bench.fileSystem.setCapacity(used + room)
      await #expect(throws: StoreError.self) {
        try await bench.queue.submit(bench.sample(2), durability: .synced)
      }
      #expect(bench.fileSystem.state.withLock { $0.usedByteCount } == used)
    }
    #expect(bench.queue.statistics.refusedCount > 0)
    bench.fileSystem.setCapacity(nil)
    let receipt = try await bench.queue.submit(bench.sample(3), durability: .synced)
    #expect(receipt.sequence == 2)
    #expect(bench.visible.map(\.sequence) == [1, 2])
    let (entries, report) = try WALBench(fileSystem: bench.fileSystem.afterCrash(seed: 0)).replay()
    #expect(entries.map(\.0) == [1, 2] && !report.foundDamage && report.tornByteCount == 0)
    try bench.queue.shutdown()
  }

  @Test("a short write on a full disk is taken back", arguments: [0, 1, 24, 40])
  func shortWrite(writtenByteCount: Int) async throws {
    let bench = try CommitBench()
    _ = try await bench.queue.submit(bench.sample(1), durability: .buffered)
    bench.fileSystem.inject(
      SimulatedFault(.append, times: 2, code: ENOSPC, writtenByteCount: writtenByteCount))
    for _ in 0..<2 {
      do {
        _ = try await bench.queue.submit(bench.sample(2, host: 5), durability: .synced)
        Issue.record("accepted")
      } catch {
        guard case .diskFull = error else {
          Issue.record("\(error)")
          return
        }
      }
    }
    // The refused entries defined a series, twice; the next one must define it again.
    _ = try await bench.queue.submit(bench.sample(3, host: 5), durability: .synced)
    let (entries, report) = try WALBench(fileSystem: bench.fileSystem.afterCrash(seed: 0)).replay()
    #expect(entries.map(\.0) == [1, 2] && !report.foundDamage && report.tornByteCount == 0)
    #expect(entries.last?.1.lines.first?.contains("host=\"5\"") == true)
    try bench.queue.shutdown()
  }

  @Test("the log fails behind an entry too large: each sender is told, and told once")
  func tooLargeBeforeFailure() async throws {
    var options = WALBench.options
    options.bodyByteCountMax = 1_000
    let bench = try CommitBench(wal: options)
    let text = (0..<500).map { "\($0)" }.joined()
    let labels = try #require(Labels(metric: "wide", [("text", text)]))
    let wide = WALEntry.samples(
      SampleBatch(series: [bench.resolver.id(of: labels)], times: [1], values: [1]))
    // In one group: they wait behind work that ends when all of them do. On threads of their own, since
    // tests share the few that tasks have.
    let group = HeldGroup()
    let queue = bench.queue
    Thread {
      try? queue.perform { _ throws(StoreError) in
        group.isHeld.store(true, ordering: .sequentiallyConsistent)
        HeldGroup.wait { queue.state.withLock { $0.requests.count } == 3 }
        bench.fileSystem.inject(SimulatedFault(.append, on: "/wal/", skip: 1))
      }
    }.start()
    for (index, entry) in [wide, bench.sample(1), bench.sample(2)].enumerated() {
      Thread {
        HeldGroup.wait {
          group.isHeld.load(ordering: .sequentiallyConsistent)
            && queue.state.withLock { $0.requests.count } == index
        }
        do throws(StoreError) {
          _ = try queue.submitBlocking(entry, durability: .synced)
          group.told.withLock { $0.append(nil) }
        } catch {
          group.told.withLock { $0.append(error) }
        }
      }.start()
    }
    while group.told.withLock({ $0.count }) < 3 { try await Task.sleep(for: .milliseconds(1)) }
    let told = group.told.withLock { $0 }
    let refused = told.count { if case .entryTooLarge = $0 { true } else { false } }
    let poisoned = told.count { if case .poisoned = $0 { true } else { false } }
    #expect(refused == 1 && poisoned == 2, "\(told)")
    #expect(throws: StoreError.self) { try bench.queue.shutdown() }
  }

  @Test("a write that cannot be taken back poisons")
  func failedTruncation() async throws {
    let bench = try CommitBench()
    bench.fileSystem.inject(SimulatedFault(.append, code: ENOSPC, writtenByteCount: 9))
    bench.fileSystem.inject(SimulatedFault(.truncate))
    for _ in 0..<2 {
      do {
        _ = try await bench.queue.submit(bench.sample(2), durability: .synced)
        Issue.record("accepted")
      } catch {
        guard case .poisoned = error else {
          Issue.record("\(error)")
          return
        }
      }
    }
    #expect(throws: StoreError.self) { try bench.queue.shutdown() }
  }

  @Test("below the free-space floor deletions pass and samples do not")
  func floor() async throws {
    var options = WALOptions()
    options.freeSpaceFloor = 4096
    let bench = try CommitBench(wal: options)
    bench.fileSystem.setCapacity(4096)
    await #expect(throws: StoreError.self) {
      try await bench.queue.submit(bench.sample(1), durability: .synced)
    }
    let tombstone = Tombstone(matchers: [.metric("cpu")], range: .all)
    _ = try await bench.queue.submit(.tombstone(tombstone), durability: .synced)
    #expect(bench.visible.map(\.entry) == [.tombstone(tombstone)])
    try bench.queue.shutdown()
  }

  @Test("a rotation without room keeps the old file in use")
  func rotationOnFullDisk() throws {
    let bench = WALBench(fileSystem: SimulatedFileSystem())
    let writer = try bench.writer(TestResolver())
    let entry = WALEntry.metadata(MetricMetadata(metric: "m"))
    _ = try writer.write([entry])
    bench.fileSystem.inject(SimulatedFault(.append, code: ENOSPC, writtenByteCount: 20))
    #expect(throws: StoreError.self) { try writer.rotate() }
    _ = try writer.write([entry])
    #expect(try writer.rotate() == 3)
    _ = try writer.write([entry])
    let (entries, report) = try bench.replay()
    #expect(entries.map(\.0) == [1, 2, 3] && !report.foundDamage)
  }
}

/// Requests that wait behind work, and what their senders were told.
private final class HeldGroup: Sendable {
  let isHeld = Atomic<Bool>(false)
  let told = Mutex<[StoreError?]>([])

  static func wait(_ condition: () -> Bool) {
    while !condition() { Thread.sleep(forTimeInterval: 0.001) }
  }
}
