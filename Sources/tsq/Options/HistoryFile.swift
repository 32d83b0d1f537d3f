internal import Foundation
internal import TSQCodec
internal import TSQCore

/// A history in a CSV file: `timestamp,value`, one sample a line, in any order.
///
/// Timestamps are Unix seconds (fractions allowed) or RFC 3339. A header line, empty lines and
/// lines that start with `#` are passed over. An empty value is a gap. With a column `series` before
/// them, as `tsq query -o csv` prints, all rows must be of one series. Cells may be quoted as RFC
/// 4180 has it, lines may end in `\r\n`, and a byte order mark at the start is passed over.
enum HistoryFile {
  /// The most bytes read, so that a wrong path cannot fill the memory: about 20 million samples.
  static let byteLimit = 512 * 1024 * 1024

  private static let columnsHint = "--input takes a CSV file with the columns timestamp,value"

  /// Reads a file, or standard input for `-`.
  ///
  /// - Returns: the samples in ascending time; where a time stands twice, its last line counts.
  /// - Throws: `CommandFailure` that names the line and what is wrong with it.
  static func read(_ path: String) throws -> SampleColumns {
    var isFolder: ObjCBool = false
    if unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
      isFolder.boolValue
    {
      throw CommandFailure("cannot read `\(path)`: it is a folder", hint: columnsHint)
    }
    let data: Data
    do {
      data =
        path == "-"
        ? try FileHandle.standardInput.readToEnd() ?? Data()
        : try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw CommandFailure(
        "cannot read `\(path)`: no such file, or no permission",
        hint: "\(columnsHint), or - for standard input")
    }
    guard data.count <= byteLimit else {
      throw CommandFailure(
        "`\(path)` has \(data.count) bytes, the limit is \(byteLimit)",
        hint: "`tsq import` the file and forecast from the store")
    }
    return try parse([UInt8](data), name: path)
  }

  /// Parses the bytes of such a file; `name` is for the messages.
  static func parse(_ bytes: [UInt8], name: String) throws -> SampleColumns {
    var rows = Rows(name: name)
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    var start = bytes.starts(with: mark) ? mark.count : 0
    var lineNumber = 0
    while start < bytes.count {
      lineNumber += 1
      let newline = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      let hasReturn = newline > start && bytes[newline - 1] == UInt8(ascii: "\r")
      let end = hasReturn ? newline - 1 : newline
      if end > start, bytes[start] != UInt8(ascii: "#") {
        try rows.take(bytes, start..<end, lineNumber)
      }
      start = newline + 1
    }
    return rows.sorted
  }

  /// The samples of the rows read so far.
  private struct Rows {
    let name: String
    private var cells = CSVCells()
    private var rows: [(time: Int64, value: Double, order: Int)] = []
    private var hasSeries: Bool?
    private var series: String?

    init(name: String) { self.name = name }

    mutating func take(_ bytes: [UInt8], _ line: Range<Int>, _ number: Int) throws {
      do throws(RejectReason) {
        try unsafe cells.read(bytes.span.bytes, from: line.lowerBound, to: line.upperBound)
      } catch {
        throw CommandFailure(
          "\(name):\(number): a quoted cell is not closed, or text stands behind its quote",
          hint: columnsHint)
      }
      if hasSeries == nil {
        hasSeries = cells.count == 3
        if cell(hasSeries == true ? 1 : 0).lowercased() == "timestamp" { return }
      }
      let first = hasSeries == true ? 1 : 0
      guard cells.count == first + 2 else {
        throw CommandFailure(
          "\(name):\(number): expected \(first + 2) columns, "
            + (first == 0 ? "" : "series,") + "timestamp,value, found \(cells.count)",
          hint: columnsHint)
      }
      try requireOneSeries(number)
      let (stamp, text) = (cell(first), cell(first + 1))
      guard let time = TimeArgument.instant(stamp) else {
        throw CommandFailure(
          "\(name):\(number): `\(stamp)` is neither Unix seconds nor RFC 3339",
          hint: "write 1767225600 or 2026-01-01T00:00:00Z")
      }
      if text.isEmpty { return }
      guard let value = NumberText.value(text) else {
        throw CommandFailure(
          "\(name):\(number): `\(text)` is not a number", hint: "leave the cell empty for a gap")
      }
      rows.append((time.nanoseconds, value, rows.count))
    }

    private mutating func requireOneSeries(_ number: Int) throws {
      guard hasSeries == true else { return }
      let name = cell(0)
      if let series, series != name {
        throw CommandFailure(
          "\(self.name):\(number): a second series, `\(name)` beside `\(series)`",
          hint: "give each series a file of its own, or `tsq import` the file")
      }
      series = name
    }

    private func cell(_ index: Int) -> String {
      guard index < cells.count else { return "" }
      return String(decoding: cells.bytes[cells[index]], as: UTF8.self)
        .trimmingCharacters(in: .whitespaces)
    }

    /// Ascending in time; of equal times the last row's value.
    var sorted: SampleColumns {
      var columns = SampleColumns()
      for row in rows.sorted(by: { ($0.time, $0.order) < ($1.time, $1.order) }) {
        if columns.times.last == row.time {
          columns.values[columns.count - 1] = row.value
        } else {
          columns.append(time: row.time, value: row.value)
        }
      }
      return columns
    }
  }
}
