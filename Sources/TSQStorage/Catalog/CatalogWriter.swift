internal import Foundation
internal import GRDB
import TSQCodec
import TSQCore

/// One transaction that changes the catalog.
struct CatalogWriter {
  let db: Database
  var totals: TableTotals

  init(_ db: Database, _ totals: TableTotals) {
    self.db = db
    self.totals = totals
  }

  /// Adds the rows of a segment that is not there yet.
  ///
  /// Everything is read from the footer before the first row is written.
  mutating func add(_ segment: SegmentReader) throws {
    let last = try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(id) FROM segments"))
    let id = (last ?? 0) + 1
    let rows = try Self.pages(of: segment, id: id)
    try CatalogSchema.segments.put(try segment.info.row(id: id), db, &totals)
    for row in rows { try CatalogSchema.pages.put(row, db, &totals) }
  }

  /// The rows of `pages` that a segment's footer gives.
  ///
  /// - Throws: `SegmentError` where the footer cannot be read.
  static func pages(of segment: SegmentReader, id: Int64) throws -> [[DatabaseValue]] {
    var rows: [[DatabaseValue]] = []
    for (number, row) in try segment.directory().rows.enumerated() {
      let labels = try segment.labelPage(row: row)
      let chunks = ChunkPage(try segment.index(row: number))
      rows.append([
        id.databaseValue, row.firstSeries.databaseValue, row.seriesCount.databaseValue,
        Data(FooterPage.pack(labels)).databaseValue,
        Data(FooterPage.pack(chunks.encode())).databaseValue,
      ])
    }
    return rows
  }

  /// Notes which manifest the segments now listed belong to.
  mutating func agree(on generation: UInt64) throws {
    let values = [Int64(1).databaseValue, Int64(bitPattern: generation).databaseValue]
    try CatalogSchema.agreement.put(values, key: ["id"], db, &totals)
  }

  /// Removes a segment's rows; nothing happens where it is not known.
  mutating func remove(segment name: String) throws {
    let id = try Int64.fetchOne(
      db, sql: "SELECT id FROM segments WHERE name = ?", arguments: [name])
    guard let id else { return }
    try CatalogSchema.segments.delete(where: "id = ?", [id.databaseValue], db, &totals)
    try CatalogSchema.pages.delete(where: "segment_id = ?", [id.databaseValue], db, &totals)
  }
}

/// What a segment holds of each series of a page: time range, blocks and samples.
///
/// Written as differences from the series before, so that series sampled together take a few zero
/// bytes each, which the packing of pages then shrinks.
struct ChunkPage: Hashable {
  /// What the segment holds of one series.
  struct Chunk: Hashable {
    var firstTime: Int64 = 0
    var lastTime: Int64 = 0
    var blockCount = 0
    var sampleCount = 0
  }

  private(set) var chunks: [Chunk] = []

  /// The chunks of an index page.
  init(_ index: IndexPage.Contents) {
    for (start, end) in zip(index.starts, index.starts.dropFirst()) {
      let blocks = index.blocks[Int(start)..<Int(end)]
      guard let first = blocks.first, let last = blocks.last else {
        chunks.append(Chunk())
        continue
      }
      chunks.append(
        Chunk(
          firstTime: first.firstTime, lastTime: last.lastTime, blockCount: blocks.count,
          sampleCount: blocks.reduce(0) { $0 + $1.count }))
    }
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    var before = Chunk()
    for chunk in chunks {
      writer.append(zigzag: chunk.firstTime &- before.firstTime)
      writer.append(zigzag: chunk.lastTime &- before.lastTime)
      writer.append(zigzag: Int64(chunk.blockCount - before.blockCount))
      writer.append(zigzag: Int64(chunk.sampleCount - before.sampleCount))
      before = chunk
    }
    return writer.bytes
  }

  /// Reads a page that should hold `count` chunks.
  init(decoding bytes: [UInt8], count: Int) throws {
    var reader = ByteReader(bytes.rawSpan)
    var chunk = Chunk()
    for _ in 0..<count {
      chunk.firstTime &+= try reader.readZigzag()
      chunk.lastTime &+= try reader.readZigzag()
      chunk.blockCount &+= Int(try reader.readZigzag())
      chunk.sampleCount &+= Int(try reader.readZigzag())
      guard chunk.firstTime <= chunk.lastTime, chunk.blockCount >= 0,
        chunk.sampleCount >= chunk.blockCount
      else {
        throw InvalidPart("a chunk is out of range")
      }
      chunks.append(chunk)
    }
    guard reader.isAtEnd else { throw InvalidPart("bytes follow the last chunk") }
  }
}
