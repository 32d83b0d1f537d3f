import TSQCore
import TSQTestSupport

@testable import TSQStorage

/// The seeds of a crash test; `TSQ_CRASH_FACTOR=100` runs a hundred times as many.
func crashSeeds(_ count: Int) -> [UInt64] {
  propertySeeds(count * (environment("TSQ_CRASH_FACTOR").flatMap { Int($0) } ?? 1))
}

/// An entry without process-wide numbers: what must be the same before and after a crash.
struct PlainEntry: Hashable, Sendable, CustomStringConvertible {
  /// A sample as labels, time and bits, or an order in words.
  var lines: [String]

  init(_ entry: WALEntry, _ resolver: TestResolver) {
    switch entry {
    case .samples(let batch):
      lines = batch.times.indices.map { index in
        "\(resolver.text(of: batch.series[index])) \(batch.times[index]) "
          + String(batch.values[index].bitPattern, radix: 16)
      }
    case .tombstone(let tombstone): lines = ["delete \(tombstone.matchers) \(tombstone.range)"]
    case .metadata(let metadata): lines = ["describe \(metadata)"]
    }
  }

  var description: String { lines.joined(separator: "; ") }
}

/// What a test knows about a log: which entries were written, and which were acknowledged.
struct WALModel: Sendable {
  /// Every entry handed to the log, by sequence number; a number lost in a crash may come again.
  var written: [UInt64: [PlainEntry]] = [:]
  /// Entries whose sync returned.
  var acknowledged: [UInt64: PlainEntry] = [:]
  /// Entries up to here are safe elsewhere and may be gone from the log.
  var flushedThrough: UInt64 = 0
}

/// A small deterministic workload on a log: groups, syncs, rotations, drops.
struct WALScript: Sendable {
  enum Step: Sendable {
    case write(entryCount: Int)
    case sync
    case rotate
    case drop
  }

  var steps: [Step]
  private var generator: SeededGenerator
  private var nextValue = 0.0

  init(seed: UInt64, stepCount: Int) {
    var generator = SeededGenerator(seed: seed)
    steps = (0..<stepCount).map { _ in
      switch Int.random(in: 0..<12, using: &generator) {
      case 0..<5: .write(entryCount: Int.random(in: 1...3, using: &generator))
      case 5..<9: .sync
      case 9..<11: .rotate
      default: .drop
      }
    }
    self.generator = generator
  }

  /// Runs the steps until the machine stops.
  ///
  /// - Throws: whatever the log throws; the model then holds what was acknowledged until then.
  mutating func run(
    on writer: WALWriter, _ resolver: TestResolver, _ model: inout WALModel
  ) throws {
    var unsynced: ClosedRange<UInt64>?
    for step in steps {
      switch step {
      case .write(let entryCount):
        let entries = (0..<entryCount).map { _ in entry(resolver) }
        for (index, entry) in entries.enumerated() {
          model.written[writer.nextSequence + UInt64(index), default: []]
            .append(PlainEntry(entry, resolver))
        }
        let range = try writer.write(entries)
        unsynced = (unsynced?.lowerBound ?? range.lowerBound)...range.upperBound
      case .sync:
        try writer.sync()
        model.acknowledge(unsynced)
        unsynced = nil
      case .rotate:
        _ = try writer.rotate()
        model.acknowledge(unsynced)
        unsynced = nil
      case .drop:
        guard let last = model.acknowledged.keys.max() else { continue }
        // Segments hold everything up to here before the log lets go of it.
        model.flushedThrough = max(model.flushedThrough, last)
        try writer.dropPrefix(throughSequence: last)
      }
    }
  }

  private mutating func entry(_ resolver: TestResolver) -> WALEntry {
    switch Int.random(in: 0..<10, using: &generator) {
    case 0:
      return .tombstone(
        Tombstone(matchers: [.equal("host", "h\(Int(nextValue))")], range: .all))
    case 1: return .metadata(MetricMetadata(metric: "m\(Int(nextValue))", kind: .counter))
    default: break
    }
    var batch = SampleBatch()
    // Up to a few sectors, so that frames are torn in their middle too.
    for _ in 0..<Int.random(in: 1...90, using: &generator) {
      let host = Int.random(in: 0..<7, using: &generator)
      let labels = Labels(metric: "cpu", [("host", "h\(host)")]) ?? .none
      nextValue += 1
      // Random low bits keep the values from being packed away.
      let noise = Double.random(in: 0..<1, using: &generator)
      batch.append(
        series: resolver.id(of: labels), time: Int64.random(in: -9...9, using: &generator),
        value: nextValue + noise)
    }
    return .samples(batch)
  }
}

extension WALModel {
  fileprivate mutating func acknowledge(_ range: ClosedRange<UInt64>?) {
    guard let range else { return }
    for sequence in range { acknowledged[sequence] = written[sequence]?.last }
  }
}

/// A log being tested.
struct WALBench {
  static let directory = "/store/wal"
  static let storeID = StoreID(bytes: Array(1...16)) ?? .random()

  var fileSystem: SimulatedFileSystem

  static var options: WALOptions {
    var options = WALOptions()
    options.freeSpaceFloor = 0
    return options
  }

  /// Reads the log: what it holds, by sequence number, and what was found.
  func replay(
    after sequence: UInt64 = 0, readOnly: Bool = false, resolver: TestResolver = TestResolver()
  ) throws -> (entries: [(UInt64, PlainEntry)], report: WALRecoveryReport) {
    var entries: [(UInt64, PlainEntry)] = []
    let report = try WALReader.replay(
      fileSystem: fileSystem, directory: Self.directory, storeID: Self.storeID,
      afterSequence: sequence, resolver: resolver, readOnly: readOnly
    ) { sequence, entry in
      entries.append((sequence, PlainEntry(entry, resolver)))
    }
    return (entries, report)
  }

  /// A writer that goes on behind a replay.
  func writer(
    after report: WALRecoveryReport = WALRecoveryReport(), _ resolver: TestResolver,
    options: WALOptions = WALBench.options
  ) throws -> WALWriter {
    try WALWriter(
      fileSystem: fileSystem, directory: Self.directory, storeID: Self.storeID,
      nextSequence: report.lastSequence + 1, resolver: resolver, options: options)
  }
}
