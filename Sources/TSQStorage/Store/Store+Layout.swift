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
  /// `catalog.sqlite` with what SQLite keeps beside it.
  public var catalog: Int64 = 0
  /// `state.sqlite` with what SQLite keeps beside it.
  public var state: Int64 = 0
  /// The log of samples that are in no segment yet.
  public var log: Int64 = 0
  /// What could not be read and was set aside, with notes on what is missing.
  public var quarantine: Int64 = 0
  /// Lines that a server rejected.
  public var deadLetters: Int64 = 0
  /// Every other file of the folder: the small ones of the store, segments that are not in use, and what
  /// somebody else put there.
  public var other: Int64 = 0
  /// Values by metric; empty unless asked for.
  public var metrics: [String: MetricValues] = [:]

  /// Everything: the size of all files in the folder.
  public var total: Int64 {
    timestamps + values + labels + index + summaries + rest + catalog + state + log + quarantine
      + deadLetters + other
  }

  /// The folder in a store's folder where a server keeps the lines it rejected.
  package static let deadLettersName = "dead-letters"
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
    let segments = core.view.withLock { $0.segments }
    do throws(SegmentError) {
      for segment in segments { try layout.add(segment.reader, byMetric: byMetric) }
    } catch { throw error.storeError }
    layout.add(folder, inUse: Set(segments.map(\.info.name)))
    return layout
  }
}

extension StoreLayout {
  /// Adds everything in a store's folder but the segments in use, which are added by their parts.
  fileprivate mutating func add(_ folder: StoreFolder, inUse: Set<String>) {
    let fileSystem = folder.fileSystem
    for name in (try? fileSystem.list(folder.path)) ?? [] {
      let path = folder.path + "/" + name
      if path == folder.segments {
        let unused = ((try? fileSystem.list(path)) ?? []).filter { !inUse.contains($0) }
        for segment in unused { other += fileSystem.byteCount(path + "/" + segment) }
        continue
      }
      // A folder of the store's own may be a link to another disk.
      let bytes = fileSystem.byteCount(fileSystem.canonical(path))
      if path == folder.log {
        log += bytes
      } else if path == folder.quarantine {
        quarantine += bytes
      } else if name == StoreLayout.deadLettersName {
        deadLetters += bytes
      } else if SQLiteFiles.belongs(name, to: Catalog.fileName) {
        catalog += bytes
      } else if SQLiteFiles.belongs(name, to: StateDatabase.fileName) {
        state += bytes
      } else {
        other += bytes
      }
    }
  }
}

extension FileSystem {
  /// The size of a file, or of all files in a folder and in those below it; 0 for what is not there any
  /// more.
  fileprivate func byteCount(_ path: String) -> Int64 {
    guard isFolder(path) else { return (try? size(path)) ?? 0 }
    let names = (try? list(path)) ?? []
    return names.reduce(0) { $0 + byteCount(path + "/" + $1) }
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
