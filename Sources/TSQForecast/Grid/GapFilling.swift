/// Fills the gaps of a regular history so that every forecaster may run over it.
enum GapFilling {
  /// The longest gap, in buckets, that a straight line bridges; longer ones repeat the season.
  static let longestBridge = 3

  /// The series with gaps filled: short ones by a straight line, long ones by the same place of the
  /// season before, leading ones by the first value.
  ///
  /// - Parameters:
  ///   - values: gaps are NaN.
  ///   - season: steps in a season, at least 1.
  /// - Returns: no NaN, unless there was no finite value at all.
  static func filled(_ values: [Double], season: Int) -> [Double] {
    var filled = values
    let count = filled.count
    guard let first = filled.firstIndex(where: { !$0.isNaN }) else { return filled }
    for index in 0..<first { filled[index] = filled[first] }
    var index = first
    while index < count {
      guard filled[index].isNaN else {
        index += 1
        continue
      }
      var end = index
      while end < count, filled[end].isNaN { end += 1 }
      if end - index <= longestBridge || index < season {
        let before = filled[index - 1]
        let after = end < count ? filled[end] : before
        let length = Double(end - index + 1)
        for gap in index..<end {
          filled[gap] = before + (after - before) * (Double(gap - index + 1) / length)
        }
      } else {
        for gap in index..<end { filled[gap] = filled[gap - season] }
      }
      index = end
    }
    return filled
  }
}
