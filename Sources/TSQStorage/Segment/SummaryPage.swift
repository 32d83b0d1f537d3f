import TSQCodec
import TSQCore

/// The summaries of the blocks of a run of series: for each series the bytes its rows take as a
/// varint, then one row a block, so that one series is found without reading the others.
enum SummaryPage {
  /// Reads the summaries of one series.
  ///
  /// - Parameters:
  ///   - page: the page's bytes, unpacked.
  ///   - position: the series' place in the page, from 0.
  ///   - blocks: the series' blocks, as the index has them.
  /// - Returns: one summary a block.
  /// - Throws: `InvalidPart` or `ByteReadError` where the bytes are no summaries of these blocks.
  static func decode(
    _ page: [UInt8], position: Int, blocks: ArraySlice<BlockEntry>
  ) throws -> [SeriesSummary] {
    var reader = ByteReader(page.rawSpan)
    for _ in 0..<position {
      _ = try reader.readBytes(try reader.readCount(maximum: reader.remaining))
    }
    let size = try reader.readCount(maximum: reader.remaining)
    var rows = ByteReader(try reader.readBytes(size))
    var summaries: [SeriesSummary] = []
    summaries.reserveCapacity(blocks.count)
    var context = SummaryContext()
    for block in blocks {
      context.advance(to: block)
      summaries.append(try SummaryRow.read(from: &rows, &context))
    }
    guard rows.isAtEnd else { throw InvalidPart("bytes follow a series' last summary") }
    return summaries
  }
}
