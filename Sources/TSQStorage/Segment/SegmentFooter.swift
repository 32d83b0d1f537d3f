import TSQCodec
import TSQCore

/// The footer of a segment being written.
///
/// Series come in the order of their labels, and a page that is full is packed at once: until the
/// segment ends, a series takes the few bytes of its packed rows and not its labels, index entries
/// and summaries.
struct SegmentFooter {
  /// A page of labels is closed at this size, whatever the number of blocks.
  static let labelBytesPerPage = 1 << 20

  var root = SegmentRoot()
  private(set) var labels: [[UInt8]] = []
  private(set) var index: [[UInt8]] = []
  private(set) var summaries: [[UInt8]] = []
  private(set) var directory: [PageDirectory.Draft] = []

  /// The page being filled.
  private var blocks = IndexPage.Contents()
  private var labelRows = LabelPageWriter()
  private var summaryRows = ByteWriter()
  /// The series being added.
  private var last: Labels?
  private var rows = ByteWriter()
  private var context = SummaryContext()

  /// A footer without series.
  ///
  /// - Parameter fullCount: samples of a full block.
  init(fullCount: Int) { root.fullCount = fullCount }

  /// Begins a series.
  ///
  /// - Precondition: its labels sort behind those of the series before.
  mutating func begin(_ labels: Labels) {
    if let last {
      precondition(
        LabelOrder.compare(last, labels) < 0, "\(labels) comes after \(last), or comes twice")
    }
    last = labels
    labelRows.append(labels)
    rows.removeAllKeepingCapacity()
    context = SummaryContext()
  }

  /// Adds the next block of the series.
  mutating func append(_ block: BlockEntry, _ summary: SeriesSummary) {
    context.advance(to: block)
    SummaryRow.append(summary, &context, to: &rows)
    blocks.blocks.append(block)
  }

  /// Ends the series, and the page where it is full.
  mutating func end() {
    blocks.starts.append(Int32(blocks.blocks.count))
    summaryRows.append(varint: rows.count)
    summaryRows.append(contentsOf: rows.bytes)
    root.seriesCount += 1
    if blocks.blocks.count >= SegmentFormat.blocksPerPage
      || labelRows.textByteCount >= Self.labelBytesPerPage
    {
      closePage()
    }
  }

  /// Packs the last page and says how long the parts are.
  mutating func finish() {
    if blocks.starts.count > 1 { closePage() }
    root.labelsLength = Int64(labels.reduce(0) { $0 + $1.count })
    root.indexLength = Int64(index.reduce(0) { $0 + $1.count })
    root.summariesLength = Int64(summaries.reduce(0) { $0 + $1.count })
  }

  private mutating func closePage() {
    labels.append(FooterPage.pack(labelRows.bytes))
    index.append(FooterPage.pack(IndexPage.encode(blocks, fullCount: root.fullCount)))
    summaries.append(FooterPage.pack(summaryRows.bytes))
    directory.append(
      PageDirectory.Draft(
        seriesCount: blocks.starts.count - 1, blockCount: blocks.blocks.count,
        labels: PageLocation(labels[labels.count - 1]),
        index: PageLocation(index[index.count - 1]),
        summaries: PageLocation(summaries[summaries.count - 1])))
    root.blockCount += blocks.blocks.count
    blocks.blocks.removeAll(keepingCapacity: true)
    blocks.starts.removeLast(blocks.starts.count - 1)
    labelRows.removeAllKeepingCapacity()
    summaryRows.removeAllKeepingCapacity()
  }
}
