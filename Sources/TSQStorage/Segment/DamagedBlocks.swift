internal import Synchronization
import TSQCore

/// The places of one segment that could not be read, as they were met.
///
/// A damaged block stays where it is, under quarantine: it is not read again, it is named by
/// statistics and verification, and no merge takes its segment. Remembered while the store is open.
final class DamagedBlocks: Sendable {
  /// Blocks remembered of a segment; a file damaged in more places is read there again and again.
  static let limit = 1000

  /// A block that cannot be read, and why.
  struct Place: Sendable {
    let block: BlockEntry
    let error: SegmentError
  }

  private struct State {
    /// By where the values lie, which no two blocks share.
    var blocks: [Int64: Place] = [:]
    /// A part of the footer.
    var part: SegmentError?
  }

  private let count = Atomic<Int>(0)
  private let state = Mutex(State())

  /// Why a block cannot be read, where that is known.
  ///
  /// O(1), and without a lock for a segment that nobody found damage in.
  func error(of block: BlockEntry) -> SegmentError? {
    if count.load(ordering: .relaxed) == 0 { return nil }
    return state.withLock { $0.blocks[block.valuesOffset]?.error }
  }

  /// Remembers that a block could not be read; a failed read of a whole file says nothing about it.
  func note(_ error: SegmentError, of block: BlockEntry) {
    guard error.isDamage else { return }
    state.withLock { state in
      guard state.blocks.count < DamagedBlocks.limit else { return }
      state.blocks[block.valuesOffset] = Place(block: block, error: error)
      count.store(state.blocks.count, ordering: .relaxed)
    }
  }

  /// Remembers that a part of the footer could not be read.
  func note(part error: SegmentError) {
    guard error.isDamage else { return }
    state.withLock { $0.part = error }
  }

  /// Knows what was found when the file was read anew, and nothing else.
  func replace(by other: DamagedBlocks) {
    let found = other.state.withLock { $0 }
    state.withLock { state in
      state = found
      count.store(found.blocks.count, ordering: .relaxed)
    }
  }

  /// The blocks, in the order of the file.
  var places: [Place] {
    state.withLock { $0.blocks.values.sorted { $0.block.valuesOffset < $1.block.valuesOffset } }
  }

  /// What is wrong with the footer; `nil` where nothing is known.
  var part: SegmentError? { state.withLock { $0.part } }
}
