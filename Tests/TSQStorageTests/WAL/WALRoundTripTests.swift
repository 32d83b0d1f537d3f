import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("WAL round trip")
struct WALRoundTripTests {
  /// Writes batches as one file, reads them back, and compares bit for bit.
  private func expectRoundTrip(
    _ batches: [SampleBatch], _ resolver: TestResolver, _ context: String
  ) throws {
    let bench = WALBench(fileSystem: SimulatedFileSystem())
    let writer = try bench.writer(resolver)
    for batch in batches { _ = try writer.write([.samples(batch)]) }
    try writer.sync()
    // The same resolver gives the same numbers, so whole batches can be compared.
    var index = 0
    let report = try WALReader.replay(
      fileSystem: bench.fileSystem, directory: WALBench.directory, storeID: WALBench.storeID,
      resolver: resolver, readOnly: true
    ) { sequence, entry in
      #expect(sequence == UInt64(index + 1), "\(context)")
      #expect(entry == .samples(batches[index]), "\(context), batch \(index)")
      index += 1
    }
    #expect(index == batches.count, "\(context)")
    #expect(report.lastSequence == UInt64(batches.count))
    #expect(!report.foundDamage && report.tornByteCount == 0, "\(context): \(report)")
  }

  private static let specialValues: [Double] = [
    0, -0.0, 1, -1, 0.1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude,
    -.leastNonzeroMagnitude, .greatestFiniteMagnitude, 9_007_199_254_740_994,
    Double(bitPattern: SpecialValue.staleBits), Double(bitPattern: 0xfff8_0000_dead_beef),
  ]

  @Test(
    "every class of double, every kind of time, any order of series", arguments: propertySeeds())
  func randomBatches(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let resolver = TestResolver()
    let series = (0..<40).map { number in
      resolver.id(of: Labels(metric: "métrique \(number % 5)", [("n", "\(number)")]) ?? .none)
    }
    var batches: [SampleBatch] = []
    for _ in 0..<12 {
      var batch = SampleBatch()
      let count = [0, 1, 2, 3, 63, 64, 65, 700, 1500].randomElement(using: &generator) ?? 0
      let timeKind = Int.random(in: 0..<6, using: &generator)
      let valueKind = Int.random(in: 0..<5, using: &generator)
      for index in 0..<count {
        let time: Int64 =
          switch timeKind {
          case 0: 1_790_000_000_000_000_000
          case 1: 1_790_000_000_000_000_000 + Int64(index / 40) * 10_000_000_000
          case 2: Int64.random(in: -1_000...1_000, using: &generator) * 1_000_000
          case 3: Int64.random(in: .min ... .max, using: &generator)
          case 4: index.isMultiple(of: 2) ? .min : .max
          default: Int64(index) * 10_000_000_000 + Int64.random(in: 0...9_999, using: &generator)
          }
        let value: Double =
          switch valueKind {
          case 0: Self.specialValues.randomElement(using: &generator) ?? 0
          case 1: Double(bitPattern: generator.next())
          case 2: Double(Int.random(in: 0...900, using: &generator))
          case 3: Double(Int.random(in: 0...9_999, using: &generator)) / 100
          default: 42
          }
        let id =
          Bool.random(using: &generator)
          ? index % series.count
          : Int.random(
            in: 0..<series.count, using: &generator)
        batch.append(series: series[id], time: time, value: value)
      }
      batches.append(batch)
    }
    try expectRoundTrip(batches, resolver, "seed \(seed)")
  }

  @Test("tombstones and metadata come back, in order with samples")
  func orders() throws {
    let resolver = TestResolver()
    let id = resolver.id(of: try #require(Labels(metric: "up")))
    let range = TimeRange(start: Timestamp(nanoseconds: -5), end: .distantFuture)
    let matchers = [
      LabelMatcher.equal("__name__", "up"),
      try LabelMatcher(name: "host", kind: .notEqual, value: ""),
      try LabelMatcher(name: "zone", kind: .regex, value: "eu-.*|us-[0-9]+"),
      try LabelMatcher(name: "é", kind: .notRegex, value: "日本"),
    ]
    let entries: [WALEntry] = [
      .samples(SampleBatch(series: [id], times: [7], values: [1])),
      .tombstone(Tombstone(matchers: matchers, range: range)),
      .metadata(
        MetricMetadata(metric: "up", kind: .gaugeHistogram, unit: "seconds", help: "héllo\n")),
      .samples(SampleBatch(series: [id], times: [8], values: [2])),
    ]
    let bench = WALBench(fileSystem: SimulatedFileSystem())
    let writer = try bench.writer(resolver)
    #expect(try writer.write(entries) == 1...4)
    var seen: [WALEntry] = []
    _ = try WALReader.replay(
      fileSystem: bench.fileSystem, directory: WALBench.directory, storeID: WALBench.storeID,
      resolver: resolver, readOnly: true
    ) { _, entry in seen.append(entry) }
    #expect(seen == entries)
  }

  @Test("each file defines its series anew, and a series twice")
  func definitionsPerFile() throws {
    let fileSystem = SimulatedFileSystem()
    let bench = WALBench(fileSystem: fileSystem)
    let resolver = TestResolver()
    let id = resolver.id(of: try #require(Labels(metric: "a_name_to_search_for")))
    let writer = try bench.writer(resolver)
    for time in 0..<5 {
      _ = try writer.write([
        .samples(SampleBatch(series: [id], times: [Int64(time)], values: [0.5]))
      ])
      if time == 3 { #expect(try writer.rotate() == 5) }
    }
    #expect(occurrences(of: "a_name_to_search_for", in: fileSystem, file: 1) == 2)
    #expect(occurrences(of: "a_name_to_search_for", in: fileSystem, file: 2) == 1)
  }

  private func occurrences(
    of text: String, in fileSystem: SimulatedFileSystem, file: UInt64
  ) -> Int {
    let bytes = fileSystem.contents(WALDirectory.path(WALBench.directory, file)) ?? []
    let needle = Array(text.utf8)
    guard bytes.count >= needle.count else { return 0 }
    return (0...bytes.count - needle.count).count { bytes[$0..<$0 + needle.count] == needle[...] }
  }

  @Test("files holding nothing new are not read; those read after deliver only what is new")
  func afterSequence() throws {
    let fileSystem = SimulatedFileSystem()
    let bench = WALBench(fileSystem: fileSystem)
    let resolver = TestResolver()
    let writer = try bench.writer(resolver)
    var script = WALScript(seed: 5, stepCount: 0)
    script.steps =
      Array(
        repeating: [.write(entryCount: 3), .rotate], count: 4
      ).flatMap { $0 } + [.write(entryCount: 3), .sync]
    var model = WALModel()
    try script.run(on: writer, resolver, &model)
    for sequence in UInt64(0)...16 {
      let (entries, report) = try bench.replay(after: sequence, readOnly: true)
      #expect(entries.map(\.0) == (1...15).filter { $0 > sequence })
      #expect(!report.foundDamage && !report.beginsAfterGap)
      #expect(report.fileCount == 5 - min(4, Int(sequence) / 3))
      #expect(report.lastSequence == max(15, sequence))
      for (number, entry) in entries { #expect(entry == model.acknowledged[number]) }
    }
    try writer.dropPrefix(throughSequence: 8)
    #expect(writer.fileCount == 3)
    let (entries, report) = try bench.replay(after: 3, readOnly: true)
    #expect(entries.first?.0 == 7 && report.beginsAfterGap && report.missingEntryCount == 3)
    #expect(try bench.replay(after: 6, readOnly: true).report.beginsAfterGap == false)
  }

  @Test("a store that is only opened and closed leaves one log file")
  func openAndClose() throws {
    let fileSystem = SimulatedFileSystem()
    let bench = WALBench(fileSystem: fileSystem)
    for _ in 0..<5 {
      let (entries, report) = try bench.replay()
      #expect(entries.isEmpty && report.lastSequence == 0)
      try bench.writer(after: report, TestResolver()).close()
    }
    #expect(fileSystem.paths.count == 1)
  }

  @Test("another store's log and a newer format are refused, by name")
  func refusals() throws {
    let fileSystem = SimulatedFileSystem()
    let bench = WALBench(fileSystem: fileSystem)
    _ = try bench.writer(TestResolver())
    let path = WALDirectory.path(WALBench.directory, 1)
    let good = try #require(fileSystem.contents(path))
    let other = StoreID.random()
    fileSystem.setContents(path, WALFileHeader(storeID: other, firstSequence: 1).encoded())
    #expect(
      throws: StoreError.foreignFile(path: path, expected: WALBench.storeID, found: other)
    ) { try bench.replay() }
    var newer = good
    newer[8] = 2
    fileSystem.setContents(path, WALHeaderForging.withChecksum(newer))
    #expect(
      throws: StoreError.newerFormat(path: path, found: 2 << 16, supported: 1 << 16)
    ) { try bench.replay() }
  }

  @Test("an entry that no frame can hold is refused and leaves no trace")
  func tooLarge() throws {
    let bench = WALBench(fileSystem: SimulatedFileSystem())
    let resolver = TestResolver()
    let writer = try bench.writer(resolver)
    let id = resolver.id(of: try #require(Labels(metric: "up")))
    let count = WALFormat.samplesPerFrameMax + 1
    let big = SampleBatch(
      series: Array(repeating: id, count: count), times: Array(repeating: 0, count: count),
      values: Array(repeating: 0, count: count))
    let small = SampleBatch(series: [id], times: [1], values: [1])
    #expect(throws: StoreError.self) {
      try writer.write([.samples(small), .samples(big)])
    }
    #expect(writer.bytesSinceRotation == 0 && writer.nextSequence == 1)
    _ = try writer.write([.samples(small)])
    let (entries, report) = try bench.replay()
    #expect(entries.count == 1 && !report.foundDamage)
  }
}
