internal import GRDB

/// A table whose every row carries a checksum, and whose rows are counted.
///
/// SQLite notices little of what a disk does to its pages. The checksum of each row finds a changed
/// one, the table's totals (number of rows, sum of their checksums) find one lost or come back.
struct CheckedTable: Sendable {
  let name: String
  /// Columns without the checksum, in the order in which values are given.
  let columns: [String]

  private let insertSQL: String
  private let selectSQL: String

  init(_ name: String, _ columns: [String]) {
    self.name = name
    self.columns = columns
    let list = columns.joined(separator: ", ")
    let marks = String(repeating: "?, ", count: columns.count)
    insertSQL = "INSERT INTO \(name) (\(list), checksum) VALUES (\(marks)?)"
    selectSQL = "SELECT \(list), checksum FROM \(name)"
  }

  // MARK: - Writing

  /// Adds a row, or replaces the one with the same key.
  ///
  /// - Parameters:
  ///   - values: one for each column.
  ///   - key: the columns that name the row; with none, a row of the same key must not be there.
  ///   - db: a database inside a transaction.
  ///   - totals: what the transaction changed so far.
  /// - Throws: `DatabaseError`.
  func put(
    _ values: [DatabaseValue], key: [String] = [], _ db: Database,
    _ totals: inout TableTotals
  ) throws {
    precondition(values.count == columns.count, "a row of \(name) has \(columns.count) values")
    if !key.isEmpty {
      let places = key.compactMap(columns.firstIndex(of:))
      try delete(
        where: key.map { "\($0) = ?" }.joined(separator: " AND "), places.map { values[$0] }, db,
        &totals)
    }
    let checksum = Int64(RowChecksum.checksum(table: name, values))
    let statement = try db.cachedStatement(sql: insertSQL)
    try statement.execute(arguments: StatementArguments(values + [checksum.databaseValue]))
    totals.add(name, rows: 1, checksum: checksum)
  }

  /// Removes rows.
  ///
  /// - Returns: how many.
  @discardableResult
  func delete(
    where condition: String, _ arguments: [DatabaseValue], _ db: Database,
    _ totals: inout TableTotals
  ) throws -> Int {
    let sums = "SELECT count(*), coalesce(sum(checksum), 0) FROM \(name) WHERE \(condition)"
    let found = try Row.fetchOne(db, sql: sums, arguments: StatementArguments(arguments))
    let values = found.map { Array($0.databaseValues) } ?? []
    guard let rows = values.first.flatMap(Int64.fromDatabaseValue), rows > 0,
      let sum = values.last.flatMap(Int64.fromDatabaseValue)
    else { return 0 }
    try db.execute(
      sql: "DELETE FROM \(name) WHERE \(condition)", arguments: StatementArguments(arguments))
    totals.add(name, rows: -rows, checksum: -sum)
    return Int(rows)
  }

  // MARK: - Reading

  /// Hands out rows one by one, each after its checksum was compared.
  ///
  /// - Parameters:
  ///   - db: a database.
  ///   - condition: SQL after `WHERE`; everything after it, such as `ORDER BY`, may follow.
  ///   - arguments: what its `?` stand for.
  ///   - body: receives the values in the order of the columns.
  /// - Throws: `DamagedTable` for the first row whose checksum is wrong, or what `body` throws.
  func forEach(
    _ db: Database, where condition: String = "1", _ arguments: [DatabaseValue] = [],
    _ body: ([DatabaseValue]) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db, sql: "\(selectSQL) WHERE \(condition)", arguments: StatementArguments(arguments))
    while let row = try rows.next() {
      guard let values = checked(row) else {
        throw DamagedTable(table: name, reason: "a row is damaged")
      }
      try body(values)
    }
  }

  /// Hands out the rows whose checksum is right and counts the others.
  func forEachWhole(
    _ db: Database, damaged: inout Int, _ body: ([DatabaseValue]) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(db, sql: selectSQL)
    while let row = try rows.next() {
      if let values = checked(row) { try body(values) } else { damaged += 1 }
    }
  }

  /// A row's values without the checksum, or `nil` where they do not fit it.
  private func checked(_ row: Row) -> [DatabaseValue]? {
    var values = Array(row.databaseValues)
    guard let stored = values.popLast().flatMap(Int64.fromDatabaseValue),
      stored == Int64(RowChecksum.checksum(table: name, values))
    else { return nil }
    return values
  }

  /// Checks every row, their number and the sum of their checksums.
  func verify(_ db: Database) throws {
    var (rows, sum): (Int64, Int64) = (0, 0)
    try forEach(db) { values in
      rows += 1
      sum &+= Int64(RowChecksum.checksum(table: name, values))
    }
    let recorded = try TableTotals.recorded(db, name)
    guard rows == recorded.rows, sum == recorded.checksum else {
      throw DamagedTable(
        table: name, reason: "\(rows) rows where \(recorded.rows) were written")
    }
  }
}

/// How a transaction changes the number of rows and the sum of checksums of each table.
struct TableTotals {
  /// The table they are kept in; its own rows are checksummed too.
  static let name = "totals"
  private static let columns = ["name", "row_count", "checksum_sum"]

  private var changes: [String: (rows: Int64, checksum: Int64)] = [:]

  mutating func add(_ table: String, rows: Int64, checksum: Int64) {
    let old = changes[table] ?? (0, 0)
    changes[table] = (old.rows + rows, old.checksum &+ checksum)
  }

  /// Writes the new totals; the last act of a transaction.
  func write(_ db: Database) throws {
    for (table, change) in changes.sorted(by: { $0.key < $1.key }) {
      let old = try Self.recorded(db, table)
      let values: [DatabaseValue] = [
        table.databaseValue, (old.rows + change.rows).databaseValue,
        (old.checksum &+ change.checksum).databaseValue,
      ]
      let checksum = Int64(RowChecksum.checksum(table: Self.name, values))
      try db.execute(
        sql: "INSERT OR REPLACE INTO totals (name, row_count, checksum_sum, checksum)"
          + " VALUES (?, ?, ?, ?)",
        arguments: StatementArguments(values + [checksum.databaseValue]))
    }
  }

  static func recorded(
    _ db: Database, _ table: String
  ) throws -> (rows: Int64, checksum: Int64) {
    let row = try Row.fetchOne(
      db,
      sql: "SELECT name, row_count, checksum_sum, checksum FROM totals WHERE name = ?",
      arguments: [table])
    // A table that nothing was ever written to has no totals.
    guard let row else { return (0, 0) }
    var values = Array(row.databaseValues)
    guard let stored = values.popLast().flatMap(Int64.fromDatabaseValue),
      stored == Int64(RowChecksum.checksum(table: name, values)),
      let rows = Int64.fromDatabaseValue(values[1]),
      let sum = Int64.fromDatabaseValue(values[2])
    else { throw DamagedTable(table: name, reason: "the row of `\(table)` is damaged") }
    return (rows, sum)
  }

  static func create(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE totals (
          name TEXT NOT NULL PRIMARY KEY,
          row_count INTEGER NOT NULL,
          checksum_sum INTEGER NOT NULL,
          checksum INTEGER NOT NULL
        ) WITHOUT ROWID
        """)
  }
}
