internal import GRDB
import TSQCore

/// A segment that the catalog knows and whose file nobody removed for a reason.
struct LostSegment: Hashable, Sendable {
  /// What its footer said.
  let info: SegmentInfo
  /// The first few of its series.
  let someSeries: [Labels]

  /// What is lost with it, in words.
  var description: String {
    let names = someSeries.map(\.description).joined(separator: ", ")
    let more = info.seriesCount > someSeries.count ? " and others" : ""
    return "its file is gone, and no other holds what it held: \(info.sampleCount) samples of "
      + "\(CountText.text(info.seriesCount, "series", "series")) (\(names)\(more))"
  }
}

extension Catalog {
  /// Series named in a report on a lost segment.
  private static let seriesNamedMax = 3

  /// The segments it lists that are gone though no upkeep removed them.
  ///
  /// A merge's inputs are covered by its output: same partition, and sequence numbers that contain
  /// theirs. A merge that left nothing writes the manifest before it removes its inputs. So a catalog
  /// that was told of manifest `generation` is not older than such a removal; any other may be, and
  /// then nothing is said.
  ///
  /// - Parameters:
  ///   - segments: every segment there is.
  ///   - generation: that of the manifest in force.
  /// - Returns: in order of name; empty where the catalog is older than that.
  /// - Throws: `StoreError.damaged` or `.database`.
  func lost(
    beside segments: [SegmentReader], generation: UInt64
  ) throws(StoreError) -> [LostSegment] {
    guard try agreedGeneration() == generation else { return [] }
    let names = Set(segments.map(\.info.name) + segments.flatMap(\.info.supersedes))
    let held = Dictionary(grouping: segments.map(\.info), by: \.partition)
    var lost: [LostSegment] = []
    for info in try self.segments() where !names.contains(info.name) {
      let isCovered = (held[info.partition] ?? []).contains {
        $0.sequences.lowerBound <= info.sequences.lowerBound
          && $0.sequences.upperBound >= info.sequences.upperBound
      }
      if isCovered { continue }
      let series = try chunks(ofSegment: info.name).prefix(Self.seriesNamedMax).map(\.labels)
      lost.append(LostSegment(info: info, someSeries: Array(series)))
    }
    return lost
  }

  /// The generation of the manifest that the catalog was last told of; `nil` for never.
  func agreedGeneration() throws(StoreError) -> UInt64? {
    try database.read { db in
      var generation: UInt64?
      try CatalogSchema.agreement.forEach(db) { row in
        generation = Int64.fromDatabaseValue(row[1]).map { UInt64(bitPattern: $0) }
      }
      return generation
    }
  }

  /// Compares every row with the footers.
  ///
  /// A segment whose footer cannot be read is passed over: it has no rows, and damage of its own.
  ///
  /// - Parameter segments: every segment there is, none of them superseded.
  /// - Returns: where they differ, in words; `nil` where it says exactly what they say.
  /// - Throws: `StoreError.damaged` or `.database`.
  func difference(from segments: [SegmentReader]) throws(StoreError) -> String? {
    let readable = segments.compactMap { segment in
      (try? CatalogWriter.pages(of: segment, id: 0)).map { (segment.info, $0) }
    }
    let known = Dictionary(uniqueKeysWithValues: try self.segments().map { ($0.name, $0) })
    if let extra = Set(known.keys).subtracting(segments.map(\.info.name)).min() {
      return "it lists `\(extra)`, which is not there"
    }
    for (info, pages) in readable {
      guard known[info.name] == info else { return "it does not have `\(info.name)` as it is" }
      let stored = try database.read { db in
        var rows: [[DatabaseValue]] = []
        let condition =
          "segment_id = (SELECT id FROM segments WHERE name = ?) ORDER BY first_local"
        try CatalogSchema.pages.forEach(db, where: condition, [info.name.databaseValue]) {
          rows.append(Array($0.dropFirst()))
        }
        return rows
      }
      guard stored == pages.map({ Array($0.dropFirst()) }) else {
        return "its rows of `\(info.name)` are not what the footer says"
      }
    }
    return nil
  }

  /// Looks at the catalog of a store that is open for reading only: at a copy, because SQLite writes
  /// to a folder even to read from it.
  ///
  /// - Parameters:
  ///   - path: the catalog.
  ///   - segments: every segment there is.
  ///   - generation: that of the manifest in force.
  ///   - deep: whether all of it is checked first; rows that are read are checked in any case.
  /// - Returns: as `lost(beside:generation:)`; empty where there is no catalog or a writer changed it
  ///   while it was copied.
  static func lost(
    inCopyOf path: String, beside segments: [SegmentReader], generation: UInt64, deep: Bool
  ) -> [LostSegment] {
    guard SQLiteFiles.exists(path), let copy = try? SQLiteFiles.temporaryCopy(of: path) else {
      return []
    }
    defer { try? SQLiteFiles.remove(copy) }
    guard let database = try? CheckedDatabase(path: copy, schema: CatalogSchema.database) else {
      return []
    }
    defer { database.close() }
    if deep, (try? database.verify()) == nil { return [] }
    return (try? Catalog(database).lost(beside: segments, generation: generation)) ?? []
  }
}
