internal import Foundation
internal import TSQCodec
internal import TSQCore

/// One file to import, handed out as pieces of line protocol.
struct ImportInput {
  let name: String
  let precision: LinePrecision
  private let path: String
  /// `nil` for line protocol; for CSV the series of files without a `series` column.
  private let csv: Labels??

  /// An input; the file is opened when it is read.
  init(_ path: String, csv: Labels??, precision: LinePrecision) throws {
    self.path = path
    self.csv = csv
    self.precision = precision
    name = path == "-" ? "standard input" : path
  }

  /// Reads the file and hands on its lines.
  ///
  /// - Parameters:
  ///   - onReject: told the rows of CSV that are not samples.
  ///   - body: takes pieces that end anywhere for line protocol, with whole lines for CSV.
  /// - Returns: the number of rejected rows.
  /// - Throws: `CommandFailure` where the file cannot be read, and what `body` throws.
  func forEachPiece(
    onReject: @escaping (Int, String, String) -> Void, _ body: ([UInt8]) throws -> Void
  ) throws -> Int {
    var stream = try InputStream(path)
    guard let single = csv else {
      while let piece = stream.next() { try body(Array(piece)) }
      try stream.check()
      return 0
    }
    var rows = CSVLines(single: single, onReject: onReject)
    var pending: [UInt8] = []
    while let piece = stream.next() {
      pending += piece
      guard let end = pending.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      try body(rows.convert(try text(pending[...end])))
      pending.removeSubrange(...end)
    }
    try stream.check()
    if !pending.isEmpty {
      try body(rows.convert(try text(pending[...]) + "\n"))
    }
    return rows.rejected
  }

  private func text(_ bytes: ArraySlice<UInt8>) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure("\(name) is not UTF-8 text")
    }
    return text
  }
}

/// Prints the first rejected lines of an import and counts the rest.
final class ImportRejections {
  /// Lines shown: enough to see the pattern, few enough to read.
  private static let shown = 20
  var file = ""
  private var count = 0

  /// One rejected line.
  func print(_ line: Int, _ reason: String, _ words: String) {
    count += 1
    guard count <= Self.shown else { return }
    StandardError.writeLine("\(file):\(line): \(reason): \(words)")
  }

  /// Says how many were not shown.
  func finish() {
    guard count > Self.shown else { return }
    StandardError.writeLine("and \(count - Self.shown) more rejected lines")
  }
}

extension ImportTotals {
  /// Adds another file's totals.
  mutating func add(_ other: ImportTotals) {
    accepted += other.accepted
    rejected += other.rejected
    samples += other.samples
    stored += other.stored
    replaced += other.replaced
    ignored += other.ignored
  }
}
