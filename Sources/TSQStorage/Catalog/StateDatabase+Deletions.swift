internal import Foundation
internal import GRDB
import TSQCore

extension StateDatabase {
  // MARK: - Tombstones

  /// Stores a deletion; one of the same sequence is not stored twice.
  ///
  /// - Returns: its number.
  @discardableResult
  public func add(_ tombstone: Tombstone, sequence: UInt64) throws(StoreError) -> Int64 {
    try database.write { db, totals in
      let place = Int64(bitPattern: sequence)
      let known = try Int64.fetchOne(
        db, sql: "SELECT id FROM tombstones WHERE sequence = ?", arguments: [place])
      if let known { return known }
      let id = try Self.nextID(db, "tombstones")
      try StateSchema.tombstones.put(
        [
          id.databaseValue, place.databaseValue,
          try StateText.encode(matchers: tombstone.matchers),
          tombstone.range.start.nanoseconds.databaseValue,
          tombstone.range.end.nanoseconds.databaseValue,
        ], db, &totals)
      return id
    }
  }

  /// All deletions, ascending by sequence.
  public func tombstones() throws(StoreError) -> [StoredTombstone] {
    let all = try database.read { db in
      var all: [StoredTombstone] = []
      try StateSchema.tombstones.forEach(db) { row in
        let matchers = try StateText.matchers(row[2])
        guard let id = Int64.fromDatabaseValue(row[0]),
          let sequence = Int64.fromDatabaseValue(row[1]), !matchers.isEmpty
        else { throw DamagedTable(table: "tombstones", reason: "a row makes no sense") }
        all.append(
          StoredTombstone(
            id: id, sequence: UInt64(bitPattern: sequence),
            tombstone: Tombstone(
              matchers: matchers, range: try StateText.range(row[3], row[4]))))
      }
      return all
    }
    return all.sorted { $0.sequence < $1.sequence }
  }

  /// Removes deletions that no sample is left for.
  public func removeTombstones(ids: [Int64]) throws(StoreError) {
    try database.write { db, totals in
      for id in ids {
        try StateSchema.tombstones.delete(where: "id = ?", [id.databaseValue], db, &totals)
      }
    }
  }

  static func nextID(_ db: Database, _ table: String) throws -> Int64 {
    (try Int64.fetchOne(db, sql: "SELECT max(id) FROM \(table)") ?? 0) + 1
  }
}
