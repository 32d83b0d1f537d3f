internal import Foundation
internal import GRDB
import TSQCodec
import TSQCore

/// One transaction that changes the catalog.
struct CatalogWriter {
  let db: Database
  var totals: TableTotals
  /// Ids found or given in this transaction, by the bytes of what they stand for.
  private var labelIDs: [[UInt8]: Int64] = [:]
  private var seriesIDs: [[UInt8]: Int64] = [:]

  init(_ db: Database, _ totals: TableTotals) {
    self.db = db
    self.totals = totals
  }

  // MARK: - Adding

  /// Adds the rows of a segment that is not there yet.
  ///
  /// Everything is read from the footer before the first row is written.
  mutating func add(_ segment: SegmentReader) throws {
    let labels = try segment.localSeries()
    let id = try nextID("segments")
    try CatalogSchema.segments.put(try segment.info.row(id: id), db, &totals)
    for (local, labels) in labels.enumerated() {
      let blocks = try segment.blocks(ofLocal: local)
      guard let first = blocks.first, let last = blocks.last else { continue }
      var summary: DatabaseValue = .null
      // Damaged summaries are no reason to do without the rest.
      if let parts = try? segment.summaries(ofLocal: local) {
        var merged = SeriesSummary()
        for part in parts { merged.merge(part) }
        let chunk = ChunkSummary(merged, first: first.firstTime, last: last.lastTime)
        summary = Data(chunk.bytes).databaseValue
      }
      let row: [DatabaseValue] = [
        id.databaseValue, local.databaseValue, try seriesID(labels).databaseValue,
        first.firstTime.databaseValue, last.lastTime.databaseValue, blocks.count.databaseValue,
        blocks.reduce(0) { $0 + $1.count }.databaseValue, summary,
      ]
      try CatalogSchema.chunks.put(row, db, &totals)
    }
  }

  private mutating func seriesID(_ labels: Labels) throws -> Int64 {
    var ids = ByteWriter()
    for pair in labels.pairs { ids.append(varint: UInt64(try labelID(pair))) }
    if let known = seriesIDs[ids.bytes] { return known }
    let key = Data(ids.bytes)
    let found = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM series WHERE label_ids = ?"), arguments: [key])
    let id: Int64
    if let found {
      id = found
    } else {
      id = try nextID("series")
      try CatalogSchema.series.put([id.databaseValue, key.databaseValue], db, &totals)
    }
    seriesIDs[ids.bytes] = id
    return id
  }

  private mutating func labelID(_ label: Label) throws -> Int64 {
    let key = Array(label.name.utf8) + [0xFF] + Array(label.value.utf8)
    if let known = labelIDs[key] { return known }
    let (name, value) = (Data(label.name.utf8), Data(label.value.utf8))
    let found = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM labels WHERE name = ? AND value = ?"),
      arguments: [name, value])
    let id: Int64
    if let found {
      id = found
    } else {
      id = try nextID("labels")
      try CatalogSchema.labels.put(
        [id.databaseValue, name.databaseValue, value.databaseValue], db, &totals)
    }
    labelIDs[key] = id
    return id
  }

  private func nextID(_ table: String) throws -> Int64 {
    (try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(id) FROM \(table)")) ?? 0) + 1
  }

  // MARK: - Removing

  /// Removes a segment's rows; nothing happens where it is not known.
  mutating func remove(segment name: String) throws {
    let id = try Int64.fetchOne(
      db, sql: "SELECT id FROM segments WHERE name = ?", arguments: [name])
    guard let id else { return }
    try CatalogSchema.segments.delete(where: "id = ?", [id.databaseValue], db, &totals)
    try CatalogSchema.chunks.delete(where: "segment_id = ?", [id.databaseValue], db, &totals)
  }

  /// Removes series without a chunk and labels without a series, so that a catalog kept up to date
  /// says the same as one made anew.
  mutating func removeUnused() throws {
    let unused = "NOT EXISTS (SELECT 1 FROM chunks WHERE series_id = series.id)"
    guard try CatalogSchema.series.delete(where: unused, [], db, &totals) > 0 else { return }
    seriesIDs.removeAll()
    labelIDs.removeAll()
    var used: Set<Int64> = []
    try CatalogSchema.series.forEach(db) { used.formUnion(try CatalogWriter.labelIDs($0[1])) }
    let all = try Int64.fetchAll(db, sql: "SELECT id FROM labels")
    for id in all where !used.contains(id) {
      try CatalogSchema.labels.delete(where: "id = ?", [id.databaseValue], db, &totals)
    }
  }

  /// The label ids of a series row.
  static func labelIDs(_ value: DatabaseValue) throws -> [Int64] {
    let bytes = Data.fromDatabaseValue(value).map(Array.init) ?? []
    var reader = ByteReader(bytes.rawSpan)
    var ids: [Int64] = []
    while !reader.isAtEnd {
      ids.append(Int64(bitPattern: try reader.readVarint()))
    }
    return ids
  }
}

/// The merged summary of a series' blocks in one segment, as a blob.
///
/// The same row as in a segment (docs/formats/segment.md), after the number of samples as a varint.
struct ChunkSummary {
  let bytes: [UInt8]

  init(_ summary: SeriesSummary, first: Int64, last: Int64) {
    var writer = ByteWriter()
    writer.append(varint: summary.totalCount)
    var context = SummaryContext(count: summary.totalCount, first: first, last: last)
    SummaryRow.append(summary, &context, to: &writer)
    bytes = writer.bytes
  }

  static func decode(_ bytes: [UInt8], first: Int64, last: Int64) throws -> SeriesSummary {
    var reader = ByteReader(bytes.rawSpan)
    let count = try reader.readCount(maximum: .max)
    var context = SummaryContext(count: count, first: first, last: last)
    return try SummaryRow.read(from: &reader, &context)
  }
}
