/// A few values of a column in rising order, for guesses that need to know which are equal.
struct SortedSample {
  static let countMax = 32

  private(set) var count = 0
  private var values = InlineArray<32, Int64>(repeating: 0)

  /// A sample without values.
  init() {}

  /// A sample of a column at even distances.
  init(of column: Span<Int64>) {
    let most = min(SortedSample.countMax, column.count)
    for index in 0..<most { insert(column[index * column.count / most]) }
  }

  /// A sample of doubles at even distances, by their bits in order.
  init(ordered column: Span<Double>) {
    let most = min(SortedSample.countMax, column.count)
    for index in 0..<most { insert(OrderedBits.integer(column[index * column.count / most])) }
  }

  /// Adds a value in its place, in O(count).
  mutating func insert(_ value: Int64) {
    var sorted = values.mutableSpan
    var place = count
    while place > 0, sorted[place - 1] > value {
      sorted[place] = sorted[place - 1]
      place -= 1
    }
    sorted[place] = value
    count += 1
  }

  /// Bits a value needs without its low bits, but for a thirtieth of outliers at each end, in
  /// sixteenths of a bit.
  func sixteenthBits(above lowBits: Int = 0) -> Int {
    if count == 0 { return 0 }
    let sorted = values.span
    let low = sorted[count / 30] >> Int64(lowBits)
    let high = sorted[count - 1 - count / 30] >> Int64(lowBits)
    return SampledRange.sixteenthBits(high &- low)
  }

  /// How many different values it holds, without their low bits.
  func distinctCount(above lowBits: Int = 0) -> Int {
    // Through a span: each element taken from the array itself would copy all of it.
    let sorted = values.span
    var distinct = min(1, count)
    for index in 1..<max(1, count)
    where sorted[index] >> Int64(lowBits) != sorted[index - 1] >> Int64(lowBits) { distinct += 1 }
    return distinct
  }
}
