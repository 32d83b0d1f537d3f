/// A few values of a column in rising order: what cheap guesses about the whole of it rest on.
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

  /// Adds a value in its place, in O(count).
  mutating func insert(_ value: Int64) {
    var place = count
    while place > 0, values[place - 1] > value {
      values[place] = values[place - 1]
      place -= 1
    }
    values[place] = value
    count += 1
  }

  /// The lowest value but for a thirtieth of outliers.
  var low: Int64 { values[count / 30] }

  /// The highest value but for a thirtieth of outliers.
  var high: Int64 { values[max(0, count - 1 - count / 30)] }

  /// Bits a value needs within `low ... high`, in sixteenths of a bit.
  var sixteenthBits: Int {
    let range = high &- low
    let width = PatchedFrame.bitWidth(range)
    // Between powers of two the logarithm is nearly a straight line.
    let fraction = width < 5 ? range << Int64(5 - width) : range >> Int64(width - 5)
    return width == 0 ? 0 : width * 16 + Int(fraction & 15)
  }

  /// How many different values it holds.
  var distinctCount: Int {
    var distinct = min(1, count)
    for index in 1..<max(1, count) where values[index] != values[index - 1] { distinct += 1 }
    return distinct
  }
}
