import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// A segment gives back exactly what was written, whatever that was.
@Suite struct SegmentRoundTripTests {
  @Test("random series come back bit for bit", arguments: propertySeeds(24))
  func randomSeries(seed: UInt64) throws {
    var random = RandomSeries(seed: seed)
    let truth = random.truth(seriesMax: 24, samplesMax: 150)
    var description = try SegmentFixtures.description()
    description.samplesPerBlock = random.pick([1, 3, 64, 1_024, 8_192]) ?? 1
    let (files, info) = try SegmentFixtures.write(truth, description)
    let reader = try SegmentFixtures.reader(files)
    #expect(reader.info == info, "seed \(seed)")
    #expect(info.sampleCount == truth.reduce(0) { $0 + $1.columns.count }, "seed \(seed)")
    let times = truth.flatMap(\.columns.times)
    #expect(info.timeRange?.start.nanoseconds == times.min(), "seed \(seed)")
    #expect(info.timeRange?.end.nanoseconds == times.max(), "seed \(seed)")
    try SegmentFixtures.expectTruth(reader, truth, "seed \(seed)")
  }

  @Test("series are numbered in the order of their labels, whatever the order of adding")
  func orderOfSeries() throws {
    let one = SampleColumns(times: [1], values: [1])
    let truth: SegmentTruth = try ["b", "a", "é", "e\u{301}", "aa", "A"].map {
      (try SegmentFixtures.labels($0), one)
    }
    let (files, _) = try SegmentFixtures.write(truth, try SegmentFixtures.description())
    let names = try SegmentFixtures.reader(files).localSeries().map { Array($0.metric.utf8) }
    #expect(names == names.sorted { $0.lexicographicallyPrecedes($1) })
    #expect(names.count == 6, "two ways to write one letter are two series")
  }

  @Test("what the root says comes back")
  func root() throws {
    var description = try SegmentFixtures.description()
    description.supersedes = ["000000000003-000000000009-p2921-0.seg", "é"]
    description.metadata = [
      MetricMetadata(metric: "cpu", kind: .gauge, unit: "ratio", help: "Time used.\nPer core."),
      MetricMetadata(metric: "up"),
    ]
    let (files, info) = try SegmentFixtures.write([], description)
    let reader = try SegmentFixtures.reader(files)
    #expect(reader.info == info)
    #expect(info.storeID == description.storeID)
    #expect(info.sequences == 3...17)
    #expect(info.partition == 2_921)
    #expect(info.supersedes == description.supersedes)
    #expect(info.timeRange == nil)
    #expect(info.seriesCount == 0 && info.blockCount == 0 && info.sampleCount == 0)
    #expect(info.fileSize == Int64(files[SegmentFixtures.path]?.count ?? 0))
    #expect(try reader.metadata() == description.metadata)
    #expect(try reader.local(of: try SegmentFixtures.labels("cpu")) == nil)
    #expect(reader.verify(deep: true).isEmpty)
  }

  @Test("equal timestamps are stored once")
  func sharedTimestamps() throws {
    // Jittered, so that a timestamp frame is large.
    var random = RandomSeries(seed: 7)
    let times = (0..<1_000).map { index in
      Int64(index) * 1_000_000_000 + Int64.random(in: 0..<100_000_000, using: &random.generator)
    }
    func size(series count: Int, shifted: Bool) throws -> Int64 {
      let truth: SegmentTruth = try (0..<count).map { number in
        let own = shifted ? times.map { $0 + Int64(number * number) } : times
        let columns = SampleColumns(times: own, values: times.map { Double($0 % 7) })
        return (try SegmentFixtures.labels("m\(number)"), columns)
      }
      return try SegmentFixtures.write(truth, try SegmentFixtures.description()).info.fileSize
    }
    let (shared, apart) = (
      try size(series: 10, shifted: false), try size(series: 10, shifted: true)
    )
    let single = try size(series: 1, shifted: false)
    #expect(shared - single < 9 * 600, "\(shared - single) bytes for nine more series")
    #expect(apart > shared + 9 * 2_000)
  }

  @Test("blocks in a range are found without the others")
  func blocksInRange() throws {
    var description = try SegmentFixtures.description()
    description.samplesPerBlock = 10
    let columns = SampleColumns(
      times: (0..<100).map { Int64($0) * 10 }, values: (0..<100).map(Double.init))
    let (files, _) = try SegmentFixtures.write(
      [(try SegmentFixtures.labels("m"), columns)], description)
    let reader = try SegmentFixtures.reader(files)
    let all = try reader.blocks(ofLocal: 0)
    #expect(all.count == 10)
    for start in stride(from: Int64(-15), to: 1_010, by: 5) {
      for length in [Int64(0), 5, 95, 300] {
        let range = TimeRange(
          start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: start + length))
        let found = try reader.blocks(ofLocal: 0, in: range)
        #expect(Array(found) == all.filter { $0.timeRange.overlaps(range) })
      }
    }
  }

  @Test("series of many pages are found by their labels and their numbers")
  func manyPages() throws {
    let truth: SegmentTruth = try (0..<700).map { number in
      let columns = SampleColumns(times: [Int64(number)], values: [Double(number)])
      return (try SegmentFixtures.labels("m", [("host", "host-\(number)")]), columns)
    }
    let (files, _) = try SegmentFixtures.write(truth, try SegmentFixtures.description())
    let reader = try SegmentFixtures.reader(files)
    #expect(try reader.directory().rows.count == 3)
    for (labels, columns) in truth {
      let local = try #require(try reader.local(of: labels))
      #expect(try reader.labels(ofLocal: local) == labels)
      #expect(try reader.blocks(ofLocal: local).map(\.firstTime) == columns.times)
    }
    #expect(try reader.local(of: try SegmentFixtures.labels("m", [("host", "host-")])) == nil)
    #expect(try reader.local(of: try SegmentFixtures.labels("a")) == nil)
    #expect(try reader.local(of: try SegmentFixtures.labels("z")) == nil)
  }

  @Test("a write that fails is reported and leaves nothing but what was renamed", arguments: 0..<6)
  func failingWrites(changes: Int) throws {
    let files = MemoryFiles(failingAfter: changes)
    let columns = SampleColumns(times: [1], values: [1])
    let labels = try SegmentFixtures.labels("m")
    let description = try SegmentFixtures.description()
    func write() throws(SegmentError) {
      var writer = try SegmentWriter(
        fileSystem: files, temporaryPath: "segments/a.seg.tmp", description: description)
      try writer.add(labels: labels, columns: columns)
      _ = try writer.finish(publishAs: "a.seg")
    }
    // Create, append, sync, rename, sync of the folder.
    if changes >= 5 {
      try write()
    } else {
      let error = #expect(throws: SegmentError.self) { try write() }
      #expect(try #require(error).storeError.isDiskFullError)
    }
    #expect(files.exists("segments/a.seg") == (changes >= 4))
    #expect(!files.exists("segments/a.seg.tmp"))
  }

  @Test("an abandoned segment leaves no file")
  func abandon() throws {
    let files = MemoryFiles()
    let writer = try SegmentWriter(
      fileSystem: files, temporaryPath: "segments/a.seg.tmp",
      description: try SegmentFixtures.description())
    writer.abandon()
    #expect(try files.list("segments").isEmpty)
  }

  @Test(
    "names of segments are read as they are written",
    arguments: [
      (UInt64(1), UInt64(42), Int64(2_921), UInt32(0)), (7, 7, -3, 9), (0, .max, .min, .max),
      (1_000_000_000_000, 1_000_000_000_001, .max, 1),
    ])
  func names(first: UInt64, last: UInt64, partition: Int64, generation: UInt32) {
    let name = SegmentName(sequences: first...last, partition: partition, generation: generation)
    #expect(SegmentName(fileName: name.fileName) == name)
  }

  @Test(
    "other names are no names of segments",
    arguments: [
      "", ".seg", "1-2-p3-4.seg", "000000000001-000000000002-3-0.seg",
      "000000000002-000000000001-p3-0.seg", "000000000001-000000000002-p3-0.seg.tmp",
      "000000000001-000000000002-p03-0.seg", "000000000001-000000000002-n0-0.seg",
    ])
  func foreignNames(text: String) { #expect(SegmentName(fileName: text) == nil) }
}

extension StoreError {
  fileprivate var isDiskFullError: Bool {
    if case .file(let error) = self { error.isDiskFull } else { false }
  }
}
