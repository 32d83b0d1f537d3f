import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("What a store takes")
struct StoreUsageTests {
  private let day: Int64 = 86_400_000_000_000

  private func append(
    _ store: Store, _ labels: Labels?, hours: Range<Int>, _ value: (Int) -> Double
  ) throws {
    let id = try store.resolve(try #require(labels))
    _ = try store.appendBlocking(
      SampleBatch(
        series: hours.map { _ in id }, times: hours.map { Int64($0) * (day / 24) },
        values: hours.map(value)))
  }

  @Test("every byte of the segments is some metric's, and every sample is counted once")
  func shares() async throws {
    var random = SeededGenerator(seed: 3)
    try await withTemporaryStore { store, _ in
      for host in ["a", "b"] {
        try append(store, Labels(metric: "noise", [("host", host)]), hours: 0..<720) { _ in
          Double.random(in: 0...1, using: &random)
        }
      }
      try append(store, Labels(metric: "flat"), hours: 0..<240) { _ in 1 }
      try store.flush()
      try append(store, Labels(metric: "flat"), hours: 240..<720) { _ in 1 }
      try store.flush()
      let usage = try store.usage()
      #expect(usage.bytes == store.statistics().segmentBytes)
      #expect(usage.metrics.map(\.metric) == ["noise", "flat"])
      #expect(usage.metrics.map(\.series) == [2, 1])
      #expect(usage.metrics.map(\.samples) == [1440, 720])
      let shared = usage.metrics.reduce(0) { $0 + $1.bytes }
      #expect(abs(shared - usage.bytes) <= 2, "\(shared) of \(usage.bytes)")
      let perDay = usage.days.reduce(0) { $0 + $1.bytes }
      #expect(abs(perDay - Double(usage.bytes)) < 2, "\(perDay) of \(usage.bytes)")
      #expect(usage.days.count == 30)
      #expect(usage.days.map(\.start) == (0..<30).map { Int64($0) * 86_400 })
      // A sample an hour and series, the last day being cut short by nothing.
      #expect(abs(usage.metrics[0].samplesPerDay - 48) < 1, "\(usage.metrics[0])")
      #expect(usage.metrics[0].bytesPerDay > usage.metrics[1].bytesPerDay)
    }
  }

  @Test("the first and the last instant there are have their days")
  func ends() async throws {
    try await withTemporaryStore { store, _ in
      let id = try store.resolve(try #require(Labels(metric: "m")))
      _ = try store.appendBlocking(
        SampleBatch(
          series: [id, id, id, id], times: [.min, .min + 3, .max - 3, .max], values: [1, 2, 3, 4]))
      try store.flush()
      let usage = try store.usage()
      #expect(usage.metrics.map(\.samples) == [4])
      #expect(usage.days.reduce(0) { $0 + $1.samples } == 4, "\(usage.days)")
    }
  }

  @Test("samples a day are told from the days a metric has samples of, not from others' days")
  func perDay() async throws {
    try await withTemporaryStore { store, _ in
      try append(store, Labels(metric: "old"), hours: 0..<480) { Double($0) }
      try append(store, Labels(metric: "new"), hours: 444..<480) { Double($0) }
      // The clock of the data: its last whole day ends where this one begins.
      try append(store, Labels(metric: "end"), hours: 480..<481) { _ in 1 }
      try store.flush()
      let usage = try store.usage()
      for name in ["old", "new"] {
        let metric = try #require(usage.metrics.first { $0.metric == name })
        #expect(abs(metric.samplesPerDay - 24) < 0.5, "\(metric)")
      }
    }
  }

  @Test("days are apart by how long they are kept, and one sample of the far future moves nothing")
  func retentionAndFuture() async throws {
    var options = quietOptions()
    let now = Timestamp(nanoseconds: 30 * day)
    options.clock = { now }
    try await withTemporaryStore(options) { store, directory in
      try append(store, Labels(metric: "short"), hours: 0..<720) { Double($0) }
      try append(store, Labels(metric: "long"), hours: 0..<720) { Double($0) }
      try store.state().setRetentionRules([
        RetentionRule(metricPattern: "short", keepSeconds: 864_000)
      ])
      try append(store, Labels(metric: "future"), hours: 2_000_000..<2_000_001) { _ in 1 }
      try store.flush()
      for reader in [store, try Store.openReadOnly(directory, options: options)] {
        let usage = try reader.usage()
        #expect(usage.retention.map(\.metricPattern) == ["short"])
        #expect(usage.days.filter { $0.keepSeconds == 864_000 }.count == 30)
        #expect(usage.days.filter { $0.keepSeconds == 0 }.count == 31)
        let long = try #require(usage.metrics.first { $0.metric == "long" })
        #expect(abs(long.samplesPerDay - 24) < 0.5, "\(long)")
        if reader.isReadOnly { try reader.close() }
      }
    }
  }
}
