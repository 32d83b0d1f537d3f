internal import Foundation
internal import GRDB

/// An SQLite database of checked tables behind one connection.
final class CheckedDatabase: Sendable {
  /// What makes one kind of database: its tables, and how they came to be.
  struct Schema: Sendable {
    /// All checked tables.
    let tables: [CheckedTable]
    /// Adds the migrations, oldest first; a migration that was published is never changed.
    let migrations: @Sendable (inout DatabaseMigrator) -> Void
    /// Whether every transaction waits for the disk (`synchronous=FULL`), or a power cut may take
    /// the last ones (`NORMAL`): for a cache that costs a rebuild of some rows.
    let isFullySynced: Bool
  }

  /// The path, or `:memory:`.
  let path: String
  private let queue: DatabaseQueue
  private let schema: Schema

  /// Opens or makes a database and brings its tables up to date.
  ///
  /// - Throws: `StoreError.newerFormat`, or `.database` where SQLite cannot use the file.
  init(path: String?, schema: Schema) throws(StoreError) {
    self.path = path ?? ":memory:"
    self.schema = schema
    var configuration = Configuration()
    configuration.journalMode = .wal
    let level = schema.isFullySynced ? "FULL" : "NORMAL"
    configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA synchronous = \(level)") }
    // Another process may be reading the same file for a moment.
    configuration.busyMode = .timeout(5)
    do {
      queue =
        try path.map { try DatabaseQueue(path: $0, configuration: configuration) }
        ?? DatabaseQueue()
      var migrator = DatabaseMigrator()
      schema.migrations(&migrator)
      let (known, applied) = (migrator.migrations, try queue.read(migrator.appliedIdentifiers))
      if try queue.read(migrator.hasBeenSuperseded) {
        throw StoreError.newerFormat(
          path: self.path, found: UInt32(applied.count), supported: UInt32(known.count))
      }
      try migrator.migrate(queue)
    } catch { throw Self.error(error, self.path) }
  }

  /// Changes tables in one transaction: all of it becomes true, or nothing.
  func write<Value>(
    _ body: (Database, inout TableTotals) throws -> Value
  ) throws(StoreError) -> Value {
    do {
      return try queue.write { db in
        var totals = TableTotals()
        let value = try body(db, &totals)
        try totals.write(db)
        return value
      }
    } catch { throw Self.error(error, path) }
  }

  /// Reads tables as they are at one moment.
  func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do { return try queue.read(body) } catch { throw Self.error(error, path) }
  }

  /// Checks the file's structure, every row and every total.
  ///
  /// - Complexity: O(file).
  func verify() throws(StoreError) {
    try read { db in
      let problems = try String.fetchAll(db, sql: "PRAGMA integrity_check(3)")
      guard problems == ["ok"] else {
        throw DamagedTable(table: "sqlite", reason: problems.joined(separator: "; "))
      }
      for table in schema.tables { try table.verify(db) }
    }
  }

  /// Gives the free pages of the file back to the disk, where they are more than half of it.
  ///
  /// A transaction that removes rows only marks pages as free. Copies what is left, so that it costs
  /// no more than the rows that were removed.
  func shrink() throws(StoreError) {
    do {
      let sizes = try queue.read { db in
        let counts = ["page_count", "freelist_count"]
        return try counts.map { try Int.fetchOne(db, sql: "PRAGMA \($0)") ?? 0 }
      }
      guard sizes[1] * 2 > sizes[0] else { return }
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "VACUUM")
        _ = try db.checkpoint(.truncate)
      }
    } catch { throw Self.error(error, path) }
  }

  /// Writes a copy of the database to a new file, consistent while others write.
  func copy(to path: String) throws(StoreError) {
    do {
      let target = try DatabaseQueue(path: path)
      try queue.backup(to: target)
      try target.close()
    } catch { throw Self.error(error, self.path) }
  }

  func close() {
    // Nothing is lost by a connection that cannot be closed: every transaction was written.
    try? queue.close()
  }

  static func error(_ error: any Error, _ path: String) -> StoreError {
    switch error {
    case let error as StoreError: error
    case let error as DamagedTable:
      .damaged(DamageReport(path: path, reason: error.description))
    case let error as RowDecodingError:
      // GRDB's own table, of the migrations, is not checked before it is read.
      .damaged(DamageReport(path: path, reason: "\(error)"))
    case let error as DatabaseError where isDamage(error):
      .damaged(DamageReport(path: path, reason: error.message ?? error.description))
    default: .database(path: path, reason: "\(error)")
    }
  }

  /// What SQLite says about a file that is not, or no longer, a database of ours.
  private static func isDamage(_ error: DatabaseError) -> Bool {
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_FORMAT, .SQLITE_MISMATCH: true
    // A file cut short in the middle of a page.
    default: error.extendedResultCode == .SQLITE_IOERR_SHORT_READ
    }
  }
}
