/// Order statistics without sorting everything.
enum Selection {
  /// Puts the value of a rank at its place, smaller ones before it and larger ones after it.
  ///
  /// Source: Hoare, "Algorithm 65: Find", CACM 4, 1961, with the median of three as pivot.
  ///
  /// - Complexity: O(n) on average.
  @discardableResult
  static func select(_ values: inout [Double], rank: Int) -> Double {
    select(&values, rank: rank, within: 0..<values.count)
  }

  /// The same where the rank's value is known to stand in a part of the values.
  @discardableResult
  private static func select(
    _ values: inout [Double], rank: Int, within part: Range<Int>
  ) -> Double {
    // A span: an array would check at each swap whether it is shared.
    var all = values.mutableSpan
    var (low, high) = (part.lowerBound, part.upperBound - 1)
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
    guard !values.isEmpty else { return .nan }
    var copy = values
    return quantile(&copy, 0.5)
  }

  /// A quantile by linear interpolation (type 7 of Hyndman & Fan, 1996); reorders the values.
  static func quantile(_ values: inout [Double], _ probability: Double) -> Double {
    guard !values.isEmpty else { return 0 }
    let position = probability * Double(values.count - 1)
    let rank = Int(position)
    let lower = select(&values, rank: rank)
    let share = position - Double(rank)
    guard share > 0, rank + 1 < values.count else { return lower }
    var upper = Double.infinity
    for index in (rank + 1)..<values.count where values[index] < upper { upper = values[index] }
    return lower + share * (upper - lower)
  }

  /// Several quantiles at once, for little more than the cost of one: each split serves the others.
  static func quantiles(_ values: inout [Double], _ probabilities: [Double]) -> [Double] {
    guard !values.isEmpty else { return probabilities.map { _ in 0 } }
    let last = values.count - 1
    let ranks = Set(
      probabilities.flatMap { probability -> [Int] in
        let rank = Int(probability * Double(last))
        return [rank, min(rank + 1, last)]
      })
    place(&values, ranks.sorted()[...], within: 0..<values.count)
    return probabilities.map { probability in
      let position = probability * Double(last)
      let rank = Int(position)
      let share = position - Double(rank)
      guard share > 0, rank < last else { return values[rank] }
      return values[rank] + share * (values[rank + 1] - values[rank])
    }
  }

  /// Puts the values of ascending ranks at their places.
  private static func place(
    _ values: inout [Double], _ ranks: ArraySlice<Int>, within part: Range<Int>
  ) {
    guard !ranks.isEmpty else { return }
    let middle = ranks.startIndex + ranks.count / 2
    let rank = ranks[middle]
    select(&values, rank: rank, within: part)
    place(&values, ranks[..<middle], within: part.lowerBound..<rank)
    place(&values, ranks[(middle + 1)...], within: (rank + 1)..<part.upperBound)
  }
}
