/// Medians of values one season apart, by a sorting network over four places at once.
///
/// A network compares the same pairs whatever the values, so that there is no branch to guess and
/// neighbouring places share each comparison. Source: Batcher, "Sorting networks and their
/// applications", AFIPS Spring Joint Computer Conference 32, 1968 (odd-even merge sort).
struct MedianNetwork {
  /// The number of values a median is taken of.
  let count: Int
  /// Pairs of places; the smaller of the two values goes to the first.
  private let pairs: [(Int, Int)]

  /// The network for a number of values, at least 1.
  init(_ count: Int) {
    self.count = count
    var pairs: [(Int, Int)] = []
    var block = 1
    while block < count {
      var reach = block
      while reach >= 1 {
        for start in stride(from: reach % block, to: count - reach, by: 2 * reach) {
          for index in start..<min(start + reach, count - reach)
          where index / (2 * block) == (index + reach) / (2 * block) {
            pairs.append((index, index + reach))
          }
        }
        reach /= 2
      }
      block *= 2
    }
    self.pairs = pairs
  }

  /// Writes the median of `count` values one season apart, the last at each of the indices from
  /// `first` on; before the series its first value counts.
  ///
  /// `length` is how many, as many as `medians` holds where it is not given.
  func medians(
    _ series: [Double], from first: Int, season: Int, length: Int? = nil,
    into medians: inout [Double]
  ) {
    let length = length ?? medians.count
    let all = series.span
    let top = all.count - 1
    var store = [SIMD4<Double>](repeating: .zero, count: count)
    var places = store.mutableSpan
    let middle = count / 2
    for start in stride(from: 0, to: length, by: 4) {
      for place in 0..<count {
        let index = first + start - place * season
        if index >= 0, index + 3 <= top {
          places[place] = SIMD4(all[index], all[index + 1], all[index + 2], all[index + 3])
        } else {
          for lane in 0..<4 { places[place][lane] = all[max(0, min(index + lane, top))] }
        }
      }
      for (low, high) in pairs {
        let (one, other) = (places[low], places[high])
        let swaps = other .< one
        places[low] = one.replacing(with: other, where: swaps)
        places[high] = other.replacing(with: one, where: swaps)
      }
      let four = count % 2 == 1 ? places[middle] : (places[middle - 1] + places[middle]) / 2
      for lane in 0..<min(4, length - start) { medians[start + lane] = four[lane] }
    }
  }
}
