internal import TSQCodec

/// What to do about rejected rows of a CSV file, from the first row of each reason.
struct CSVHints {
  /// Whether `--metric` names the series of rows without one.
  let isSeriesNamed: Bool

  /// What is wrong with one row, in the order in which it is told.
  private static let reasons: [RejectReason] = [
    .missingSeries, .badSeries, .badRow, .badTimestamp, .badValue, .badLabels, .badName,
    .missingMeasurement,
  ]

  /// One hint for each thing that is wrong.
  func hints(for examples: [RejectReason: [UInt8]]) -> [String] {
    for reason in [RejectReason.badHeader, .badRow] {
      if let hint = examples[reason].flatMap({ wholeFile($0) }) { return [hint] }
    }
    if let row = examples[.badHeader] { return [header(row)] }
    var hints: [String] = []
    for reason in Self.reasons {
      guard let row = examples[reason], let hint = hint(reason, row) else { continue }
      if !hints.contains(hint) { hints.append(hint) }
    }
    return hints
  }

  private func hint(_ reason: RejectReason, _ row: [UInt8]) -> String? {
    switch reason {
    case .missingSeries: Self.namesNoSeries
    case .badSeries:
      "columns are series,timestamp,value in this order; a table with a column for each metric is one file "
        + "a metric, timestamp,value with --metric NAME"
    case .badRow: columns(row)
    case .badTimestamp: time(row)
    case .badValue: value(row)
    case .badLabels, .badName, .missingMeasurement:
      "a series is written as PromQL has it, quoted where it has quotes or commas: "
        + "\"cpu{host=\"\"a\"\"}\""
    default: nil
    }
  }

  private static let namesNoSeries =
    "a file without a `series` column needs --metric NAME, and --label KEY=VALUE for its labels"

  // MARK: - Rows

  /// What holds for every row of the file.
  private func wholeFile(_ row: [UInt8]) -> String? {
    if row.starts(with: [0xff, 0xfe]) || row.starts(with: [0xfe, 0xff]) {
      return "the file is UTF-16; save it as UTF-8"
    }
    if row.contains(UInt8(ascii: "\r")) {
      return "rows end with a line feed, with or without `\\r`"
    }
    guard !row.contains(UInt8(ascii: ",")) else { return nil }
    for (separator, name) in [(";", "`;`"), ("\t", "tabs"), ("|", "`|`")]
    where row.contains(separator.utf8.first ?? 0) {
      return "columns are separated by commas, not by \(name); a decimal comma must be a point"
    }
    return nil
  }

  private func header(_ row: [UInt8]) -> String {
    if hasBlanks(row) { return Self.noBlanks }
    return "name and order the columns `series,timestamp,value`, or `timestamp,value` with "
      + "--metric NAME: behind another header no row is read"
  }

  private func columns(_ row: [UInt8]) -> String {
    let text = String(decoding: row, as: UTF8.self)
    if text.hasPrefix("\"") {
      return "a quoted cell ends in its own row, and a quote inside is doubled: "
        + "\"cpu{host=\"\"a\"\"}\",1767225600,1"
    }
    if text.contains("{") {
      return "a series with commas is quoted, and its quotes doubled: "
        + "\"cpu{host=\"\"a\"\",job=\"\"b\"\"}\",1767225600,1"
    }
    if isSeriesNamed {
      return "with --metric a row is timestamp,value; leave --metric out for a file whose rows "
        + "name their series"
    }
    return "a row is series,timestamp,value; a decimal comma must be a point"
  }

  // MARK: - Cells

  private static let noBlanks = "there are no blanks around the commas"

  private func hasBlanks(_ row: [UInt8]) -> Bool {
    let text = String(decoding: row, as: UTF8.self)
    return text.contains(", ") || text.contains(" ,")
  }

  /// A cell counted from the last one.
  private func cell(_ row: [UInt8], fromLast place: Int) -> String? {
    var cells = CSVCells()
    do throws(RejectReason) {
      try unsafe cells.read(row.span.bytes, from: 0, to: row.count)
    } catch {
      // An excerpt may end inside a quoted cell.
      return nil
    }
    guard cells.count > place else { return nil }
    return String(decoding: cells.bytes[cells[cells.count - 1 - place]], as: UTF8.self)
  }

  private func time(_ row: [UInt8]) -> String {
    if hasBlanks(row) { return Self.noBlanks }
    let cell = cell(row, fromLast: 1) ?? ""
    let units = [13: ("milliseconds", 3), 16: ("microseconds", 6), 19: ("nanoseconds", 9)]
    if cell.allSatisfy({ $0.isASCII && $0.isNumber }), let (unit, places) = units[cell.count] {
      return "times are seconds, and `\(cell)` looks like \(unit): write "
        + "`\(cell.dropLast(places)).\(cell.suffix(places))`"
    }
    return "times are Unix seconds, or RFC 3339 with a zone: 1767225600, 1767225600.5, "
      + "2026-01-01, 2026-01-01T00:00:00Z"
  }

  private func value(_ row: [UInt8]) -> String {
    if hasBlanks(row) { return Self.noBlanks }
    let cell = cell(row, fromLast: 0) ?? ""
    if cell.isEmpty { return "leave a row without a value out: a gap is no row" }
    if cell.contains(",") { return "numbers have a decimal point, not a comma" }
    return "values are plain numbers without a unit: 50, 0.5, 1e-3, NaN, +Inf"
  }
}
