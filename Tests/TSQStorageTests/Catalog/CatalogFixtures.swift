import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// Segments for a catalog to know, and what it should say about them.
enum CatalogFixtures {
  /// A reader of a new segment in memory.
  static func segment(
    _ name: String, _ truth: SegmentTruth, supersedes: [String] = []
  ) throws -> SegmentReader {
    let files = MemoryFiles()
    var description = try SegmentFixtures.description()
    description.supersedes = supersedes
    description.samplesPerBlock = 16
    var writer = try SegmentWriter(
      fileSystem: files, temporaryPath: "s/\(name).tmp", description: description)
    let ordered = truth.sorted { LabelOrder.compare($0.labels, $1.labels) < 0 }
    for (labels, columns) in ordered { try writer.add(labels: labels, columns: columns) }
    _ = try writer.finish(publishAs: name)
    return try SegmentReader(fileSystem: files, path: "s/\(name)")
  }

  /// A few segments of random series.
  static func segments(seed: UInt64, count: Int = 4) throws -> [SegmentReader] {
    var random = RandomSeries(seed: seed)
    return try (0..<count).map { number in
      let truth = random.truth(seriesMax: 12, samplesMax: 60)
      return try segment("\(number).seg", truth)
    }
  }

  /// Expects a catalog to say what the footers of these segments say, and nothing else.
  static func expect(
    _ catalog: any CatalogStore, toAgreeWith segments: [SegmentReader], _ comment: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let infos = segments.map(\.info).sorted { $0.name < $1.name }
    #expect(try catalog.segments() == infos, comment, sourceLocation: sourceLocation)
    var series: Set<Labels> = []
    for segment in segments {
      let chunks = try catalog.chunks(ofSegment: segment.info.name)
      #expect(
        chunks.count == segment.info.seriesCount, comment, sourceLocation: sourceLocation)
      for chunk in chunks {
        series.insert(chunk.labels)
        let blocks = try segment.blocks(ofLocal: chunk.local)
        let labels = try segment.labels(ofLocal: chunk.local)
        #expect(chunk.labels == labels, comment, sourceLocation: sourceLocation)
        #expect(chunk.timeRange.start.nanoseconds == blocks.first?.firstTime, comment)
        #expect(chunk.timeRange.end.nanoseconds == blocks.last?.lastTime, comment)
        #expect(chunk.blockCount == blocks.count, comment, sourceLocation: sourceLocation)
        #expect(chunk.sampleCount == blocks.reduce(0) { $0 + $1.count }, comment)
      }
    }
    let listed = try catalog.series()
    #expect(Set(listed) == series, comment, sourceLocation: sourceLocation)
    #expect(listed.count == series.count, comment, sourceLocation: sourceLocation)
  }
}
