import TSQCodec

/// Where each page of the footer lies and which series it is about.
///
/// Series are numbered in the order of their labels; a page row covers a run of them, with one page
/// of labels, one of index and one of summaries. A row: varint number of series, varint number of
/// blocks, then for each of the three pages its varint length and its CRC-32C.
struct PageDirectory: Sendable {
  /// One run of series.
  struct Row: Hashable, Sendable {
    var seriesCount = 0
    var blockCount = 0
    /// The number of the run's first series.
    var firstSeries = 0
    var labels = Page()
    var index = Page()
    var summaries = Page()
  }

  /// One page in the file.
  struct Page: Hashable, Sendable {
    var offset: Int64 = 0
    var length = 0
    var checksum: UInt32 = 0
  }

  private(set) var rows: [Row] = []

  /// The row of a series.
  ///
  /// - Complexity: O(log rows).
  func row(ofSeries local: Int) -> Int {
    var (low, high) = (0, rows.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if rows[middle].firstSeries <= local { low = middle } else { high = middle }
    }
    return low
  }

  /// One row as the writer knows it.
  struct Draft {
    var seriesCount: Int
    var blockCount: Int
    var labels: PageLocation
    var index: PageLocation
    var summaries: PageLocation
  }

  static func encode(_ drafts: [Draft]) -> [UInt8] {
    var writer = ByteWriter(capacity: drafts.count * 24)
    for draft in drafts {
      writer.append(varint: draft.seriesCount)
      writer.append(varint: draft.blockCount)
      draft.labels.append(to: &writer)
      draft.index.append(to: &writer)
      draft.summaries.append(to: &writer)
    }
    return writer.bytes
  }

  /// Reads a directory whose checksum has been compared.
  init(decoding bytes: [UInt8], root: SegmentRoot) throws {
    var reader = ByteReader(bytes.rawSpan)
    var (series, blocks) = (0, 0)
    var (labels, index, summaries) = (root.framesEnd, root.indexStart, root.summariesStart)
    while !reader.isAtEnd {
      var row = Row()
      row.firstSeries = series
      row.seriesCount = try reader.readCount(maximum: root.seriesCount - series)
      row.blockCount = try reader.readCount(maximum: root.blockCount - blocks)
      row.labels = try Self.page(&reader, at: &labels)
      row.index = try Self.page(&reader, at: &index)
      row.summaries = try Self.page(&reader, at: &summaries)
      guard row.seriesCount > 0, labels <= root.indexStart, index <= root.summariesStart,
        summaries <= root.metadataStart
      else { throw InvalidPart("a page would lie outside its part") }
      series += row.seriesCount
      blocks += row.blockCount
      rows.append(row)
    }
    guard series == root.seriesCount, blocks == root.blockCount, labels == root.indexStart,
      index == root.summariesStart, summaries == root.metadataStart
    else { throw InvalidPart("its pages do not cover the segment's series and blocks") }
  }

  @_lifetime(reader: copy reader)
  private static func page(_ reader: inout ByteReader, at offset: inout Int64) throws -> Page {
    let location = try PageLocation(&reader, maximum: SegmentFormat.pageBytesMax)
    let page = Page(offset: offset, length: location.length, checksum: location.checksum)
    offset += Int64(location.length)
    return page
  }
}
