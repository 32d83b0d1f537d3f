internal import Foundation
internal import GRDB
import TSQCore

/// `state.sqlite`: what is nowhere else, and what a store remembers between runs.
///
/// Every change waits for the disk, every row has a checksum, and every backup holds a copy.
public final class StateDatabase: Sendable {
  /// The file's name inside a store.
  public static let fileName = "state.sqlite"

  let database: CheckedDatabase
  private let temporaryCopy: String?

  private init(_ database: CheckedDatabase, temporaryCopy: String? = nil) {
    self.database = database
    self.temporaryCopy = temporaryCopy
  }

  /// A state database that lives and ends with this object.
  public static func inMemory() throws(StoreError) -> StateDatabase {
    StateDatabase(try CheckedDatabase(path: nil, schema: StateSchema.database))
  }

  /// Opens a state database, or makes a new one.
  ///
  /// A damaged file is moved aside, and every row of it that is whole is taken over.
  ///
  /// - Returns: the database, and what was wrong with the file.
  /// - Throws: `StoreError.newerFormat`, or `.database` where the file cannot be used or made.
  public static func open(
    _ path: String
  ) throws(StoreError) -> (state: StateDatabase, report: StateReport) {
    let reason: String
    do throws(StoreError) {
      let database = try CheckedDatabase(path: path, schema: StateSchema.database)
      do throws(StoreError) {
        try database.verify()
        return (StateDatabase(database), StateReport())
      } catch {
        database.close()
        throw error
      }
    } catch {
      guard case .damaged(let damage) = error else { throw error }
      reason = damage.reason
    }
    let moved = try SQLiteFiles.moveAside(path)
    let fresh = try CheckedDatabase(path: path, schema: StateSchema.database)
    var report = StateReport()
    report.movedAside = moved
    report.reason = reason
    (report.rowsKept, report.rowsLost) = StateSalvage.copyRows(from: moved, to: fresh)
    return (StateDatabase(fresh), report)
  }

  /// Opens a state database to read it, without changing anything in its folder.
  ///
  /// SQLite writes to a folder even to read from it; so this reads a copy made elsewhere.
  ///
  /// - Returns: the database as it was a moment ago; an empty one where there is none.
  /// - Throws: `StoreError.damaged`, `.newerFormat` or `.database`.
  public static func openReadOnly(_ path: String) throws(StoreError) -> StateDatabase {
    guard SQLiteFiles.exists(path) else { return try inMemory() }
    let target = FileManager.default.temporaryDirectory
      .appendingPathComponent("tsq-state-\(UUID().uuidString).sqlite").path
    // A writer may be changing the file while it is copied: such a copy fails its checks.
    var attempts = 5
    while true {
      do throws(StoreError) {
        try SQLiteFiles.copy(path, to: target)
        let database = try CheckedDatabase(path: target, schema: StateSchema.database)
        try database.verify()
        return StateDatabase(database, temporaryCopy: target)
      } catch {
        try SQLiteFiles.remove(target)
        attempts -= 1
        if attempts == 0 { throw error.concerning(path) }
        Thread.sleep(forTimeInterval: 0.02)
      }
    }
  }

  /// Checks the file's structure and every row.
  public func verify() throws(StoreError) { try database.verify() }

  /// Writes a consistent copy to a new file, for a backup.
  public func copy(to path: String) throws(StoreError) { try database.copy(to: path) }

  /// Closes the file.
  public func close() {
    database.close()
    // A copy left behind is in the folder for temporary files, which the system empties.
    if let temporaryCopy { try? SQLiteFiles.remove(temporaryCopy) }
  }
}

/// Takes over what is whole from a damaged state database.
enum StateSalvage {
  /// Copies every row whose checksum is right.
  ///
  /// - Returns: the rows copied, and those known to be lost.
  static func copyRows(from path: String, to target: CheckedDatabase) -> (kept: Int, lost: Int) {
    // A copy is read, so that the damaged file stays what it was.
    let copy = path + ".salvage"
    defer { try? SQLiteFiles.remove(copy) }
    guard (try? SQLiteFiles.copy(path, to: copy)) != nil,
      let source = try? DatabaseQueue(path: copy)
    else { return (0, 0) }
    var (kept, lost) = (0, 0)
    for table in StateSchema.tables {
      let (rows, recorded) = rows(of: table, source)
      var copied = 0
      for row in rows {
        let isCopied: Void? = try? target.write { db, totals in try table.put(row, db, &totals) }
        if isCopied != nil { copied += 1 }
      }
      kept += copied
      lost += max(0, recorded - copied)
    }
    try? source.close()
    return (kept, lost)
  }

  /// The whole rows of a table, and how many there should be.
  private static func rows(
    of table: CheckedTable, _ source: DatabaseQueue
  ) -> (rows: [[DatabaseValue]], recorded: Int) {
    var rows: [[DatabaseValue]] = []
    var damaged = 0
    // Where a page is damaged, the rows before it are kept.
    try? source.read { db in try table.forEachWhole(db, damaged: &damaged) { rows.append($0) } }
    let totals = try? source.read { db in try TableTotals.recorded(db, table.name) }
    return (rows, max(rows.count + damaged, totals.map { Int(clamping: $0.rows) } ?? 0))
  }
}
