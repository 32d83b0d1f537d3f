import TSQCore
internal import Synchronization

/// Where the bytes of a store on disk go.
public struct StoreLayout: Hashable, Sendable {
  /// One metric's values, without its share of anything else.
  public struct MetricValues: Hashable, Sendable {
    /// Samples in segments.
    public var samples = 0
    /// Bytes of their value frames.
    public var bytes: Int64 = 0
  }

  /// Samples in segments; duplicates across segments are counted more than once until compaction.
  public var samples = 0
  /// Frames of timestamps; those that several series share count once.
  public var timestamps: Int64 = 0
  /// Frames of values.
  public var values: Int64 = 0
  /// Pages of labels.
  public var labels: Int64 = 0
  /// Pages that say where the blocks lie.
  public var index: Int64 = 0
  /// Pages of summaries.
  public var summaries: Int64 = 0
  /// Headers, directories, metadata, roots and trailers of segments.
  public var rest: Int64 = 0
  /// `catalog.sqlite` with its log.
  public var catalog: Int64 = 0
  /// `state.sqlite` with its log.
  public var state: Int64 = 0
  /// The log of samples that are in no segment yet.
  public var log: Int64 = 0
  /// Values by metric; empty unless asked for.
  public var metrics: [String: MetricValues] = [:]

  /// Everything.
  public var total: Int64 {
    timestamps + values + labels + index + summaries + rest + catalog + state + log
  }
}

extension Store {
  /// Where the bytes of the store on disk go.
  ///
  /// - Parameter byMetric: also adds up the values of each metric, which reads all labels.
  /// - Returns: bytes by part.
  /// - Throws: `StoreError.damaged` where an index or, by metric, a page of labels cannot be read.
  /// - Complexity: O(blocks); reads every index once.
  public func layout(byMetric: Bool = false) throws(StoreError) -> StoreLayout {
    var layout = StoreLayout()
    do throws(SegmentError) {
      for segment in core.view.withLock({ $0.segments }) {
        try layout.add(segment.reader, byMetric: byMetric)
      }
    } catch { throw error.storeError }
    layout.catalog = bytes(of: folder.catalog)
    layout.state = bytes(of: folder.state)
    layout.log = statistics().logBytes
    return layout
  }

  /// The size of an SQLite file and its log; 0 where there is none.
  private func bytes(of path: String) -> Int64 {
    guard hasDatabases else { return 0 }
    return ["", "-wal"].reduce(0) { sum, suffix in
      sum + ((try? fileSystem.size(path + suffix)) ?? 0)
    }
  }
}

extension StoreLayout {
  fileprivate mutating func add(
    _ reader: SegmentReader, byMetric: Bool
  ) throws(SegmentError) {
    let parts = reader.layout
    samples += reader.info.sampleCount
    labels += parts.labels
    index += parts.index
    summaries += parts.summaries
    rest += parts.rest
    var valueBytes: Int64 = 0
    for (number, row) in try reader.directory().rows.enumerated() {
      let contents = try reader.index(row: number)
      valueBytes += contents.blocks.reduce(0) { $0 + Int64($1.valuesLength) }
      guard byMetric else { continue }
      for (position, labels) in try reader.labels(row: row).enumerated() {
        let blocks = contents.blocks[
          Int(contents.starts[position])..<Int(contents.starts[position + 1])]
        for block in blocks {
          metrics[labels.metric, default: MetricValues()].samples += block.count
          metrics[labels.metric, default: MetricValues()].bytes += Int64(block.valuesLength)
        }
      }
    }
    values += valueBytes
    timestamps += parts.frames - valueBytes
  }
}
