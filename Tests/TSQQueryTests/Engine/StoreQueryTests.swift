import Foundation
import TSQCore
import TSQQuery
import TSQStorage
import TSQTestSupport
import Testing

/// The engine on a real store: head, segments, both, and after compaction.
@Suite struct StoreQueryTests {
  static let expressions = [
    "m", "rate(m[10m])", "sum(m)", "avg_over_time(m[50m])", "sum by (host) (increase(m[30m]))",
    "quantile_over_time(0.9, m[20m])", "max_over_time(m[90m] offset 5m)",
    "m{host=\"a\"} / on() group_left sum(m)", "deriv(m[100m])", "count_over_time(m[3h])",
  ]

  @Test("answers are the same from memory, from files, from both, and after compaction")
  func sameAnswers() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "tsq-query-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    var options = StoreOptions()
    options.backgroundUpkeep = false
    let store = try Store.open(folder.path, options: options)
    var memory = MemoryProvider()
    memory.summarises = false
    memory.runLengths = [100_000]
    let engine = QueryEngine(store: store)
    let hosts = ["a", "b"]
    var columns = [SampleColumns(), SampleColumns()]
    var random = SeededGenerator(seed: 7)
    for part in 0..<4 {
      var batch = SampleBatch()
      for (index, host) in hosts.enumerated() {
        let id = try store.resolve(try #require(Labels(metric: "m", [("host", host)])))
        for minute in part * 500..<(part + 1) * 500 {
          let value = Double(minute % 333) * 2 + Double.random(in: 0...1, using: &random)
          let time = Int64(minute) * 60_000_000_000
          columns[index].append(time: time, value: value)
          batch.append(series: id, time: time, value: value)
        }
      }
      _ = try store.appendBlocking(batch)
      if part < 3 { _ = try store.flush() }
    }
    for (index, host) in hosts.enumerated() {
      memory.add(try #require(Labels(metric: "m", [("host", host)])), columns[index])
    }
    try compare(engine, memory, "three segments and the head")
    _ = try store.flush()
    try compare(engine, memory, "all in segments")
    _ = try store.compact()
    try compare(engine, memory, "compacted")
    let statistics = try engine.instant("sum_over_time(m[2000m])", at: minutes(1999)).statistics
    #expect(statistics.blocksFromSummaries > 0)
    #expect(statistics.series == 2)
    try store.close()
  }

  private func compare(
    _ engine: QueryEngine, _ memory: MemoryProvider, _ state: String
  ) throws {
    for expression in Self.expressions {
      let found = try series(engine, expression)
      let expected = try series(QueryEngine(provider: memory), expression)
      #expect(found.map(\.labels) == expected.map(\.labels), "\(state): \(expression)")
      for (one, other) in zip(found, expected) {
        #expect(one.columns.times == other.columns.times, "\(state): \(expression)")
        for (a, b) in zip(one.columns.values, other.columns.values) {
          #expect(
            (a - b).magnitude <= 1e-9 * max(1, b.magnitude), "\(state): \(expression) \(a) \(b)")
        }
      }
    }
  }

  private func series(_ engine: QueryEngine, _ expression: String) throws -> [SeriesSamples] {
    let result = try engine.range(
      expression, from: minutes(10), through: minutes(1999), stepNanoseconds: 7 * 60_000_000_000)
    #expect(result.warnings == [])
    guard case .matrix(let series) = result.value else { return [] }
    return series
  }

  @Test("damaged samples: a trend answers from summaries, raw samples with a warning")
  func damagedPayloads() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "tsq-query-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    var options = StoreOptions()
    options.backgroundUpkeep = false
    let store = try Store.open(folder.path, options: options)
    let id = try store.resolve(try #require(Labels(metric: "m")))
    var batch = SampleBatch()
    var random = SeededGenerator(seed: 11)
    // Enough for summaries: 137 blocks.
    let count = 140_000
    for index in 0..<count {
      let value = Double(index) / 100 + Double.random(in: -1...1, using: &random)
      batch.append(series: id, time: Int64(index) * 10_000_000_000, value: value)
    }
    _ = try store.appendBlocking(batch)
    _ = try store.flush()
    try store.close()
    let range = TimeRange(
      start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: Int64(count) * 10_000_000_000))
    let intact = try trend(folder.path, options, range)
    try damagePayloads(folder.appending(path: "segments"))

    let damaged = try trend(folder.path, options, range)
    #expect(damaged.series.first?.estimate == intact.series.first?.estimate)
    #expect(damaged.series.first?.estimate != nil)
    #expect(damaged.statistics.blocksFromSummaries >= 136)
    #expect(damaged.statistics.blocksDecoded == 0)
    #expect(damaged.warnings == [])
    let engine = QueryEngine(store: try Store.openReadOnly(folder.path, options: options))
    let raw = try engine.histories("m", in: range)
    #expect(raw.warnings.isEmpty == false)
    #expect(raw.warnings.allSatisfy { $0.hasPrefix("samples are missing: ") })
    guard case .matrix(let series) = raw.value else { return }
    #expect((series.first?.columns.count ?? 0) < count)
  }

  private func trend(
    _ folder: String, _ options: StoreOptions, _ range: TimeRange
  ) throws -> TrendResult {
    let store = try Store.openReadOnly(folder, options: options)
    return try QueryEngine(store: store).trends("m", in: range)
  }

  /// Flips bytes all over the part of each segment that holds samples; its end is the footer.
  private func damagePayloads(_ folder: URL) throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    #expect(files.isEmpty == false)
    for file in files {
      var bytes = try Data(contentsOf: file)
      for offset in stride(from: 1000, to: bytes.count * 8 / 10, by: 997) {
        bytes[bytes.startIndex + offset] ^= 0x10
      }
      try bytes.write(to: file)
    }
  }
}
