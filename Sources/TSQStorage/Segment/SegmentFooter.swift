import TSQCodec
import TSQCore

/// The pages of a segment's footer, made from what the writer gathered.
struct SegmentFooter {
  /// A page of labels is closed at this size, whatever the number of blocks.
  static let labelBytesPerPage = 1 << 20

  var root = SegmentRoot()
  private(set) var labels: [[UInt8]] = []
  private(set) var index: [[UInt8]] = []
  private(set) var summaries: [[UInt8]] = []
  private(set) var directory: [PageDirectory.Draft] = []

  /// Cuts series, already in order, into pages.
  ///
  /// - Parameters:
  ///   - series: all series of the segment.
  ///   - fullCount: samples of a full block.
  init(_ series: [SegmentWriter.Series], fullCount: Int) {
    root.fullCount = fullCount
    root.seriesCount = series.count
    var start = 0
    while start < series.count {
      var (end, blocks, labelBytes) = (start, 0, 0)
      while end < series.count, end == start || blocks < SegmentFormat.blocksPerPage,
        labelBytes < Self.labelBytesPerPage
      {
        blocks += series[end].blocks.count
        labelBytes += series[end].labels.pairs.reduce(0) {
          $0 + $1.name.utf8.count + $1.value.utf8.count
        }
        end += 1
      }
      appendPage(series[start..<end], blockCount: blocks)
      start = end
    }
    root.labelsLength = Int64(labels.reduce(0) { $0 + $1.count })
    root.indexLength = Int64(index.reduce(0) { $0 + $1.count })
    root.summariesLength = Int64(summaries.reduce(0) { $0 + $1.count })
  }

  private mutating func appendPage(_ run: ArraySlice<SegmentWriter.Series>, blockCount: Int) {
    labels.append(FooterPage.pack(LabelPage.encode(run.lazy.map(\.labels))))
    index.append(
      FooterPage.pack(IndexPage.encode(run.map(\.blocks), fullCount: root.fullCount)))
    summaries.append(FooterPage.pack(SummaryPage.encode(run.lazy.map(\.summaryRows))))
    directory.append(
      PageDirectory.Draft(
        seriesCount: run.count, blockCount: blockCount,
        labels: PageLocation(labels[labels.count - 1]),
        index: PageLocation(index[index.count - 1]),
        summaries: PageLocation(summaries[summaries.count - 1])))
    root.blockCount += blockCount
  }
}
