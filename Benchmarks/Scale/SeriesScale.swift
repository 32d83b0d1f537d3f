import ArgumentParser
import Foundation
import TSQCore
import TSQQuery
import TSQStorage

/// Stores of more and more series.
struct SeriesScale: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "series", abstract: "Open time, memory, append rate and query time by series.",
    discussion: """
      A store is filled with 8 samples of each series, flushed, compacted and closed. Then a new process
      opens it (series are idle: all in segments), asks one series and one host (10 series), and appends
      one, then 32 more samples to every series, a batch of 10,000 an acknowledgement; it flushes by
      itself, as a server does. "Peak" is the most memory it ever had, flushes and merges included.
      """)

  @Argument(help: "Numbers of series.") var counts: [Int] = []
  @Flag(help: "1,000 series only.") var smoke = false

  func run() throws {
    Measure.head(
      "series", "open s", "idle B/series", "fill samples/s", "one series µs", "ten series µs",
      "append 1: samples/s", "active B/series", "append 32: samples/s", "peak B/series")
    for count in smoke ? [1_000] : counts.isEmpty ? [10_000, 100_000, 1_000_000] : counts {
      try Phase.withFolder { folder in
        try Phase.spawn(.fill, folder, count)
        try Phase.spawn(.open, folder, count)
      }
    }
  }
}

/// The two processes of a measurement.
enum SeriesPhases {
  private static let samplesBefore = 8
  private static let samplesMore = 32
  private static let batch = 10_000
  private static let start: Int64 = 1_767_225_600_000_000_000
  private static let step: Int64 = 60_000_000_000

  /// Makes the store and says on a line for `open` how fast.
  static func fill(_ folder: String, series: Int) throws {
    let store = try Store.open(folder + "/store", options: options(series, background: false))
    let ids = try resolve(series, in: store)
    let seconds = try append(samplesBefore, from: 0, ids, to: store)
    _ = try store.flush()
    _ = try store.compact()
    try store.close()
    try "\(Double(series * samplesBefore) / seconds)".write(
      toFile: folder + "/fill", atomically: true, encoding: .utf8)
  }

  /// Opens, asks, appends.
  static func open(_ folder: String, series: Int) throws {
    let before = Measure.memory()
    var opened: Store?
    let openSeconds = try Measure.seconds {
      opened = try Store.open(folder + "/store", options: options(series, background: true))
    }
    guard let store = opened else { return }
    let idle = Measure.memory()
    let end = Timestamp(nanoseconds: start + Int64(samplesBefore) * step)
    let host = (series / 2) / 10
    let one = try Measure.medianMicroseconds(runs: 101) {
      try ask("metric_3{host=\"host-\(host)\"}", 1, store, end)
    }
    let ten = try Measure.medianMicroseconds(runs: 101) {
      try ask("{host=\"host-\(host)\"}", 10, store, end)
    }
    let ids = try resolve(series, in: store)
    let beforeAppend = Measure.memory()
    let first = try append(1, from: samplesBefore, ids, to: store)
    let active = Measure.memory()
    let more = try append(samplesMore, from: samplesBefore + 1, ids, to: store)
    let peak = Measure.peakMemory()
    let fill = Double(try String(contentsOfFile: folder + "/fill", encoding: .utf8)) ?? 0
    func share(_ bytes: Int) -> String { Measure.text(Double(bytes) / Double(series), 0) }
    Measure.row(
      "\(series)", Measure.text(openSeconds, 3), share(idle - before), Measure.text(fill, 0),
      Measure.text(one), Measure.text(ten), Measure.text(Double(series) / first, 0),
      share(idle - before + active - beforeAppend),
      Measure.text(Double(series * samplesMore) / more, 0),
      share(peak - before))
    try store.close()
  }

  private static func options(_ series: Int, background: Bool) -> StoreOptions {
    var options = StoreOptions()
    options.seriesLimit = 2 * series
    options.backgroundUpkeep = background
    return options
  }

  private static func resolve(_ count: Int, in store: Store) throws -> [SeriesID] {
    try (0..<count).map { number in
      let labels = Labels(
        metric: "metric_\(number % 10)",
        [
          ("host", "host-\(number / 10)"), ("region", "region-\(number / 10 % 7)"),
          ("service", "service-\(number / 10 % 31)"),
        ])
      guard let labels else { throw ValidationError("labels of series \(number)") }
      return try store.resolve(labels)
    }
  }

  /// Appends samples to each series, tick after tick, and returns the seconds.
  private static func append(
    _ samples: Int, from tick: Int, _ ids: [SeriesID], to store: Store
  ) throws -> Double {
    var noise = Noise(state: UInt64(tick))
    return try Measure.seconds {
      for index in 0..<samples {
        for first in stride(from: 0, to: ids.count, by: batch) {
          var samples = SampleBatch()
          for id in ids[first..<min(ids.count, first + batch)] {
            samples.append(
              series: id, time: start + Int64(tick + index) * step,
              value: (noise.uniform() * 1e4).rounded() / 100)
          }
          _ = try store.appendBlocking(samples)
        }
      }
    }
  }

  private static func ask(_ query: String, _ count: Int, _ store: Store, _ end: Timestamp) throws {
    let engine = QueryEngine(store: store)
    let answer = try engine.instant(query, at: end)
    guard case .vector(let found) = answer.value, found.count == count else {
      throw ValidationError("\(query) has not \(count) series")
    }
  }
}
