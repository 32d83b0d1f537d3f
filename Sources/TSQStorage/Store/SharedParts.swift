internal import Synchronization
package import TSQCore

/// The parts of blocks that trends were asked for last, which the snapshots of a store use together.
///
/// Emptied as a whole when it grows past its limit: parts are cheap to make again.
final class SharedParts: Sendable {
  /// A week of 10 s takes 35 KB: 450 such series.
  static let bytesMax = 16 << 20

  /// A block of a segment: no two open files have one number, no two blocks one place.
  struct Key: Hashable {
    let segment: UInt64
    let offset: Int64
  }

  private struct State {
    var parts: [Key: [SamplePart]] = [:]
    var bytes = 0
  }

  private let state = Mutex(State())

  func parts(of key: Key) -> [SamplePart]? { state.withLock { $0.parts[key] } }

  func keep(_ parts: [SamplePart], of key: Key) {
    let size = parts.count * MemoryLayout<SamplePart>.stride + 64
    state.withLock { state in
      if state.bytes + size > SharedParts.bytesMax { state = State() }
      if state.parts.updateValue(parts, forKey: key) == nil { state.bytes += size }
    }
  }
}

extension StoreSnapshot {
  /// The parts of a run that is one whole block inside the range asked for, with nothing deleted: kept
  /// from the last time, or made of its samples.
  ///
  /// - Parameters:
  ///   - run: a run of this snapshot.
  ///   - statistics: counts a block whose parts were kept as answered from its summary.
  ///   - make: cuts the block's samples; always in the same way.
  /// - Returns: `nil` for any other run: decode it.
  /// - Throws: `StoreError.damaged` where the block cannot be read.
  package func parts(
    of run: SeriesRun, statistics: ReadStatistics, _ make: (SampleColumns) -> [SamplePart]
  ) throws(StoreError) -> [SamplePart]? {
    guard case .block(let block, isWhole: true) = run.source, block.hidden.isEmpty else {
      return nil
    }
    let key = SharedParts.Key(
      segment: block.segment.reader.number, offset: block.entry.valuesOffset)
    if let kept = parts.parts(of: key) {
      statistics.countSummaries(1)
      return kept
    }
    var columns = SampleColumns()
    try run.decode(into: &columns, statistics: statistics)
    let made = make(columns)
    parts.keep(made, of: key)
    return made
  }
}
