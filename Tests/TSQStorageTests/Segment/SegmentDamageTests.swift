import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// Damaged files are met with a clear error or a right answer; never with a trap or a wrong value.
@Suite struct SegmentDamageTests {
  /// A small segment with every part: series that share timestamps, several blocks, metadata.
  private func sample() throws -> (truth: SegmentTruth, files: MemoryFiles) {
    var description = try SegmentFixtures.description()
    description.samplesPerBlock = 8
    description.supersedes = ["000000000003-000000000009-p2921-0.seg"]
    description.metadata = [MetricMetadata(metric: "cpu", kind: .gauge)]
    let times = (0..<20).map { Int64($0) * 10_000_000_000 }
    let truth: SegmentTruth = [
      (
        try SegmentFixtures.labels("cpu", [("host", "a")]),
        SampleColumns(times: times, values: times.map { Double($0 % 7) / 100 })
      ),
      (
        try SegmentFixtures.labels("cpu", [("host", "b")]),
        SampleColumns(times: times, values: times.indices.map { 1 / Double($0 + 3) })
      ),
      (
        try SegmentFixtures.labels("up"),
        SampleColumns(times: [5, 17, 400], values: [.nan, -0.0, .infinity])
      ),
    ]
    return (truth, try SegmentFixtures.write(truth, description).files)
  }

  /// Reads all that can be read and expects it to be true; returns the errors met.
  private func readAll(_ files: MemoryFiles, _ truth: SegmentTruth) throws -> [SegmentError] {
    let reader: SegmentReader
    do throws(SegmentError) { reader = try SegmentFixtures.reader(files) } catch { return [error] }
    let known = Dictionary(uniqueKeysWithValues: truth.map { ($0.labels, $0.columns) })
    let (series, damage) = reader.readableSeries()
    var errors = damage
    for (local, labels) in series {
      let columns = try #require(known[labels], "an invented series \(labels)")
      do throws(SegmentError) {
        for block in try reader.blocks(ofLocal: local) {
          let expected = columns.indices(in: block.timeRange)
          let run = SampleColumns(
            times: Array(columns.times[expected]), values: Array(columns.values[expected]))
          #expect(expected.count == block.count)
          errors += readBlock(reader, block, run)
        }
      } catch { errors.append(error) }
    }
    do throws(SegmentError) {
      #expect(try reader.metadata() == [MetricMetadata(metric: "cpu", kind: .gauge)])
    } catch { errors.append(error) }
    #expect(reader.verify(deep: true).isEmpty == errors.isEmpty)
    return errors
  }

  private func readBlock(
    _ reader: SegmentReader, _ block: BlockEntry, _ expected: SampleColumns
  ) -> [SegmentError] {
    var errors: [SegmentError] = []
    var found = SampleColumns()
    do throws(SegmentError) {
      try reader.decode(block, into: &found)
      #expect(SegmentFixtures.areIdentical(found, expected))
    } catch {
      #expect(found.isEmpty, "a failed decode appends nothing")
      errors.append(error)
    }
    do throws(SegmentError) {
      let computed = SeriesSummary(times: expected.times.span, values: expected.values.span)
      let stored = try reader.summary(block)
      #expect(SummaryRow.areIdentical(stored, computed, block))
    } catch { errors.append(error) }
    return errors
  }

  @Test("every flipped byte is noticed, and nothing else is lost than what it stands in")
  func everyByteFlipped() throws {
    let (truth, files) = try sample()
    let whole = try #require(files[SegmentFixtures.path])
    #expect(try readAll(files, truth).isEmpty)
    for offset in whole.indices {
      // One bit low, one bit high, in turn: the checksums see every single bit alike.
      for mask in [UInt8(1) << (offset % 8)] {
        var bytes = whole
        bytes[offset] ^= mask
        files[SegmentFixtures.path] = bytes
        let errors = try readAll(files, truth)
        #expect(!errors.isEmpty, "byte \(offset) flipped by \(mask) was not noticed")
        #expect(errors.allSatisfy { $0.isDamage }, "byte \(offset): \(errors)")
      }
    }
  }

  @Test("a damaged block costs that block, or the blocks that share its timestamps")
  func damagedFrames() throws {
    let (truth, files) = try sample()
    let whole = try #require(files[SegmentFixtures.path])
    let blocks = try SegmentFixtures.reader(files).blocks(ofLocal: 0)
    let middle = try #require(blocks.dropFirst().first)
    var bytes = whole
    bytes[Int(middle.valuesOffset) + 5] ^= 1
    files[SegmentFixtures.path] = bytes
    let errors = try readAll(files, truth)
    #expect(errors.count == 1)
    guard case .damagedBlock(_, let series, let range, _) = try #require(errors.first) else {
      Issue.record("\(errors)")
      return
    }
    #expect(series == truth[0].labels)
    #expect(range == middle.timeRange)
    // The summary answers still, which is how a trend survives.
    let reader = try SegmentFixtures.reader(files)
    #expect(try reader.summary(middle).totalCount == middle.count)

    bytes = whole
    bytes[Int(middle.timesOffset) + 5] ^= 1
    files[SegmentFixtures.path] = bytes
    #expect(try readAll(files, truth).count == 2, "two series share these timestamps")
  }

  @Test("a file cut short anywhere is refused")
  func everyTruncation() throws {
    let (truth, files) = try sample()
    let whole = try #require(files[SegmentFixtures.path])
    for length in whole.indices {
      files[SegmentFixtures.path] = Array(whole[..<length])
      let errors = try readAll(files, truth)
      #expect(errors.count == 1 && errors.allSatisfy { $0.isDamage }, "cut to \(length): \(errors)")
    }
  }

  @Test("bytes appended to a file are noticed")
  func appendedBytes() throws {
    let (truth, files) = try sample()
    let whole = try #require(files[SegmentFixtures.path])
    for extra in [[UInt8(0)], Array(whole.suffix(32)), Array(repeating: 0, count: 4_096)] {
      files[SegmentFixtures.path] = whole + extra
      #expect(try readAll(files, truth).count == 1)
    }
  }

  @Test("a newer version and an unknown feature are refused with a hint, not called damage")
  func newerFormats() throws {
    let (_, files) = try sample()
    let whole = try #require(files[SegmentFixtures.path])
    func refuse(_ change: (inout [UInt8]) -> Void) throws -> SegmentError {
      var header = Array(whole[..<32])
      change(&header)
      var writer = ByteWriter()
      writer.append(contentsOf: header)
      writer.append(littleEndian: CRC32C.checksum(header.rawSpan))
      files[SegmentFixtures.path] = writer.bytes + whole[36...]
      return try #require(throws: SegmentError.self) { try SegmentFixtures.reader(files) }
    }
    let newer = try refuse { $0[8] = 2 }
    #expect(newer == .newerFormat(path: SegmentFixtures.path, version: 2, supported: 1))
    #expect("\(newer)".contains("use a newer tsq"))
    let feature = try refuse { $0[12] = 4 }
    #expect(feature == .unknownFeatures(path: SegmentFixtures.path, bits: 4))
    #expect("\(feature)".contains("use a newer tsq"))
    #expect(!newer.isDamage && !feature.isDamage)
  }

  @Test("damaged summaries leave the samples readable")
  func damagedSummaries() throws {
    let (truth, files) = try sample()
    let root = try SegmentFixtures.reader(files).root
    var bytes = try #require(files[SegmentFixtures.path])
    bytes[Int(root.summariesStart) + 3] ^= 1
    files[SegmentFixtures.path] = bytes
    let reader = try SegmentFixtures.reader(files)
    for (labels, columns) in truth {
      let local = try #require(try reader.local(of: labels))
      #expect(
        SegmentFixtures.areIdentical(try SegmentFixtures.samples(reader, local: local), columns))
      #expect(throws: SegmentError.self) { try reader.summaries(ofLocal: local) }
    }
    #expect(reader.verify(deep: false).count == 1, "one page, one report")
  }

  @Test("a file that is no segment is told apart from a damaged one")
  func foreignFiles() throws {
    for bytes in [[], Array("hello".utf8), Array(repeating: UInt8(0), count: 500)] {
      let files = MemoryFiles([SegmentFixtures.path: bytes])
      let error = #expect(throws: SegmentError.self) { try SegmentFixtures.reader(files) }
      guard case .damagedPart(_, .header, _) = try #require(error) else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    let missing = #expect(throws: SegmentError.self) { try SegmentFixtures.reader(MemoryFiles()) }
    #expect(try !#require(missing).isDamage)
  }
}
