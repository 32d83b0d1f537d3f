import TSQCore
import Testing

@testable import TSQStorage

/// The format is frozen: version 1 files are read, and written, as they were when it was.
@Suite("WAL golden file")
struct WALGoldenTests {
  /// One of everything a log can hold, each column layout among it.
  private func entries(_ resolver: TestResolver) throws -> [WALEntry] {
    let series = try (0..<4).map { number in
      resolver.id(
        of: try #require(Labels(metric: "cpu_usage", [("host", "h\(number)"), ("zone", "é")])))
    }
    let scrape = SampleBatch(
      series: series, times: Array(repeating: 1_790_000_000_000_000_000, count: 4),
      values: [0.25, 12.5, -3, .infinity])
    var long = SampleBatch()
    for index in 0..<64 {
      long.append(
        series: series[index % 4], time: 1_790_000_010_000_000_000 + Int64(index / 4) * 1_000_000,
        value: Double(index) * 0.5)
    }
    let special = SampleBatch(
      series: [series[3], series[0], series[2]], times: [.max, .min, -1],
      values: [Double(bitPattern: SpecialValue.staleBits), -0.0, .nan])
    let range = TimeRange(
      start: Timestamp(nanoseconds: -1_000), end: Timestamp(nanoseconds: 2_000))
    let matchers = [
      LabelMatcher.metric("cpu_usage"),
      try LabelMatcher(name: "host", kind: .regex, value: "h[01]"),
    ]
    return [
      .samples(scrape), .samples(long), .samples(special),
      .tombstone(Tombstone(matchers: matchers, range: range)),
      .metadata(
        MetricMetadata(metric: "cpu_usage", kind: .gauge, unit: "ratio", help: "Share of time")),
      .samples(SampleBatch()),
    ]
  }

  /// Entries whose frames hold LZ4; another liblz4 may pack them otherwise.
  private func packedEntries(_ resolver: TestResolver) throws -> [WALEntry] {
    var planes = SampleBatch()
    for index in 0..<80 {
      let id = resolver.id(of: try #require(Labels(metric: "requests", [("path", "/p\(index)")])))
      planes.append(series: id, time: Int64(index * index), value: Double(1 + index % 2) / 3)
    }
    return [.samples(planes), .samples(planes)]
  }

  @Test("version 1 is written byte for byte and read back whole")
  func version1() throws {
    let resolver = TestResolver()
    let expected = try entries(resolver)
    let written = try write(expected, resolver)
    let golden = try GoldenFiles.bytes("WAL", "version-1.wal", current: written)
    #expect(written == golden)
    try expectContents(golden, expected, resolver)
  }

  @Test("version 1 with LZ4 is read back whole")
  func version1Packed() throws {
    let resolver = TestResolver()
    let expected = try packedEntries(resolver)
    let written = try write(expected, resolver)
    let golden = try GoldenFiles.bytes("WAL", "version-1-lz4.wal", current: written)
    // Shorter than the labels alone: both the definitions and the planes are packed in it.
    #expect(golden.count < 1_800)
    try expectContents(golden, expected, resolver)
    try expectContents(written, expected, resolver)
  }

  private func write(_ entries: [WALEntry], _ resolver: TestResolver) throws -> [UInt8] {
    let bench = WALBench(fileSystem: SimulatedFileSystem())
    let writer = try bench.writer(resolver)
    _ = try writer.write(entries)
    return try #require(bench.fileSystem.contents(WALDirectory.path(WALBench.directory, 1)))
  }

  private func expectContents(
    _ bytes: [UInt8], _ expected: [WALEntry], _ resolver: TestResolver
  ) throws {
    let disk = SimulatedFileSystem()
    disk.setContents(WALDirectory.path(WALBench.directory, 1), bytes)
    var seen: [WALEntry] = []
    let report = try WALReader.replay(
      fileSystem: disk, directory: WALBench.directory, storeID: WALBench.storeID,
      resolver: resolver, readOnly: true
    ) { _, entry in seen.append(entry) }
    #expect(seen == expected)
    #expect(!report.foundDamage && report.lastSequence == UInt64(expected.count))
  }
}
