/// Order statistics without sorting everything.
enum Selection {
  /// Puts the value of a rank at its place, smaller ones before it and larger ones after it.
  ///
  /// Source: Hoare, "Algorithm 65: Find", CACM 4, 1961, with the median of three as pivot.
  ///
  /// - Complexity: O(n) on average.
  @discardableResult
  static func select(_ values: inout [Double], rank: Int) -> Double {
    // A span: an array would check at each swap whether it is shared.
    var all = values.mutableSpan
    var (low, high) = (0, all.count - 1)
    while high > low {
      let middle = low + (high - low) / 2
      if all[middle] < all[low] { all.swapAt(middle, low) }
      if all[high] < all[low] { all.swapAt(high, low) }
      if all[high] < all[middle] { all.swapAt(high, middle) }
      let pivot = all[middle]
      var (left, right) = (low, high)
      while left <= right {
        while all[left] < pivot { left += 1 }
        while all[right] > pivot { right -= 1 }
        if left <= right {
          all.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if rank <= right {
        high = right
      } else if rank >= left {
        low = left
      } else {
        break
      }
    }
    return all[rank]
  }

  /// The median; of an even number of values the mean of the middle two.
  ///
  /// No NaN may be among them.
  static func median(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : quantiles(values, [0.5])[0]
  }

  /// Quantiles by linear interpolation (type 7 of Hyndman & Fan, 1996); 0 where there are no values.
  ///
  /// No NaN may be among them.
  static func quantiles(_ values: [Double], _ probabilities: [Double]) -> [Double] {
    guard !values.isEmpty else { return probabilities.map { _ in 0 } }
    let last = values.count - 1
    let ranks = Set(
      probabilities.flatMap { probability -> [Int] in
        let rank = Int(probability * Double(last))
        return [rank, min(rank + 1, last)]
      }
    ).sorted()
    let found = RankSearch.values(values, atRanks: ranks)
    func value(_ rank: Int) -> Double { found[ranks.firstIndex(of: rank) ?? 0] }
    return probabilities.map { probability in
      let position = probability * Double(last)
      let rank = Int(position)
      let share = position - Double(rank)
      guard share > 0, rank < last else { return value(rank) }
      return value(rank) + share * (value(rank + 1) - value(rank))
    }
  }
}
