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

  let database: CheckedDatabase

  init(_ database: CheckedDatabase) { self.database = database }

  /// A catalog that lives and ends with this object.
  package static func inMemory() throws(StoreError) -> Catalog {
    Catalog(try CheckedDatabase(path: nil, schema: CatalogSchema.database))
  }

  /// Opens the catalog of a store and makes it agree with its segments.
  ///
  /// - Parameters:
  ///   - path: the file; made where it is missing.
  ///   - segments: every segment there is.
  ///   - generation: that of the manifest in force.
  ///   - onLost: told of segments it lists that are gone, before it forgets them.
  /// - Returns: the catalog, and what had to be done.
  /// - Throws: `StoreError.database` where not even a new file can be made: go on with `NoCatalog`.
  static func open(
    _ path: String, segments: [SegmentReader], generation: UInt64 = 0,
    onLost: ([LostSegment]) -> Void = { _ in }
  ) throws(StoreError) -> (catalog: Catalog, report: CatalogReport) {
    let reason: String
    do throws(StoreError) {
      let catalog = Catalog(try CheckedDatabase(path: path, schema: CatalogSchema.database))
      do throws(StoreError) {
        try catalog.database.verify()
        return (
          catalog,
          try catalog.reconcile(with: segments, generation: generation, onLost: onLost)
        )
      } catch {
        catalog.close()
        throw error
      }
    } catch { reason = error.description }
    let moved = SQLiteFiles.exists(path) ? try SQLiteFiles.moveAside(path) : nil
    let catalog = Catalog(try CheckedDatabase(path: path, schema: CatalogSchema.database))
    var report = try catalog.reconcile(with: segments, generation: generation)
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
  ///
  /// - Parameters:
  ///   - segments: every segment there is; those that another supersedes are left out.
  ///   - generation: that of the manifest in force.
  ///   - onLost: told of segments it lists that are gone, before it forgets them.
  /// - Returns: what had to be done.
  /// - Throws: `StoreError.damaged` or `.database`: open the catalog anew, or go on without one.
  func reconcile(
    with segments: [SegmentReader], generation: UInt64 = 0,
    onLost: ([LostSegment]) -> Void = { _ in }
  ) throws(StoreError) -> CatalogReport {
    let superseded = Set(segments.flatMap(\.info.supersedes))
    let live = segments.filter { !superseded.contains($0.info.name) }
    let wanted = Dictionary(live.map { ($0.info.name, $0.info) }) { first, _ in first }
    let known = try self.segments()
    var report = CatalogReport()
    let lost = try lost(beside: segments, generation: generation)
    if !lost.isEmpty { onLost(lost) }
    report.removed = known.filter { wanted[$0.name] != $0 }.map(\.name)
    let kept = Set(known.map(\.name)).subtracting(report.removed)
    let missing = live.filter { !kept.contains($0.info.name) }
    let agrees = try agreedGeneration() == generation
    guard !missing.isEmpty || !report.removed.isEmpty || !agrees else { return report }
    let added = try database.write { db, totals in
      var writer = CatalogWriter(db, totals)
      for name in report.removed { try writer.remove(segment: name) }
      let outcome = try Self.add(missing, &writer)
      try writer.agree(on: generation)
      totals = writer.totals
      return outcome
    }
    if !report.removed.isEmpty { try database.shrink() }
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
    adding: [SegmentReader], removing names: [String], generation: UInt64 = 0
  ) throws(StoreError) {
    try database.write { db, totals in
      var writer = CatalogWriter(db, totals)
      for name in names { try writer.remove(segment: name) }
      for segment in adding {
        // Publishing twice is the same as once.
        try writer.remove(segment: segment.info.name)
      }
      _ = try Self.add(adding, &writer)
      try writer.agree(on: generation)
      totals = writer.totals
    }
    if !names.isEmpty { try database.shrink() }
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
      var all: [CatalogChunk] = []
      let condition = "segment_id = (SELECT id FROM segments WHERE name = ?) ORDER BY first_local"
      try CatalogSchema.pages.forEach(db, where: condition, [name.databaseValue]) { row in
        let page = try Self.page(row)
        let chunks = try Self.decoded { () throws in
          guard let bytes = Data.fromDatabaseValue(row[4]) else { throw InvalidPart("no blob") }
          return try ChunkPage(
            decoding: FooterPage.unpack(Array(bytes)), count: page.labels.count)
        }
        for (position, chunk) in chunks.chunks.enumerated() where chunk.blockCount > 0 {
          let range = TimeRange(
            start: Timestamp(nanoseconds: chunk.firstTime),
            end: Timestamp(nanoseconds: chunk.lastTime))
          all.append(
            CatalogChunk(
              labels: page.labels[position], local: page.first + position, timeRange: range,
              blockCount: chunk.blockCount, sampleCount: chunk.sampleCount))
        }
      }
      return all
    }
  }

  /// All series that have a chunk, in `Labels` order.
  package func series() throws(StoreError) -> [Labels] {
    try database.read { db in
      var all: Set<Labels> = []
      try CatalogSchema.pages.forEach(db) { all.formUnion(try Self.page($0).labels) }
      return all.sorted()
    }
  }

  /// The series of a row of `pages`, and the number of the first.
  private static func page(_ row: [DatabaseValue]) throws -> (first: Int, labels: [Labels]) {
    try decoded { () throws in
      guard let first = Int.fromDatabaseValue(row[1]), let count = Int.fromDatabaseValue(row[2]),
        let bytes = Data.fromDatabaseValue(row[3]), first >= 0, count > 0
      else { throw InvalidPart("no page") }
      return (first, try LabelPage.decode(FooterPage.unpack(Array(bytes)), count: count))
    }
  }

  /// A row whose checksum is right and whose content makes no sense is damage all the same.
  private static func decoded<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch {
      throw DamagedTable(table: CatalogSchema.pages.name, reason: "a row makes no sense: \(error)")
    }
  }
}
