import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// Feeds the reader mutated logs: no input may crash it, hang it, or make it believe a bad
/// checksum.
///
/// `TSQ_FUZZ_SECONDS=600` runs it for ten minutes with fresh seeds; without it, a few hundred
/// inputs.
@Suite("WAL reader fuzzing")
struct WALReaderFuzzTests {
  @Test("mutated logs")
  func mutatedLogs() throws {
    let seconds = environment("TSQ_FUZZ_SECONDS").flatMap { Int64($0) } ?? 0
    let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
    let corpus = try makeCorpus()
    var seed: UInt64 = seconds > 0 ? UInt64.random(in: 0 ... .max) : 1
    var count = 0
    while count < 300 || ContinuousClock.now < deadline {
      try readMutated(corpus, seed: seed)
      seed &+= 1
      count += 1
    }
  }

  private func makeCorpus() throws -> [[UInt8]] {
    try [UInt64](1...3).map { seed in
      let bench = WALBench(fileSystem: SimulatedFileSystem())
      let resolver = TestResolver()
      let writer = try bench.writer(resolver)
      var model = WALModel()
      var script = WALScript(seed: seed, stepCount: 0)
      script.steps = Array(repeating: .write(entryCount: 2), count: 4)
      try script.run(on: writer, resolver, &model)
      return try #require(
        bench.fileSystem.contents(WALDirectory.path(WALBench.directory, 1)))
    }
  }

  private func readMutated(_ corpus: [[UInt8]], seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var bytes = try #require(corpus.randomElement(using: &generator))
    for _ in 0..<Int.random(in: 1...8, using: &generator) { mutate(&bytes, &generator) }
    // Half of the inputs get right checksums again, so that the bodies' decoders are reached too.
    if Bool.random(using: &generator) { bytes = withRightChecksums(bytes) }
    let disk = SimulatedFileSystem()
    disk.setContents(WALDirectory.path(WALBench.directory, 1), bytes)
    disk.setContents(WALDirectory.path(WALBench.directory, 2), corpus[0])
    for readOnly in [true, false] {
      var last: UInt64 = 0
      do {
        let (entries, report) = try WALBench(fileSystem: disk).replay(readOnly: readOnly)
        for (sequence, _) in entries {
          #expect(sequence > last, "seed \(seed)")
          last = sequence
        }
        #expect(report.lastSequence >= last, "seed \(seed)")
      } catch let error as StoreError {
        // A mutated header may name another store or version; nothing else may be thrown.
        switch error {
        case .foreignFile, .newerFormat: break
        default: Issue.record("seed \(seed): \(error)")
        }
      }
    }
  }

  private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    guard !bytes.isEmpty else { return }
    let start = Int.random(in: 0..<bytes.count, using: &generator)
    let length = Int.random(in: 0...min(64, bytes.count - start), using: &generator)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: bytes[start] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
    case 2: bytes.removeSubrange(start..<start + length)
    case 3: bytes.insert(contentsOf: bytes[start..<start + length], at: start)
    case 4: bytes.removeLast(min(bytes.count, length))
    default:
      bytes.insert(
        contentsOf: (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) },
        at: start)
    }
  }

  /// The same bytes with the checksum of every frame that can still be found set right.
  private func withRightChecksums(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var offset = WALFormat.fileHeaderByteCount
    while offset + WALFormat.frameHeaderByteCount <= bytes.count {
      guard let header = WALFrameHeader(bytes, at: offset),
        offset + header.frameByteCount <= bytes.count
      else {
        offset += 1
        continue
      }
      let sum = unsafe WALFrameHeader.checksum(
        frame: bytes.span.bytes.extracting(offset..<offset + header.frameByteCount),
        salt: WALFormat.salt(WALBench.storeID))
      for byte in 0..<4 {
        bytes[offset + 8 + byte] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * byte))
      }
      offset += header.frameByteCount
    }
    return bytes
  }
}
