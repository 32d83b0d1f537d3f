import Foundation
import Synchronization
import TSQCore
import Testing

@testable import TSQStorage

@Suite("Commit queue")
struct CommitQueueTests {
  @Test("many senders at once: each entry once, visible and durable when told, in order")
  func manySenders() async throws {
    let bench = try CommitBench()
    let senders = 24
    let each = 20
    let sequences = await withTaskGroup(of: [UInt64].self) { group in
      for sender in 0..<senders {
        group.addTask {
          var sequences: [UInt64] = []
          for index in 0..<each {
            let value = Double(sender * each + index)
            do {
              let receipt = try await bench.queue.submit(
                bench.sample(value, host: sender), durability: .synced)
              #expect(receipt.stored == 1 && receipt.replaced == 0)
              sequences.append(receipt.sequence)
            } catch {
              Issue.record("sender \(sender): \(error)")
            }
          }
          #expect(sequences == sequences.sorted(), "a sender's entries keep their order")
          return sequences
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    let expected = (1...UInt64(senders * each)).map { $0 }
    #expect(sequences.sorted() == expected)
    #expect(bench.visible.map(\.sequence) == expected)
    #expect(try bench.durableSequences() == expected)
    let statistics = bench.queue.statistics
    #expect(statistics.entryCount == UInt64(senders * each))
    #expect(statistics.syncCount <= statistics.groupCount)
    try bench.queue.shutdown()
    // What is in the log under a number is what was made visible under it.
    var index = 0
    _ = try WALReader.replay(
      fileSystem: bench.fileSystem, directory: WALBench.directory, storeID: WALBench.storeID,
      resolver: bench.resolver, readOnly: true
    ) { sequence, entry in
      #expect(bench.visible[index].sequence == sequence && bench.visible[index].entry == entry)
      index += 1
    }
  }

  @Test("waiting threads are served as waiting tasks are")
  func blockingSenders() throws {
    let bench = try CommitBench()
    let outcomes = Mutex<[UInt64]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { sender in
      for index in 0..<10 {
        do {
          let receipt = try bench.queue.submitBlocking(
            bench.sample(Double(sender * 10 + index)), durability: .synced)
          outcomes.withLock { $0.append(receipt.sequence) }
        } catch {
          Issue.record("\(error)")
        }
      }
    }
    #expect(outcomes.withLock { $0.sorted() } == (1...80).map { UInt64($0) })
    #expect(try bench.durableSequences().count == 80)
    try bench.queue.shutdown()
  }

  @Test("nothing that waits for a sync is seen before it is durable")
  func visibleAfterDurable() throws {
    let fileSystem = SimulatedFileSystem()
    let resolver = TestResolver()
    let checked = Mutex(0)
    let writer = try WALBench(fileSystem: fileSystem).writer(resolver)
    let queue = CommitQueue(writer: writer) { entries in
      let durable = try? WALBench(fileSystem: fileSystem.afterCrash(seed: 0)).replay().entries
      for entry in entries {
        #expect(durable?.contains { $0.0 == entry.sequence } == true)
        checked.withLock { $0 += 1 }
      }
      return entries.map { _ in ApplyCount() }
    }
    let metadata = WALEntry.metadata(MetricMetadata(metric: "m"))
    for _ in 0..<5 { _ = try queue.submitBlocking(metadata, durability: .synced) }
    #expect(checked.withLock { $0 } == 5)
    try queue.shutdown()
  }

  @Test("an appended entry that waits for no sync is synced by policy")
  func policies() throws {
    for policy in [WALSyncPolicy.always, .interval(.milliseconds(1)), .never] {
      var options = CommitOptions()
      options.policy = policy
      let bench = try CommitBench(options)
      for value in 0..<3 {
        _ = try bench.queue.submitBlocking(bench.sample(Double(value)), durability: .buffered)
      }
      #expect(bench.visible.count == 3, "\(policy)")
      switch policy {
      case .always: #expect(try bench.durableSequences() == [1, 2, 3])
      case .never: #expect(try bench.durableSequences().isEmpty)
      case .interval:
        while bench.queue.statistics.syncCount == 0 { Thread.sleep(forTimeInterval: 0.001) }
      }
      try bench.queue.shutdown()
      #expect(try bench.durableSequences() == [1, 2, 3], "\(policy)")
    }
  }

  @Test("senders that never pause do not put a due sync off")
  func intervalUnderLoad() async throws {
    let fileSystem = SimulatedFileSystem()
    let writer = try WALBench(fileSystem: fileSystem).writer(TestResolver())
    var options = CommitOptions()
    options.policy = .interval(.zero)
    let handle = QueueHandle()
    let queue = CommitQueue(writer: writer, options: options) { entries in
      if entries[0].sequence == 1 {
        // Held until the next entry waits: the thread never finds its queue empty.
        while handle.queue?.state.withLock({ $0.requests.isEmpty }) != false {
          Thread.sleep(forTimeInterval: 0.001)
        }
      } else {
        #expect(handle.queue?.statistics.syncCount == 1)
      }
      return entries.map { _ in ApplyCount() }
    }
    handle.set(queue)
    let entry = WALEntry.metadata(MetricMetadata(metric: "m"))
    let before = fileSystem.operationCount
    async let first = queue.submit(entry, durability: .buffered)
    while fileSystem.operationCount == before { await Task.yield() }
    _ = try await queue.submit(entry, durability: .buffered)
    #expect(try await first.sequence == 1)
    try queue.shutdown()
  }

  @Test("after a barrier everything before it is durable")
  func barrier() async throws {
    var options = CommitOptions()
    options.policy = .never
    let bench = try CommitBench(options)
    for value in 0..<4 {
      _ = try await bench.queue.submit(bench.sample(Double(value)), durability: .buffered)
    }
    #expect(try bench.durableSequences().isEmpty)
    try await bench.queue.barrier()
    #expect(try bench.durableSequences() == [1, 2, 3, 4])
    try bench.queue.barrierBlocking()
    try bench.queue.shutdown()
  }

  @Test("work runs alone, behind what was submitted before")
  func work() async throws {
    let bench = try CommitBench()
    _ = try await bench.queue.submit(bench.sample(1), durability: .buffered)
    let first = try bench.queue.perform { writer throws(StoreError) in
      #expect(bench.visible.count == 1)
      return try writer.rotate()
    }
    #expect(first == 2)
    #expect(try bench.durableSequences() == [1], "a rotation syncs what the old file holds")
    _ = try await bench.queue.submit(bench.sample(2), durability: .synced)
    try bench.queue.perform { writer throws(StoreError) in
      try writer.dropPrefix(throughSequence: 1)
    }
    let kept = try WALBench(fileSystem: bench.fileSystem).replay(after: 1).entries
    #expect(kept.map(\.0) == [2])
    #expect(throws: StoreError.closed) {
      try bench.queue.perform { _ throws(StoreError) in throw .closed }
    }
    try bench.queue.shutdown()
  }

  @Test("closing commits what waits and refuses what comes")
  func shutdown() async throws {
    var options = CommitOptions()
    options.policy = .never
    let bench = try CommitBench(options)
    await withTaskGroup(of: Void.self) { group in
      for value in 0..<10 {
        group.addTask {
          _ = try? await bench.queue.submit(bench.sample(Double(value)), durability: .buffered)
        }
      }
    }
    try bench.queue.shutdown()
    #expect(try bench.durableSequences().count == 10)
    await #expect(throws: StoreError.closed) {
      try await bench.queue.submit(bench.sample(1), durability: .synced)
    }
    try bench.queue.shutdown()
  }

  @Test("one entry too large fails alone, whatever shares its group")
  func tooLarge() async throws {
    var options = WALBench.options
    options.bodyByteCountMax = 1_000
    let bench = try CommitBench(wal: options)
    let id = bench.resolver.id(of: try #require(Labels(metric: "wide", [("text", "x")])))
    // Labels that no frame can hold: found out only when the frame is made.
    let long = (0..<500).map { "\($0)" }.joined()
    let labels = try #require(Labels(metric: "wide", [("text", long)]))
    let wide = WALEntry.samples(
      SampleBatch(series: [bench.resolver.id(of: labels), id], times: [1, 2], values: [1, 2]))
    let outcomes = await withTaskGroup(of: Result<UInt64, StoreError>.self) { group in
      for index in 0..<7 {
        group.addTask {
          let entry = index == 3 ? wide : bench.sample(Double(index))
          do throws(StoreError) {
            return .success(try await bench.queue.submit(entry, durability: .synced).sequence)
          } catch {
            return .failure(error)
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let refused = outcomes.compactMap { outcome in
      if case .failure(.entryTooLarge) = outcome { true } else { nil }
    }
    #expect(refused.count == 1)
    #expect(outcomes.compactMap { try? $0.get() }.sorted() == [1, 2, 3, 4, 5, 6])
    #expect(try bench.durableSequences() == [1, 2, 3, 4, 5, 6])
    try bench.queue.shutdown()
  }
}

/// A queue as its own `apply` finds it.
private final class QueueHandle: Sendable {
  private let slot = Mutex<CommitQueue?>(nil)

  var queue: CommitQueue? { slot.withLock { $0 } }

  func set(_ queue: CommitQueue) { slot.withLock { $0 = queue } }
}
