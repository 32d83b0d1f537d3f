/// The moments of consecutive stretches of a series, merged over any range of them in logarithmic
/// time.
///
/// Level 0 has the stretches, each further level the merged pairs of the one below: twice the
/// stretches in all. The order of merging depends only on where a range lies, never on what was asked
/// before, so equal questions get equal bits.
public struct MomentsTree: Sendable {
  /// `levels[k][i]` covers the stretches from `i << k` on, `1 << k` of them.
  private var levels: [[Moments]]

  /// A tree over stretches in ascending order of time.
  ///
  /// - Complexity: O(n).
  public init(_ stretches: [Moments]) {
    levels = [stretches]
    while let below = levels.last, below.count > 1 {
      levels.append(
        stride(from: 0, to: below.count - 1, by: 2).map { index in
          var pair = below[index]
          pair.merge(below[index + 1])
          return pair
        })
    }
  }

  /// The number of stretches.
  public var count: Int { levels[0].count }

  /// The moments of one stretch.
  public subscript(index: Int) -> Moments { levels[0][index] }

  /// Bytes the tree takes in memory, about.
  public var byteCount: Int { count * 2 * MemoryLayout<Moments>.stride }

  /// The moments of some stretches together.
  ///
  /// - Complexity: O(log n) merges.
  public func merged(_ range: Range<Int>) -> Moments {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range lies in the tree")
    var merged = Moments()
    var next = range.lowerBound
    while next < range.upperBound {
      // The largest node that starts here and does not reach past the end.
      let room = Int.bitWidth - 1 - (range.upperBound - next).leadingZeroBitCount
      let level = min(next.trailingZeroBitCount, room)
      merged.merge(levels[level][next >> level])
      next += 1 << level
    }
    return merged
  }
}
