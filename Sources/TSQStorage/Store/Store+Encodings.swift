public import TSQCodec
internal import Synchronization

/// What one way of writing columns holds of a store, and what it costs.
public struct EncodingShare: Hashable, Sendable {
  /// Timestamps or values.
  public let kind: ColumnKind
  /// The form without its numbers, as `ColumnInfo.scheme` gives it.
  public let scheme: String
  /// Whether LZ4 stands around the payload.
  public let isCompressed: Bool
  /// Frames written so; one that several series share counts once.
  public internal(set) var frames = 0
  /// Samples in these frames.
  public internal(set) var samples = 0
  /// Bytes of whole frames, headers and checksums included.
  public internal(set) var bytes: Int64 = 0

  fileprivate init(_ kind: ColumnKind, _ scheme: String, _ isCompressed: Bool) {
    self.kind = kind
    self.scheme = scheme
    self.isCompressed = isCompressed
  }
}

extension Store {
  /// Which encodings the frames of all segments have, those with the most bytes first.
  ///
  /// - Throws: `StoreError` where an index or a frame cannot be read.
  /// - Complexity: O(bytes of all segments): each frame is read and its checksum compared.
  public func encodings() throws(StoreError) -> [EncodingShare] {
    var tally = EncodingTally()
    do throws(SegmentError) {
      for segment in core.view.withLock({ $0.segments }) { try tally.add(segment.reader) }
    } catch { throw error.storeError }
    return tally.shares
  }
}

/// Adds up frames by the way they are written.
private struct EncodingTally {
  private var byName: [String: EncodingShare] = [:]

  /// Most bytes first; equals in an order of their own, so that equal stores give equal answers.
  var shares: [EncodingShare] {
    byName.sorted { left, right in
      left.value.bytes == right.value.bytes
        ? left.key < right.key : left.value.bytes > right.value.bytes
    }.map(\.value)
  }

  mutating func add(_ reader: SegmentReader) throws(SegmentError) {
    // The writer looks for equal timestamps among all series, so frames are shared across pages.
    var timesSeen: Set<Int64> = []
    for number in try reader.directory().rows.indices {
      for block in try reader.index(row: number).blocks {
        if !timesSeen.contains(block.timesOffset) {
          timesSeen.insert(block.timesOffset)
          add(try reader.inspectTimes(of: block))
        }
        add(try reader.inspectValues(of: block))
      }
    }
  }

  private mutating func add(_ info: ColumnInfo) {
    let scheme = info.scheme
    let name = "\(info.kind.rawValue) \(info.isCompressed) \(scheme)"
    var share = byName[name] ?? EncodingShare(info.kind, scheme, info.isCompressed)
    share.frames += 1
    share.samples += info.count
    share.bytes += Int64(info.storedBytes)
    byName[name] = share
  }
}

extension SegmentReader {
  /// How a block's timestamps are written.
  fileprivate func inspectTimes(of block: BlockEntry) throws(SegmentError) -> ColumnInfo {
    try inspect(block, at: block.timesOffset, count: Int(block.timesLength))
  }

  /// How a block's values are written.
  fileprivate func inspectValues(of block: BlockEntry) throws(SegmentError) -> ColumnInfo {
    try inspect(block, at: block.valuesOffset, count: Int(block.valuesLength))
  }

  private func inspect(
    _ block: BlockEntry, at offset: Int64, count: Int
  ) throws(SegmentError) -> ColumnInfo {
    let bytes: [UInt8]
    do throws(FileError) { bytes = try readFrames(at: offset, count: count) } catch {
      throw .file(error)
    }
    do throws(ColumnDecodeError) { return try ColumnFrame.inspect(bytes.rawSpan) } catch {
      throw damaged(block, reason: "\(error)")
    }
  }
}
