internal import Foundation
internal import TSQCore

/// A history in a CSV file: `timestamp,value`, one sample a line, in any order.
///
/// Timestamps are Unix seconds (fractions allowed) or RFC 3339. A header line, empty lines and
/// lines that start with `#` are passed over. An empty value is a gap.
enum HistoryFile {
  /// The most bytes read, so that a wrong path cannot fill the memory: about 20 million samples.
  static let byteLimit = 512 * 1024 * 1024

  /// Reads a file, or standard input for `-`.
  ///
  /// - Returns: the samples in ascending time; where a time stands twice, its last line counts.
  /// - Throws: `CommandFailure` that names the line and what is wrong with it.
  static func read(_ path: String) throws -> SampleColumns {
    let data: Data
    do {
      data =
        path == "-"
        ? try FileHandle.standardInput.readToEnd() ?? Data()
        : try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw CommandFailure(
        "cannot read `\(path)`: no such file, or no permission",
        hint: "--input takes a CSV file with the columns timestamp,value, or - for standard input")
    }
    guard data.count <= byteLimit else {
      throw CommandFailure("`\(path)` has \(data.count) bytes, the limit is \(byteLimit)")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw CommandFailure("`\(path)` is not UTF-8 text")
    }
    return try parse(text, name: path)
  }

  /// Parses the text of such a file; `name` is for the messages.
  static func parse(_ text: String, name: String) throws -> SampleColumns {
    var rows: [(time: Int64, value: Double, order: Int)] = []
    var lineNumber = 0
    for raw in text.split(separator: "\n", omittingEmptySubsequences: false) {
      lineNumber += 1
      let line = raw.last == "\r" ? raw.dropLast() : raw
      if line.isEmpty || line.hasPrefix("#") { continue }
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map { cell in
        cell.trimmingCharacters(in: .whitespaces)
      }
      if rows.isEmpty, cells.first?.lowercased() == "timestamp" { continue }
      guard cells.count == 2 else {
        throw CommandFailure(
          "\(name):\(lineNumber): expected two columns, timestamp,value, found \(cells.count)")
      }
      guard let time = TimeArgument.instant(cells[0]) else {
        throw CommandFailure(
          "\(name):\(lineNumber): `\(cells[0])` is neither Unix seconds nor RFC 3339")
      }
      if cells[1].isEmpty { continue }
      guard let value = NumberText.value(cells[1]) else {
        throw CommandFailure("\(name):\(lineNumber): `\(cells[1])` is not a number")
      }
      rows.append((time.nanoseconds, value, rows.count))
    }
    rows.sort { ($0.time, $0.order) < ($1.time, $1.order) }
    var columns = SampleColumns()
    for row in rows {
      if columns.times.last == row.time {
        columns.values[columns.count - 1] = row.value
      } else {
        columns.append(time: row.time, value: row.value)
      }
    }
    return columns
  }
}
