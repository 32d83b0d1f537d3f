import TSQTestSupport
import Testing

@testable import TSQStorage

/// The promise of the log: whatever was acknowledged is there after any crash, and nothing else is.
@Suite("WAL after a crash")
struct WALCrashTests {
  /// Runs a script until the machine stops; a machine that never stops runs it whole.
  private func runScript(
    seed: UInt64, stepCount: Int, on fileSystem: SimulatedFileSystem, _ model: inout WALModel
  ) {
    let bench = WALBench(fileSystem: fileSystem)
    let resolver = TestResolver()
    var script = WALScript(seed: seed, stepCount: stepCount)
    do {
      let (_, report) = try bench.replay(after: model.flushedThrough, resolver: resolver)
      let writer = try bench.writer(after: report, resolver)
      try script.run(on: writer, resolver, &model)
    } catch {
      #expect(fileSystem.isCrashed, "seed \(seed): \(error)")
    }
  }

  /// What is read back must be what was acknowledged, and perhaps more of what was written.
  private func check(
    _ entries: [(UInt64, PlainEntry)], _ model: WALModel, _ context: String
  ) {
    var last = model.flushedThrough
    var found: [UInt64: PlainEntry] = [:]
    for (sequence, entry) in entries {
      #expect(sequence > last, "out of order: \(context)")
      last = sequence
      found[sequence] = entry
      // Where a whole unsynced frame is gone, a later one that relied on its definitions may come
      // back in part: every sample that does was written.
      let isWritten = model.written[sequence]?.contains { Set(entry.lines).isSubset(of: $0.lines) }
      #expect(isWritten == true, "invented: \(context)")
    }
    for (sequence, entry) in model.acknowledged where sequence > model.flushedThrough {
      #expect(found[sequence] == entry, "lost \(sequence): \(context)")
    }
  }

  /// Recovers and checks; reading first must see the same and change nothing.
  private func checkRecovery(
    _ fileSystem: SimulatedFileSystem, _ model: WALModel, _ context: String
  ) throws {
    let bench = WALBench(fileSystem: fileSystem)
    let before = fileSystem.operationCount
    let (seen, _) = try bench.replay(after: model.flushedThrough, readOnly: true)
    #expect(fileSystem.operationCount == before, "read-only changed the disk: \(context)")
    check(seen, model, context)
    let (entries, report) = try bench.replay(after: model.flushedThrough)
    #expect(entries.map(\.0) == seen.map(\.0), "\(context)")
    check(entries, model, context)
    let acknowledgedGone = report.missingEntryCount > 0 && !report.quarantined.isEmpty
    #expect(report.missingEntryCount == 0 || acknowledgedGone, "silent loss: \(context)")
    // A header is synced before frames follow, so no crash makes one look damaged.
    #expect(report.quarantined.allSatisfy { $0.offset > 0 }, "\(context): \(report)")
    // The log goes on, and a second recovery finds all of it again.
    let resolver = TestResolver()
    var after = model
    for (sequence, entry) in entries { after.acknowledged[sequence] = entry }
    let writer = try bench.writer(after: report, resolver)
    var script = WALScript(seed: 99, stepCount: 0)
    script.steps = [.write(entryCount: 2), .sync, .write(entryCount: 1), .rotate]
    try script.run(on: writer, resolver, &after)
    let (again, _) = try bench.replay(after: model.flushedThrough)
    check(again, after, "second recovery, \(context)")
    #expect(again.count == entries.count + 3, "\(context)")
  }

  @Test("every crash point of small workloads, with many ways to lose what was not synced")
  func everyCrashPoint() throws {
    for scriptSeed in crashSeeds(3) {
      let calm = SimulatedFileSystem()
      var whole = WALModel()
      runScript(seed: scriptSeed, stepCount: 14, on: calm, &whole)
      for point in 1...calm.operationCount {
        let fileSystem = SimulatedFileSystem()
        fileSystem.crash(at: point)
        var model = WALModel()
        runScript(seed: scriptSeed, stepCount: 14, on: fileSystem, &model)
        for survival in UInt64(0)..<5 {
          try checkRecovery(
            fileSystem.afterCrash(seed: survival &+ (survival < 2 ? 0 : UInt64(point) << 8)),
            model, "script \(scriptSeed), crash at \(point), survival \(survival)")
        }
      }
    }
  }

  @Test("a crash inside the recovery of a crash")
  func crashInRecovery() throws {
    for scriptSeed in crashSeeds(2) {
      let first = SimulatedFileSystem()
      var model = WALModel()
      first.crash(at: 17)
      runScript(seed: scriptSeed, stepCount: 20, on: first, &model)
      for survival in UInt64(2)..<6 {
        let damaged = first.afterCrash(seed: survival)
        var point = 1
        while true {
          let second = damaged.copy()
          second.crash(at: second.operationCount + point)
          var after = model
          runScript(seed: scriptSeed &+ 1, stepCount: 4, on: second, &after)
          if !second.isCrashed { break }
          try checkRecovery(
            second.afterCrash(seed: survival &* 31 &+ UInt64(point)), after,
            "script \(scriptSeed), survival \(survival), second crash at \(point)")
          point += 1
        }
      }
    }
  }

  @Test("long histories of crashes, one after the other")
  func longHistories() throws {
    for seed in crashSeeds(10) {
      var generator = SeededGenerator(seed: seed)
      var fileSystem = SimulatedFileSystem()
      var model = WALModel()
      for round in 0..<8 {
        fileSystem.crash(at: fileSystem.operationCount + Int.random(in: 1...40, using: &generator))
        runScript(seed: generator.next(), stepCount: 24, on: fileSystem, &model)
        if !fileSystem.isCrashed { fileSystem.crash() }
        fileSystem = fileSystem.afterCrash(seed: generator.next())
        try checkRecovery(fileSystem.copy(), model, "seed \(seed), round \(round)")
        // What this crash spared is acknowledged by the recovery that delivers it.
        let (entries, _) = try WALBench(fileSystem: fileSystem).replay(
          after: model.flushedThrough)
        for (sequence, entry) in entries { model.acknowledged[sequence] = entry }
      }
    }
  }
}
