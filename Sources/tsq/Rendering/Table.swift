internal import Foundation

/// Columns of text, aligned for a terminal or written as Markdown or CSV.
struct Table {
  /// How a column stands: numbers to the right, words to the left.
  enum Alignment { case left, right }

  let header: [String]
  let alignment: [Alignment]
  private(set) var rows: [[String]] = []

  /// A table with columns of the given names; those marked `#` at the front hold numbers.
  init(_ columns: [String]) {
    header = columns.map { $0.hasPrefix("#") ? String($0.dropFirst()) : $0 }
    alignment = columns.map { $0.hasPrefix("#") ? .right : .left }
  }

  /// Adds one row.
  mutating func add(_ cells: [String]) {
    precondition(cells.count == header.count, "a row has one cell a column")
    rows.append(cells)
  }

  /// Aligned text with a header line; no trailing blanks.
  var text: String {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    return ([header] + rows).map { row in
      let cells = row.indices.map { pad(row[$0], to: widths[$0], alignment[$0]) }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }

  /// A GitHub-flavoured Markdown table.
  var markdown: String {
    let rule = alignment.map { $0 == .right ? "---:" : "---" }
    return ([header, rule] + rows.map { row in row.map(Self.escapedForMarkdown) }).map { row in
      "| " + row.joined(separator: " | ") + " |\n"
    }.joined()
  }

  /// RFC 4180 comma-separated values, with `\n` line ends.
  var csv: String {
    ([header] + rows).map { $0.map(CSVText.field).joined(separator: ",") + "\n" }.joined()
  }

  private func pad(_ cell: String, to width: Int, _ alignment: Alignment) -> String {
    let blanks = String(repeating: " ", count: width - cell.count)
    return alignment == .right ? blanks + cell : cell + blanks
  }

  private static func escapedForMarkdown(_ cell: String) -> String {
    cell.replacingOccurrences(of: "|", with: "\\|").replacingOccurrences(of: "\n", with: " ")
  }
}

/// Comma-separated values, RFC 4180.
enum CSVText {
  /// A field, in quotes where it needs them.
  static func field(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }
}
