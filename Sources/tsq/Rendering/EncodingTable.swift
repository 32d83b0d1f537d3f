internal import TSQCodec
internal import TSQCore
internal import TSQStorage

/// How the samples in a store's segments are written, one row an encoding.
enum EncodingTable {
  private struct Row: Encodable {
    let column: String
    let encoding: String
    let lz4: Bool
    let frames: Int
    let samples: Int
    let bytes: Int64
  }

  /// Writes the table to standard output.
  static func write(of source: SourceOptions, as output: OutputFormat) throws {
    try source.requireStore()
    let store = try Store.openReadOnly(source.directory)
    let rows = try store.encodings().map {
      Row(
        column: $0.kind == .timestamps ? "timestamps" : "values", encoding: $0.scheme,
        lz4: $0.isCompressed, frames: $0.frames, samples: $0.samples, bytes: $0.bytes)
    }
    try store.close()
    let out = StandardOutput()
    if output == .json {
      try out.writeLine(JSONText.line(rows))
    } else {
      var table = Table([
        "column", "encoding", "lz4", "#frames", "#samples", "#bytes", "#bytes/sample",
      ])
      for row in rows {
        let share = Double(row.bytes) / Double(max(1, row.samples))
        table.add([
          row.column, row.encoding, row.lz4 ? "yes" : "no", "\(row.frames)", "\(row.samples)",
          "\(row.bytes)", NumberText.shortest((share * 1e4).rounded() / 1e4),
        ])
      }
      try out.write(output == .csv ? table.csv : output == .md ? table.markdown : table.text)
    }
    try out.flush()
  }
}
