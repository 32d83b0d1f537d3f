import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// What a store should hold, kept in plain dictionaries; shares no code with the store.
struct StoreModel: Sendable {
  /// Bits of the value by series and time.
  var samples: [Labels: [Int64: UInt64]] = [:]

  mutating func append(_ batch: [(labels: Labels, time: Int64, value: Double)]) {
    for sample in batch {
      samples[sample.labels, default: [:]][sample.time] = sample.value.bitPattern
    }
  }

  mutating func delete(_ matchers: [LabelMatcher], _ range: TimeRange) {
    for labels in samples.keys
    where matchers.allSatisfy({ $0.matches(labels[$0.name] ?? "") }) {
      samples[labels] = samples[labels]?.filter {
        !(range.start.nanoseconds...range.end.nanoseconds).contains($0.key)
      }
    }
  }

  /// Compares everything a snapshot answers, but of one metric; the comment of each expectation names
  /// the place.
  func check(_ snapshot: StoreSnapshot, without metric: String? = nil, _ place: String) throws {
    let listed = snapshot.series(matching: []).filter { $0.labels.metric != metric }
    let expected = samples.filter { !$0.value.isEmpty }
    #expect(
      Set(expected.keys).subtracting(listed.map(\.labels)).isEmpty, "series missing: \(place)")
    for series in listed {
      let want = (samples[series.labels] ?? [:]).sorted { $0.key < $1.key }
      try check(snapshot, series, want.map(\.key), want.map(\.value), .all, place)
      guard want.count > 2 else { continue }
      let range = TimeRange(
        start: Timestamp(nanoseconds: want[want.count / 3].key),
        end: Timestamp(nanoseconds: want[want.count * 2 / 3].key))
      let inside = want.filter { range.contains(Timestamp(nanoseconds: $0.key)) }
      try check(snapshot, series, inside.map(\.key), inside.map(\.value), range, place)
    }
  }

  private func check(
    _ snapshot: StoreSnapshot, _ series: SeriesRef, _ times: [Int64], _ bits: [UInt64],
    _ range: TimeRange, _ place: String
  ) throws {
    var columns = SampleColumns()
    try snapshot.samples(
      of: series.id, in: range, into: &columns, statistics: ReadStatistics())
    #expect(columns.times == times, "times of \(series.labels): \(place)")
    #expect(columns.values.map(\.bitPattern) == bits, "values of \(series.labels): \(place)")
    let statistics = ReadStatistics()
    let latest = try snapshot.latest(of: series.id, notAfter: range.end, statistics: statistics)
    let last = (samples[series.labels] ?? [:]).keys.filter { $0 <= range.end.nanoseconds }.max()
    #expect(latest?.time.nanoseconds == last, "latest of \(series.labels): \(place)")
    try checkRuns(snapshot.runs(of: series.id, in: range), place)
  }

  private func checkRuns(_ runs: [SeriesRun], _ place: String) throws {
    for (left, right) in zip(runs, runs.dropFirst()) {
      #expect(left.timeRange.end < right.timeRange.start, "runs overlap: \(place)")
    }
    for run in runs {
      let statistics = ReadStatistics()
      guard let summary = run.summary(statistics: statistics) else { continue }
      #expect(statistics.blocksDecoded == 0 && statistics.blocksFromSummaries == 1)
      var columns = SampleColumns()
      try run.decode(into: &columns, statistics: statistics)
      let computed = SeriesSummary(times: columns.times.span, values: columns.values.span)
      #expect("\(summary)" == "\(computed)", "summary is not that of the samples: \(place)")
      #expect(run.count == columns.count, "count of a whole block: \(place)")
    }
  }
}

/// A store on a file system in memory, next to its model.
struct ModelledStore {
  var fileSystem: SimulatedFileSystem
  var store: Store
  var model = StoreModel()
  var options: StoreOptions

  /// Partitions of 1,000 s, so that small data spans several.
  init(_ fileSystem: SimulatedFileSystem = SimulatedFileSystem()) throws {
    var options = quietOptions()
    options.partitionLength = .seconds(1000)
    options.syncPolicy = .never
    self.options = options
    self.fileSystem = fileSystem
    store = try Store.open("/store", options: options, fileSystem: fileSystem)
  }

  /// Appends to the store and, once acknowledged, to the model.
  mutating func append(_ batch: [(labels: Labels, time: Int64, value: Double)]) throws {
    _ = try store.appendBlocking(try store.columns(batch))
    model.append(batch)
  }

  mutating func delete(_ matchers: [LabelMatcher], _ range: TimeRange) async throws {
    _ = try await store.delete(matchers, range: range)
    model.delete(matchers, range)
  }

  mutating func reopen() throws {
    try store.close()
    store = try Store.open("/store", options: options, fileSystem: fileSystem)
  }
}

/// Random series, samples and deletions over a small domain, so that everything collides.
struct RandomWorkload {
  var generator: SeededGenerator
  let series: [Labels]

  init(seed: UInt64, seriesCount: Int = 6) throws {
    generator = SeededGenerator(seed: seed)
    series = try (0..<seriesCount).map { index in
      try #require(
        Labels(metric: "m\(index % 2)", [("host", "h\(index)"), ("zone", index < 3 ? "a" : "")]))
    }
  }

  mutating func batch(maximum: Int = 400) -> [(labels: Labels, time: Int64, value: Double)] {
    let count = Int.random(in: 1...maximum, using: &generator)
    let start = Int64.random(in: -2000...4000, using: &generator)
    let isOrdered = Bool.random(using: &generator)
    return (0..<count).map { index in
      let labels = series[Int.random(in: 0..<series.count, using: &generator)]
      let second =
        isOrdered ? start + Int64(index) * 7 : Int64.random(in: -3000...6000, using: &generator)
      return (labels, time(second), value())
    }
  }

  /// Mostly whole seconds; sometimes the ends of what can be stored.
  private mutating func time(_ second: Int64) -> Int64 {
    switch Int.random(in: 0..<500, using: &generator) {
    case 0: .min
    case 1: .max
    case 2: second * 1_000_000_000 + 1
    default: second * 1_000_000_000
    }
  }

  private mutating func value() -> Double {
    switch Int.random(in: 0..<40, using: &generator) {
    case 0: Double(bitPattern: SpecialValue.staleBits)
    case 1: -0.0
    case 2: .infinity
    case 3: Double(bitPattern: 0x7ff8_dead_beef_0001)
    case 4: Double.random(in: -1...1, using: &generator)
    default: Double(Int.random(in: 0...10_000, using: &generator)) / 100
    }
  }

  mutating func deletion() throws -> ([LabelMatcher], TimeRange) {
    let matchers: [[LabelMatcher]] = [
      [.metric("m0")], [.metric("m1"), .equal("zone", "a")], [.equal("host", "h1")],
      [try LabelMatcher(name: "host", kind: .regex, value: "h[0-3]")],
      [try LabelMatcher(name: "zone", kind: .notEqual, value: "a"), .metric("m1")],
    ]
    let start = Int64.random(in: -3000...6000, using: &generator)
    let length = Int64.random(in: 0...3000, using: &generator)
    let range = TimeRange(
      start: Timestamp(nanoseconds: start * 1_000_000_000),
      end: Timestamp(nanoseconds: (start + length) * 1_000_000_000))
    let isWhole = Int.random(in: 0..<5, using: &generator) == 0
    return (matchers[Int.random(in: 0..<5, using: &generator)], isWhole ? .all : range)
  }
}

extension Store {
  /// The samples of a model as the store takes them, their series resolved.
  func columns(
    _ batch: [(labels: Labels, time: Int64, value: Double)]
  ) throws(StoreError) -> SampleBatch {
    var columns = SampleBatch()
    for sample in batch {
      columns.append(
        series: try resolve(sample.labels), time: sample.time, value: sample.value)
    }
    return columns
  }
}
