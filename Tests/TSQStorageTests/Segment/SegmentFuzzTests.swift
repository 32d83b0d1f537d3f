import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// Bytes nobody wrote, with checksums that are right: what a reader meets in a hostile file.
///
/// Runs a fixed number of rounds in a test run, and for `TSQ_FUZZ_SECONDS` when that is set.
@Suite struct SegmentFuzzTests {
  /// Reads everything a segment can be asked for; any error will do, a trap will not.
  static func exercise(_ files: MemoryFiles) {
    guard let reader = try? SegmentFixtures.reader(files) else { return }
    // A hostile root may claim two billion series: asking about each is no use.
    let limit = min(reader.info.seriesCount, 64)
    _ = try? reader.metadata()
    var scratch = BlockScratch()
    for local in 0..<limit {
      _ = try? reader.labels(ofLocal: local)
      _ = try? reader.summaries(ofLocal: local)
      for block in (try? reader.blocks(ofLocal: local)) ?? [] {
        var columns = SampleColumns()
        try? reader.decode(block, into: &columns, scratch: &scratch)
      }
    }
    if reader.info.seriesCount <= 64 { _ = reader.verify(deep: true) }
  }

  /// Writes a segment and changes a few bytes of one part, then makes all checksums right again.
  static func round(_ generator: inout SeededGenerator, _ truth: SegmentTruth) throws {
    var description = try SegmentFixtures.description()
    description.samplesPerBlock = 16
    let (files, _) = try SegmentFixtures.write(truth, description)
    var bytes = try #require(files[SegmentFixtures.path])
    let reader = try SegmentFixtures.reader(files)
    var parts = try Parts(reader, bytes)
    parts.damage(&generator)
    bytes = parts.assemble(header: Array(bytes[..<Int(reader.root.framesEnd)]))
    files[SegmentFixtures.path] = bytes
    exercise(files)
    // The same without repaired checksums, and with plain damage besides.
    for _ in 0..<4 {
      let offset = Int.random(in: bytes.indices, using: &generator)
      bytes[offset] = UInt8.random(in: 0...255, using: &generator)
    }
    files[SegmentFixtures.path] = bytes
    exercise(files)
  }

  /// The pages of a footer, taken apart to be put together with right lengths and checksums.
  struct Parts {
    var rows: [(PageDirectory.Row, pages: [[UInt8]])]
    var root: SegmentRoot
    var metadata: [UInt8]
    let storeID: StoreID
    var rootBytes: [UInt8]?

    init(_ reader: SegmentReader, _ bytes: [UInt8]) throws {
      func page(_ page: PageDirectory.Page) throws -> [UInt8] {
        let start = Int(page.offset)
        return try FooterPage.unpack(Array(bytes[start..<start + page.length]))
      }
      rows = try reader.directory().rows.map {
        ($0, [try page($0.labels), try page($0.index), try page($0.summaries)])
      }
      root = reader.root
      storeID = reader.info.storeID
      let start = Int(root.metadataStart)
      metadata = Array(bytes[start..<start + root.metadata.length])
    }

    mutating func damage(_ generator: inout SeededGenerator) {
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let kind = Int.random(in: 0..<10, using: &generator)
        if kind < 8, let row = rows.indices.randomElement(using: &generator) {
          Parts.damage(&rows[row].pages[kind % 3], &generator)
        } else if kind == 8 {
          root.seriesCount = Int.random(in: 0...1 << 30, using: &generator)
          root.blockCount = Int.random(in: 0...1 << 30, using: &generator)
        } else {
          var bytes = root.encode(storeID: storeID)
          Parts.damage(&bytes, &generator)
          rootBytes = bytes
        }
      }
    }

    static func damage(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
      guard let offset = bytes.indices.randomElement(using: &generator) else { return }
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes[offset] = UInt8.random(in: 0...255, using: &generator)
      case 2: bytes.remove(at: offset)
      default: bytes.insert(contentsOf: Array(repeating: 0xFF, count: 9) + [1], at: offset)
      }
    }

    func assemble(header frames: [UInt8]) -> [UInt8] {
      var (root, file) = (root, frames)
      var drafts = rows.map { row, _ in
        PageDirectory.Draft(
          seriesCount: row.seriesCount, blockCount: row.blockCount, labels: PageLocation(),
          index: PageLocation(), summaries: PageLocation())
      }
      for kind in 0..<3 {
        let start = file.count
        for (number, row) in rows.enumerated() {
          let packed = FooterPage.pack(row.pages[kind])
          let location = PageLocation(packed)
          switch kind {
          case 0: drafts[number].labels = location
          case 1: drafts[number].index = location
          default: drafts[number].summaries = location
          }
          file += packed
        }
        let length = Int64(file.count - start)
        switch kind {
        case 0: root.labelsLength = length
        case 1: root.indexLength = length
        default: root.summariesLength = length
        }
      }
      let directory = PageDirectory.encode(drafts)
      root.directory = PageLocation(directory)
      root.metadata = PageLocation(metadata)
      file += metadata + directory
      let bytes = rootBytes ?? root.encode(storeID: storeID)
      return file + bytes + SegmentFormat.trailer(rootOffset: Int64(file.count), root: bytes)
    }
  }

  @Test("no bytes make the reader trap, whatever their checksums say")
  func hostileFiles() throws {
    let seconds = environment("TSQ_FUZZ_SECONDS").flatMap(Int.init) ?? 0
    let deadline = ContinuousClock.now + .seconds(seconds)
    var seed: UInt64 = environment("TSQ_TEST_SEED").flatMap(UInt64.init) ?? 1
    var rounds = 0
    repeat {
      var random = RandomSeries(seed: seed)
      let truth = random.truth(seriesMax: 8, samplesMax: 60)
      if seconds > 0, rounds % 1_000 == 0 { print("segment fuzz: seed \(seed)") }
      for _ in 0..<10 { try Self.round(&random.generator, truth) }
      seed += 1
      rounds += 1
    } while rounds < 15 || ContinuousClock.now < deadline
  }
}
