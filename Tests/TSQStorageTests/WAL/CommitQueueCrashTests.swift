import Foundation
import Synchronization
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Commit queue after a crash")
struct CommitQueueCrashTests {
  @Test("what any of several senders was told is there after a crash at any moment")
  func acknowledgedSurvives() async throws {
    for seed in crashSeeds(60) {
      var generator = SeededGenerator(seed: seed)
      let fileSystem = SimulatedFileSystem()
      let bench = try CommitBench(fileSystem: fileSystem)
      fileSystem.crash(
        at: fileSystem.operationCount + Int.random(in: 1...60, using: &generator))
      let told = await withTaskGroup(of: [Double].self) { group in
        for sender in 0..<4 {
          group.addTask {
            var told: [Double] = []
            for index in 0..<12 {
              let value = Double(sender * 100 + index)
              let entry = bench.sample(value, host: sender)
              guard (try? await bench.queue.submit(entry, durability: .synced)) != nil else {
                return told
              }
              told.append(value)
              if index == 6, sender == 0 {
                _ = try? bench.queue.perform { writer throws(StoreError) in try writer.rotate() }
              }
            }
            return told
          }
        }
        return await group.reduce(into: []) { $0 += $1 }
      }
      try? bench.queue.shutdown()
      let disk = fileSystem.afterCrash(seed: generator.next())
      let resolver = TestResolver()
      var found: [Double: Int] = [:]
      _ = try WALReader.replay(
        fileSystem: disk, directory: WALBench.directory, storeID: WALBench.storeID,
        resolver: resolver, readOnly: false
      ) { _, entry in
        guard case .samples(let batch) = entry else { return }
        for (id, value) in zip(batch.series, batch.values) {
          found[value, default: 0] += 1
          let host = Int(value) / 100
          #expect(resolver.labels(of: id)["host"] == "\(host)", "seed \(seed)")
        }
      }
      for value in told { #expect(found[value] == 1, "seed \(seed): \(value)") }
      #expect(found.values.allSatisfy { $0 == 1 }, "seed \(seed)")
    }
  }

  @Test(
    "a writer that goes on to a new file under the reader's eyes loses it nothing", arguments: 1...6
  )
  func rotationWhileReading(listing: Int) throws {
    let bench = try CommitBench()
    for value in 0..<2 {
      _ = try bench.queue.submitBlocking(bench.sample(Double(value)), durability: .synced)
    }
    // Between two looks of the reader: more in the file it reads, a new file, more in that.
    let hooked = HookedFileSystem(bench.fileSystem) { number in
      guard number == listing else { return }
      for value in 2..<6 {
        _ = try? bench.queue.submitBlocking(bench.sample(Double(value)), durability: .synced)
        if value == 3 {
          _ = try? bench.queue.perform { writer throws(StoreError) in try writer.rotate() }
        }
      }
    }
    var numbers: [UInt64] = []
    let report = try WALReader.replay(
      fileSystem: hooked, directory: WALBench.directory, storeID: WALBench.storeID,
      resolver: TestResolver(), readOnly: true
    ) { sequence, _ in numbers.append(sequence) }
    #expect(numbers.count >= 2 && numbers == (1...UInt64(numbers.count)).map { $0 })
    #expect(report.missingEntryCount == 0 && !report.foundDamage)
    // The first two listings come before the end of the first file is settled.
    if listing <= 2 { #expect(numbers.count == 6) }
    try bench.queue.shutdown()
  }

  @Test("a reader beside a running writer sees a growing prefix and changes nothing")
  func readerBesideWriter() async throws {
    let bench = try CommitBench()
    let entryCount = 120
    let dropped = SharedNumber()
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for index in 0..<entryCount {
          _ = try? await bench.queue.submit(
            bench.sample(Double(index), host: index % 9), durability: .buffered)
          if index % 20 == 19 {
            // Begin a file, and now and then let go of an old one, under the reader's eyes.
            _ = try? bench.queue.perform { writer throws(StoreError) in
              let first = try writer.rotate()
              guard index % 60 == 59 else { return }
              dropped.raise(to: first - 40)
              try writer.dropPrefix(throughSequence: first - 40)
            }
          }
        }
      }
      group.addTask {
        var lastSeen: UInt64 = 0
        var before: UInt64 = 0
        while before < entryCount {
          before = bench.queue.statistics.entryCount
          guard
            let (entries, report) = try? WALBench(fileSystem: bench.fileSystem)
              .replay(readOnly: true)
          else {
            Issue.record("the reader failed")
            return
          }
          #expect(report.quarantined.isEmpty && report.samplesWithoutSeries == 0)
          // No hole but where files were dropped before or while they were read.
          let last = entries.last?.0 ?? 0
          let missing = Set(1...max(1, last)).subtracting(entries.map(\.0))
          #expect(missing.allSatisfy { $0 <= dropped.value || last == 0 })
          #expect(last >= lastSeen && last >= before)
          lastSeen = last
          // The writer needs one of the few threads that tests share.
          try? await Task.sleep(for: .milliseconds(1))
        }
        #expect(lastSeen > 0)
      }
    }
    try bench.queue.shutdown()
  }
}

/// The highest number anybody gave.
private final class SharedNumber: Sendable {
  private let number = Mutex<UInt64>(0)

  var value: UInt64 { number.withLock { $0 } }

  func raise(to value: UInt64) { number.withLock { $0 = max($0, value) } }
}
