internal import GRDB

/// The tables of `catalog.sqlite`; docs/formats/catalog.md describes them.
enum CatalogSchema {
  static let segments = CheckedTable(
    "segments",
    [
      "id", "name", "store_id", "first_sequence", "last_sequence", "partition", "supersedes",
      "first_time", "last_time", "series_count", "block_count", "sample_count", "file_size",
      "root_checksum",
    ])
  /// A row for each run of series of a segment: a row for each series takes longer to write than
  /// the segment itself, and more bytes than its summaries.
  static let pages = CheckedTable(
    "pages", ["segment_id", "first_local", "series_count", "labels", "chunks"])

  /// One row: which manifest the catalog was last told of.
  static let agreement = CheckedTable("agreement", ["id", "generation"])

  static let database = CheckedDatabase.Schema(
    tables: [segments, pages, agreement],
    migrations: { migrator in
      // "1" had a row for each series and segment; no release wrote it.
      migrator.registerMigration("2") { db in
        try TableTotals.create(db)
        try createSegments(db)
      }
      migrator.registerMigration("3") { db in
        try db.execute(
          sql: """
            CREATE TABLE agreement (
              id INTEGER PRIMARY KEY,
              generation INTEGER NOT NULL,
              checksum INTEGER NOT NULL
            )
            """)
      }
    },
    isFullySynced: false)

  private static func createSegments(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE segments (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE,
          store_id BLOB NOT NULL,
          first_sequence INTEGER NOT NULL,
          last_sequence INTEGER NOT NULL,
          partition INTEGER NOT NULL,
          supersedes TEXT NOT NULL,
          first_time INTEGER,
          last_time INTEGER,
          series_count INTEGER NOT NULL,
          block_count INTEGER NOT NULL,
          sample_count INTEGER NOT NULL,
          file_size INTEGER NOT NULL,
          root_checksum INTEGER NOT NULL,
          checksum INTEGER NOT NULL
        );
        CREATE TABLE pages (
          segment_id INTEGER NOT NULL,
          first_local INTEGER NOT NULL,
          series_count INTEGER NOT NULL,
          labels BLOB NOT NULL,
          chunks BLOB NOT NULL,
          checksum INTEGER NOT NULL,
          PRIMARY KEY (segment_id, first_local)
        ) WITHOUT ROWID;
        """)
  }
}
