/// The cells of one row with their quotes taken off; its memory is reused.
package struct CSVCells: Sendable {
  /// The cells' bytes, one cell after another.
  package private(set) var bytes: [UInt8] = []
  private var ends: [Int] = []

  /// No cells.
  package init() {}

  /// The number of cells.
  package var count: Int { ends.count }

  /// Where a cell stands in `bytes`.
  package subscript(cell: Int) -> Range<Int> { (cell == 0 ? 0 : ends[cell - 1])..<ends[cell] }

  /// Takes a row apart.
  ///
  /// - Throws: `RejectReason.badRow` for a quote without an end or with text behind it.
  package mutating func read(_ row: RawSpan, from start: Int, to end: Int) throws(RejectReason) {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    var offset = start
    while true {
      if offset < end, row.octet(offset) == Octet.quote {
        offset = try readQuoted(row, from: offset + 1, to: end)
      } else {
        while offset < end, row.octet(offset) != Octet.comma {
          bytes.append(row.octet(offset))
          offset += 1
        }
      }
      ends.append(bytes.count)
      if offset == end { return }
      guard row.octet(offset) == Octet.comma else { throw .badRow }
      offset += 1
    }
  }

  /// Reads a quoted cell; gives the offset behind its closing quote.
  private mutating func readQuoted(
    _ row: RawSpan, from start: Int, to end: Int
  ) throws(RejectReason) -> Int {
    var offset = start
    while offset < end {
      let byte = row.octet(offset)
      if byte == Octet.quote {
        guard offset + 1 < end, row.octet(offset + 1) == Octet.quote else { return offset + 1 }
        offset += 1
      }
      bytes.append(byte)
      offset += 1
    }
    throw .badRow
  }
}
