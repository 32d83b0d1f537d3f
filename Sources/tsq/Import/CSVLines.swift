internal import Foundation
internal import TSQCodec
internal import TSQCore
internal import TSQQuery

/// Turns comma-separated values into line protocol.
///
/// Two shapes, told apart by the header: `series,timestamp,value`, as `tsq query -o csv` prints it,
/// and `timestamp,value` for one series named by the caller. Times are Unix seconds or RFC 3339.
struct CSVLines {
  private let single: Labels?
  private let onReject: (Int, String, String) -> Void
  private var hasSeries: Bool?
  private var lineNumber = 0
  private var known: [String: Labels] = [:]
  private var writer = LineProtocolWriter()
  private(set) var rejected = 0

  /// A converter.
  ///
  /// - Parameters:
  ///   - single: the series of files without a `series` column.
  ///   - onReject: told each rejected row's number, reason code and words.
  init(single: Labels?, onReject: @escaping (Int, String, String) -> Void) {
    self.single = single
    self.onReject = onReject
  }

  /// The line protocol of whole rows; a rejected row keeps its place as an empty line.
  mutating func convert(_ text: String) throws -> [UInt8] {
    writer.removeAll()
    for row in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      lineNumber += 1
      let cells = Self.cells(row.last == "\r" ? row.dropLast() : row)
      if lineNumber == 1, try readHeader(cells) { continue }
      if cells == [""] { continue }
      if let (reason, words) = add(cells) {
        rejected += 1
        onReject(lineNumber, reason, words)
      }
    }
    return writer.bytes
  }

  /// Whether the first row was a header.
  private mutating func readHeader(_ cells: [String]) throws -> Bool {
    let names = cells.map { $0.lowercased() }
    hasSeries = names.first == "series"
    if hasSeries == false, single == nil {
      throw CommandFailure(
        "the file has no `series` column, so the series must be named",
        hint: "add --metric NAME and --label KEY=VALUE, or a `series,timestamp,value` header")
    }
    return names == ["series", "timestamp", "value"] || names == ["timestamp", "value"]
  }

  private mutating func add(_ cells: [String]) -> (String, String)? {
    let wanted = hasSeries == true ? 3 : 2
    guard cells.count == wanted else {
      return ("bad-row", "\(cells.count) columns where \(wanted) are expected")
    }
    guard let labels = hasSeries == true ? labels(of: cells[0]) : single else {
      return ("bad-series", "`\(cells[0])` is not a series such as cpu{host=\"a\"}")
    }
    guard let time = TimeArgument.instant(cells[wanted - 2]) else {
      return ("bad-timestamp", "`\(cells[wanted - 2])` is neither Unix seconds nor RFC 3339")
    }
    guard let value = NumberText.value(cells[wanted - 1]) else {
      return ("bad-value", "`\(cells[wanted - 1])` is not a number")
    }
    guard writer.append(labels, time: time.nanoseconds, value: value) else {
      return ("not-storable", "line protocol has no way to write \(cells[wanted - 1]) of \(labels)")
    }
    return nil
  }

  private mutating func labels(of text: String) -> Labels? {
    if let labels = known[text] { return labels }
    guard let labels = try? QueryEngine.labels(ofSeries: text) else { return nil }
    known[text] = labels
    return labels
  }

  /// The cells of one row, RFC 4180 quotes taken off; a quoted cell does not span rows here.
  private static func cells(_ row: Substring) -> [String] {
    var cells: [String] = []
    var cell = ""
    var isQuoted = false
    var previousQuote = false
    for character in row {
      if character == "\"" {
        if isQuoted || !cell.isEmpty || previousQuote {
          if previousQuote { cell.append("\"") }
          previousQuote.toggle()
        } else {
          isQuoted = true
        }
      } else if character == ",", !isQuoted || previousQuote {
        cells.append(cell)
        (cell, isQuoted, previousQuote) = ("", false, false)
      } else {
        cell.append(character)
      }
    }
    return cells + [cell]
  }
}
