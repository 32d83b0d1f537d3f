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
  /// Distinct labels, so that each text stands once.
  static let labels = CheckedTable("labels", ["id", "name", "value"])
  static let series = CheckedTable("series", ["id", "label_ids"])
  static let chunks = CheckedTable(
    "chunks",
    [
      "segment_id", "local", "series_id", "first_time", "last_time", "block_count",
      "sample_count", "summary",
    ])

  static let database = CheckedDatabase.Schema(
    tables: [segments, labels, series, chunks],
    migrations: { migrator in
      migrator.registerMigration("1") { db in
        try TableTotals.create(db)
        try createSegments(db)
        try createSeries(db)
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
        CREATE TABLE chunks (
          segment_id INTEGER NOT NULL,
          local INTEGER NOT NULL,
          series_id INTEGER NOT NULL,
          first_time INTEGER NOT NULL,
          last_time INTEGER NOT NULL,
          block_count INTEGER NOT NULL,
          sample_count INTEGER NOT NULL,
          summary BLOB,
          checksum INTEGER NOT NULL,
          PRIMARY KEY (segment_id, local)
        ) WITHOUT ROWID;
        CREATE INDEX chunks_by_series ON chunks (series_id);
        """)
  }

  private static func createSeries(_ db: Database) throws {
    // Texts are blobs: SQLite ends a text at its first zero byte, and a label may hold one.
    try db.execute(
      sql: """
        CREATE TABLE labels (
          id INTEGER PRIMARY KEY,
          name BLOB NOT NULL,
          value BLOB NOT NULL,
          checksum INTEGER NOT NULL,
          UNIQUE (name, value)
        );
        CREATE TABLE series (
          id INTEGER PRIMARY KEY,
          label_ids BLOB NOT NULL UNIQUE,
          checksum INTEGER NOT NULL
        );
        """)
  }
}
