internal import Foundation
internal import GRDB
import TSQCodec
package import TSQCore

/// `catalog.sqlite`: which segments, series and labels there are, without reading every footer.
///
/// A cache in every respect: when it is missing, older than the segments, damaged or of another
/// version, it is moved aside and made anew from the footers, and the report says so.
package final class Catalog: CatalogStore {
  /// The file's name inside a store.
  package static let fileName = "catalog.sqlite"

  private let database: CheckedDatabase

  private init(_ database: CheckedDatabase) { self.database = database }

  /// A catalog that lives and ends with this object.
  package static func inMemory() throws(StoreError) -> Catalog {
    Catalog(try CheckedDatabase(path: nil, schema: CatalogSchema.database))
  }

  /// Opens the catalog of a store and makes it agree with its segments.
  ///
  /// - Parameters:
  ///   - path: the file; made where it is missing.
  ///   - segments: every segment there is.
  ///   - rebuilding: makes it anew whatever it looks like: after a read found a damaged row.
  /// - Returns: the catalog, and what had to be done.
  /// - Throws: `StoreError.database` where not even a new file can be made: go on with `NoCatalog`.
  package static func open(
    _ path: String, segments: [SegmentReader], rebuilding: Bool = false
  ) throws(StoreError) -> (catalog: Catalog, report: CatalogReport) {
    var reason = "a damaged row was met before"
    do throws(StoreError) {
      if rebuilding { throw StoreError.database(path: path, reason: reason) }
      let catalog = Catalog(try CheckedDatabase(path: path, schema: CatalogSchema.database))
      do throws(StoreError) {
        try catalog.database.verifyTotals()
        return (catalog, try catalog.reconcile(with: segments))
      } catch {
        catalog.close()
        throw error
      }
    } catch { if !rebuilding { reason = error.description } }
    let moved = SQLiteFiles.exists(path) ? try SQLiteFiles.moveAside(path) : nil
    let catalog = Catalog(try CheckedDatabase(path: path, schema: CatalogSchema.database))
    var report = try catalog.reconcile(with: segments)
    report.movedAside = moved
    report.reason = reason
    return (catalog, report)
  }

  /// Checks the file's structure and every row.
  ///
  /// - Throws: `StoreError.damaged`; open it anew to have it rebuilt.
  package func verify() throws(StoreError) { try database.verify() }

  /// Closes the file.
  package func close() { database.close() }

  // MARK: - Writing

  /// Makes the catalog tell exactly what these segments' footers say.
  package func reconcile(
    with segments: [SegmentReader]
  ) throws(StoreError) -> CatalogReport {
    let superseded = Set(segments.flatMap(\.info.supersedes))
    let live = segments.filter { !superseded.contains($0.info.name) }
    let wanted = Dictionary(live.map { ($0.info.name, $0.info) }) { first, _ in first }
    let known = try self.segments()
    var report = CatalogReport()
    report.removed = known.filter { wanted[$0.name] != $0 }.map(\.name)
    let kept = Set(known.map(\.name)).subtracting(report.removed)
    let missing = live.filter { !kept.contains($0.info.name) }
    guard !missing.isEmpty || !report.removed.isEmpty else { return report }
    let added = try database.write { db, totals in
      var writer = CatalogWriter(db, totals)
      for name in report.removed { try writer.remove(segment: name) }
      let outcome = try Self.add(missing, &writer)
      if !report.removed.isEmpty { try writer.removeUnused() }
      totals = writer.totals
      return outcome
    }
    report.added = added.names
    report.unreadable = added.unreadable
    return report
  }

  /// Adds segments; one whose footer is damaged is left out and named.
  private static func add(
    _ segments: [SegmentReader], _ writer: inout CatalogWriter
  ) throws -> (names: [String], unreadable: [String: String]) {
    var names: [String] = []
    var unreadable: [String: String] = [:]
    for segment in segments {
      let before = writer
      do {
        try writer.db.inSavepoint {
          try writer.add(segment)
          return .commit
        }
        names.append(segment.info.name)
      } catch let error as SegmentError {
        writer = before
        unreadable[segment.info.name] = error.description
      }
    }
    return (names, unreadable)
  }

  /// Adds and removes segments in one transaction.
  package func publish(
    adding: [SegmentReader], removing names: [String]
  ) throws(StoreError) {
    try database.write { db, totals in
      var writer = CatalogWriter(db, totals)
      for name in names { try writer.remove(segment: name) }
      for segment in adding {
        // Publishing twice is the same as once.
        try writer.remove(segment: segment.info.name)
      }
      _ = try Self.add(adding, &writer)
      if !names.isEmpty { try writer.removeUnused() }
      totals = writer.totals
    }
  }

  // MARK: - Reading

  /// The segments known, in order of name.
  package func segments() throws(StoreError) -> [SegmentInfo] {
    try database.read { db in
      var all: [SegmentInfo] = []
      try CatalogSchema.segments.forEach(db, where: "1 ORDER BY name") {
        all.append(try SegmentInfo.decode($0).info)
      }
      return all
    }
  }

  /// What a segment holds, by local number; empty where it is not known.
  package func chunks(ofSegment name: String) throws(StoreError) -> [CatalogChunk] {
    try database.read { db in
      let series = try Self.labelsBySeries(db)
      var chunks: [CatalogChunk] = []
      let condition = "segment_id = (SELECT id FROM segments WHERE name = ?) ORDER BY local"
      try CatalogSchema.chunks.forEach(db, where: condition, [name.databaseValue]) { row in
        let numbers = row.map { Int64.fromDatabaseValue($0) }
        guard let local = numbers[1], let labels = numbers[2].flatMap({ series[$0] }),
          let first = numbers[3], let last = numbers[4], first <= last,
          let blocks = numbers[5], let samples = numbers[6]
        else { throw DamagedTable(table: "chunks", reason: "a row names no series") }
        let summary = try Data.fromDatabaseValue(row[7]).map {
          try ChunkSummary.decode(Array($0), first: first, last: last)
        }
        let range = TimeRange(
          start: Timestamp(nanoseconds: first), end: Timestamp(nanoseconds: last))
        chunks.append(
          CatalogChunk(
            labels: labels, local: Int(local), timeRange: range, blockCount: Int(blocks),
            sampleCount: Int(samples), summary: summary))
      }
      return chunks
    }
  }

  /// All series that have a chunk, in `Labels` order.
  package func series() throws(StoreError) -> [Labels] {
    try database.read { db in try Self.labelsBySeries(db).values.sorted() }
  }

  private static func labelsBySeries(_ db: Database) throws -> [Int64: Labels] {
    var labels: [Int64: Label] = [:]
    try CatalogSchema.labels.forEach(db) { row in
      guard let id = Int64.fromDatabaseValue(row[0]), let name = Data.fromDatabaseValue(row[1]),
        let value = Data.fromDatabaseValue(row[2])
      else { throw DamagedTable(table: "labels", reason: "a row makes no sense") }
      labels[id] = Label(
        name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
    }
    var series: [Int64: Labels] = [:]
    try CatalogSchema.series.forEach(db) { row in
      let ids = try CatalogWriter.labelIDs(row[1])
      guard let id = Int64.fromDatabaseValue(row[0]),
        let set = Labels(ids.compactMap { labels[$0] }), set.pairs.count == ids.count
      else { throw DamagedTable(table: "series", reason: "a row names unknown labels") }
      series[id] = set
    }
    return series
  }
}
