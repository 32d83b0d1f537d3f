import ArgumentParser
import Foundation
import TSQCore
import TSQStorage

/// Logs of more and more bytes, replayed.
struct RecoveryScale: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recovery", abstract: "Time and memory of opening a store with a long log.",
    discussion: """
      One process writes a log that no flush ever shortened and ends without closing, as a crash does; it
      keeps all of it in memory, about five times the log. Another opens the store.
      """)

  @Argument(help: "Megabytes of the logs.") var megabytes: [Int] = []
  @Flag(help: "32 MB only.") var smoke = false

  func run() throws {
    Measure.head("log MB", "samples", "open s", "MB/s", "peak memory MB")
    for size in smoke ? [32] : megabytes.isEmpty ? [256, 512, 1_024, 2_048] : megabytes {
      try Phase.withFolder { folder in
        try Phase.spawn(.writeLog, folder, size)
        try Phase.spawn(.replay, folder, 0)
      }
    }
  }
}

/// The two processes of a measurement.
enum RecoveryPhases {
  private static let seriesCount = 1_000
  private static let ticksPerBatch = 100

  /// Writes a log of samples that compress badly, and ends without a flush.
  static func writeLog(_ folder: String, megabytes: Int) throws {
    var options = StoreOptions()
    options.backgroundUpkeep = false
    options.flushBytes = 1 << 40
    options.syncPolicy = .never
    let store = try Store.open(folder, options: options)
    let ids = try (0..<seriesCount).map { number in
      guard let labels = Labels(metric: "noise", [("host", "host-\(number)")]) else {
        throw ValidationError("labels of series \(number)")
      }
      return try store.resolve(labels)
    }
    var noise = Noise(state: 7)
    var tick: Int64 = 0
    while store.statistics().logBytes < Int64(megabytes) * 1_000_000 {
      var batch = SampleBatch()
      for _ in 0..<ticksPerBatch {
        for id in ids {
          batch.append(series: id, time: tick * 10_000_000_000, value: noise.uniform())
        }
        tick += 1
      }
      _ = try store.appendBlocking(batch)
    }
    // No flush and no close: what a crash leaves.
    exit(0)
  }

  /// Opens the store, which replays the log.
  static func replay(_ folder: String) throws {
    let logBytes = try logBytes(folder)
    var opened: Store?
    let seconds = try Measure.seconds { opened = try Store.open(folder) }
    guard let store = opened else { return }
    let peak = Measure.peakMemory()
    let megabytes = Double(logBytes) / 1e6
    Measure.row(
      Measure.text(megabytes, 0), "\(store.recovery.replayedSamples)", Measure.text(seconds, 2),
      Measure.text(megabytes / seconds, 0), Measure.text(Double(peak) / 1e6, 0))
    guard store.recovery.isClean else { throw ValidationError("\(store.recovery)") }
    try store.close()
  }

  private static func logBytes(_ folder: String) throws -> Int {
    let files = FileManager.default
    return try files.contentsOfDirectory(atPath: folder + "/wal").reduce(0) { sum, name in
      let attributes = try files.attributesOfItem(atPath: folder + "/wal/" + name)
      return sum + (attributes[.size] as? Int ?? 0)
    }
  }
}
