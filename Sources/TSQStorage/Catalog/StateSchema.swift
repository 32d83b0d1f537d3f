internal import GRDB

/// The tables of `state.sqlite`; docs/formats/state.md describes them.
///
/// Only `retention` is in use. The others were made by the first migration and stay as they are: a file
/// whose tables are not these is none of this version.
enum StateSchema {
  static let tombstones = CheckedTable(
    "tombstones", ["id", "sequence", "matchers", "first_time", "last_time"])
  static let alerts = CheckedTable(
    "alert_states",
    [
      "rule", "labels", "state", "since", "evaluated_at", "notified_at", "value_bits", "detail",
    ])
  static let silences = CheckedTable(
    "silences", ["id", "matchers", "first_time", "last_time", "author", "comment"])
  static let reports = CheckedTable("report_runs", ["id", "at", "content"])
  static let retention = CheckedTable(
    "retention_rules", ["position", "metric_pattern", "resolution_seconds", "keep_seconds"])

  static let tables = [tombstones, alerts, silences, reports, retention]

  static let database = CheckedDatabase.Schema(
    tables: tables,
    migrations: { migrator in
      migrator.registerMigration("1") { db in
        try TableTotals.create(db)
        try createTables(db)
      }
    },
    isFullySynced: true)

  private static func createTables(_ db: Database) throws {
    // Texts of any origin are JSON or blobs: SQLite ends a plain text at its first zero byte.
    try db.execute(
      sql: """
        CREATE TABLE tombstones (
          id INTEGER PRIMARY KEY,
          sequence INTEGER NOT NULL UNIQUE,
          matchers TEXT NOT NULL,
          first_time INTEGER NOT NULL,
          last_time INTEGER NOT NULL,
          checksum INTEGER NOT NULL
        );
        CREATE TABLE alert_states (
          rule BLOB NOT NULL,
          labels TEXT NOT NULL,
          state TEXT NOT NULL,
          since INTEGER NOT NULL,
          evaluated_at INTEGER NOT NULL,
          notified_at INTEGER,
          value_bits INTEGER,
          detail BLOB NOT NULL,
          checksum INTEGER NOT NULL,
          PRIMARY KEY (rule, labels)
        );
        CREATE TABLE silences (
          id BLOB PRIMARY KEY,
          matchers TEXT NOT NULL,
          first_time INTEGER NOT NULL,
          last_time INTEGER NOT NULL,
          author BLOB NOT NULL,
          comment BLOB NOT NULL,
          checksum INTEGER NOT NULL
        );
        CREATE TABLE report_runs (
          id INTEGER PRIMARY KEY,
          at INTEGER NOT NULL,
          content BLOB NOT NULL,
          checksum INTEGER NOT NULL
        );
        CREATE TABLE retention_rules (
          position INTEGER PRIMARY KEY,
          metric_pattern BLOB NOT NULL,
          resolution_seconds INTEGER NOT NULL,
          keep_seconds INTEGER NOT NULL,
          checksum INTEGER NOT NULL
        );
        """)
  }
}
