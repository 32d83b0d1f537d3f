internal import CTSQKernels

/// A few values of a column in rising order, for guesses that need to know which are equal.
struct SortedSample {
  static let countMax = Int(TSQ_FEW)

  let count: Int
  private var values = InlineArray<32, Int64>(repeating: 0)

  /// How many places of a column are looked at; none where it has no length.
  static func places(of columnCount: Int) -> Int { max(0, min(countMax, columnCount)) }

  /// A place to look at, the places at even distances.
  ///
  /// By a constant, since a division by a number takes longer than all else that is done with the place.
  @inline(__always)
  static func place(_ position: Int, of columnCount: Int) -> Int {
    columnCount < countMax ? position : Int(UInt(position * columnCount) / UInt(countMax))
  }

  /// A sample of a column at even distances.
  init(of column: Span<Int64>) {
    self.init(columnCount: column.count) { column[$0] }
  }

  /// A sample of doubles at even distances, by their bits in order.
  init(ordered column: Span<Double>) {
    self.init(columnCount: column.count) { OrderedBits.integer(column[$0]) }
  }

  /// A sample of what stands at even distances in a column of so many places.
  @inline(__always)
  init(columnCount: Int, _ integer: (Int) -> Int64) {
    count = SortedSample.places(of: columnCount)
    var sorted = values.mutableSpan
    for index in 0..<count { sorted[index] = integer(SortedSample.place(index, of: columnCount)) }
    unsafe sorted.withUnsafeMutableBufferPointer { buffer in
      guard let first = buffer.baseAddress else { return }
      unsafe tsq_sort_few(first, count)
    }
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
