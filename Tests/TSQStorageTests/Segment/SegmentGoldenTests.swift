import Foundation
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// Files of version 1 open for ever: the bytes of one are kept, with their meaning.
@Suite struct SegmentGoldenTests {
  private static var path: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Golden/Segment/v1.txt").path
  }

  /// What the golden file holds: shared timestamps, short and full blocks, odd values and labels.
  private func truth() throws -> SegmentTruth {
    let minute = (0..<10).map { 1_700_000_000_000_000_000 + Int64($0) * 60_000_000_000 }
    let stale = Double(bitPattern: SpecialValue.staleBits)
    return [
      (
        try SegmentFixtures.labels("cpu_usage", [("host", "a")]),
        SampleColumns(
          times: minute, values: [0.25, 0.26, 0.24, 0.3, 0.29, 0.31, 0.33, 0.32, 0.4, 0.38])
      ),
      (
        try SegmentFixtures.labels("cpu_usage", [("host", "ä\u{0}\"")]),
        SampleColumns(times: minute, values: (0..<10).map { 1 / Double($0 + 3) })
      ),
      (
        try SegmentFixtures.labels("requests_total", [("host", "a")]),
        SampleColumns(times: minute, values: [1, 2, 4, 8, 16, 3, 5, 6, 6, 6])
      ),
      (
        try SegmentFixtures.labels("up"),
        SampleColumns(
          times: [.min, -1, 0, 1_234_567, .max], values: [-0.0, .nan, -.infinity, stale, 5e-3])
      ),
    ]
  }

  private func description() throws -> SegmentWriter.Description {
    var description = try SegmentFixtures.description()
    description.samplesPerBlock = 6
    description.supersedes = ["000000000003-000000000009-p2921-0.seg"]
    description.metadata = [
      MetricMetadata(metric: "cpu_usage", kind: .gauge, unit: "ratio", help: "Time not idle.")
    ]
    return description
  }

  @Test("the golden segment of version 1 gives back its samples, and its bytes mean what they say")
  func golden() throws {
    if environment("TSQ_RECORD_GOLDEN") != nil {
      let (files, _) = try SegmentFixtures.write(try truth(), try description())
      let text = try SegmentDump.text(try #require(files[SegmentFixtures.path]))
      try text.write(toFile: Self.path, atomically: true, encoding: .utf8)
    }
    let text = try String(contentsOfFile: Self.path, encoding: .utf8)
    let bytes = SegmentDump.bytes(text)
    let reader = try SegmentFixtures.reader(MemoryFiles([SegmentFixtures.path: bytes]))
    try SegmentFixtures.expectTruth(reader, try truth(), "the golden file")
    let description = try description()
    #expect(reader.info.storeID == description.storeID)
    #expect(reader.info.sequences == description.sequences)
    #expect(reader.info.partition == description.partition)
    #expect(reader.info.supersedes == description.supersedes)
    #expect(try reader.metadata() == description.metadata)
    #expect(try SegmentDump.text(bytes) == text)
  }

  @Test("the same input gives the same bytes, in whatever order series are added")
  func deterministic() throws {
    let truth = try truth()
    let (one, _) = try SegmentFixtures.write(truth, try description())
    let (two, _) = try SegmentFixtures.write(truth, try description())
    #expect(one[SegmentFixtures.path] == two[SegmentFixtures.path])
    let (three, _) = try SegmentFixtures.write(truth.reversed(), try description())
    #expect(
      try SegmentFixtures.reader(three).localSeries() == SegmentFixtures.reader(one).localSeries())
  }

  @Test("the labels of the golden input are still written as they were")
  func labelsUnchanged() throws {
    let text = try String(contentsOfFile: Self.path, encoding: .utf8)
    let golden = SegmentDump.bytes(text)
    let (files, _) = try SegmentFixtures.write(try truth(), try description())
    let written = try #require(files[SegmentFixtures.path])
    func page(_ bytes: [UInt8], _ part: (PageDirectory.Row) -> PageDirectory.Page) throws -> [UInt8]
    {
      let reader = try SegmentFixtures.reader(MemoryFiles([SegmentFixtures.path: bytes]))
      let page = part(try #require(try reader.directory().rows.first))
      // Unpacked, because another version of liblz4 may pack differently.
      return try FooterPage.unpack(
        Array(bytes[Int(page.offset)..<Int(page.offset) + page.length]))
    }
    // Frames may get smaller as encoders get better, and sums round otherwise; labels do neither.
    #expect(try page(written, \.labels) == page(golden, \.labels))
  }
}
