public import TSQCore

extension Trend {
  /// Fits a line to blocks whose moments lie in a tree, and to what is beside them.
  ///
  /// The same line and interval as from the blocks one by one, up to the order of adding: blocks are
  /// joined to cells, and every merge over blocks is logarithmic.
  ///
  /// - Parameters:
  ///   - tree: blocks in ascending order of time, each with a finite sample.
  ///   - blocks: those to take.
  ///   - before: what comes before them, cut out of a block; may be empty.
  ///   - after: what comes after them; may be empty.
  /// - Returns: the line with its interval.
  /// - Throws: `TrendGap` where no line is determined.
  /// - Complexity: O((cells + 64) log blocks), and the cells' part of `SlopeUncertainty`.
  public static func fit(
    tree: MomentsTree, blocks: Range<Int>, before: Moments, after: Moments
  ) throws(TrendGap) -> TrendEstimate {
    let parts = TrendParts(tree: tree, blocks: blocks, before: before, after: after)
    guard parts.count > 0 else { throw .fewerThanTwoTimes }
    let (first, last) = (parts[0], parts[parts.count - 1])
    let cells = parts.groups(atMost: cellLimit)
    let points = parts.groups(atMost: TheilSen.pointLimit).map { point($0, since: first.origin) }
    return try TrendFit(
      cells: cells, all: parts.merged(0..<parts.count),
      robust: TheilSen.slope(points, level: robustLevel)
    ).estimate(end: last.end)
  }

  /// The means of moments as a point for the robust slope.
  static func point(_ part: Moments, since start: Int64) -> TheilSen.Point {
    let time = Double(part.origin &- start) / 1e9 + part.meanTime
    return TheilSen.Point(seconds: time, value: part.meanValue)
  }
}

/// Blocks of a tree with one part before and one after them, where those are not empty.
private struct TrendParts {
  let tree: MomentsTree
  let blocks: Range<Int>
  let before: Moments
  let after: Moments

  private var offset: Int { before.count > 0 ? 1 : 0 }

  var count: Int { offset + blocks.count + (after.count > 0 ? 1 : 0) }

  subscript(index: Int) -> Moments {
    if index < offset { return before }
    let block = index - offset
    return block < blocks.count ? tree[blocks.lowerBound + block] : after
  }

  func merged(_ range: Range<Int>) -> Moments {
    var merged = range.lowerBound < min(offset, range.upperBound) ? before : Moments()
    let first = max(range.lowerBound - offset, 0)
    let past = min(range.upperBound - offset, blocks.count)
    if first < past {
      merged.merge(tree.merged(blocks.lowerBound + first..<blocks.lowerBound + past))
    }
    if range.upperBound > offset + blocks.count, !range.isEmpty { merged.merge(after) }
    return merged
  }

  /// Neighbours joined, as evenly as whole parts allow.
  func groups(atMost limit: Int) -> [Moments] {
    let size = max(1, (count + limit - 1) / limit)
    return stride(from: 0, to: count, by: size).map { merged($0..<min($0 + size, count)) }
  }
}
