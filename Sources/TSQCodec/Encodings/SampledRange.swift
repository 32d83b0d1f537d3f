/// The range of a few values of a column, but for a thirtieth of outliers at each end.
///
/// All that a guess about the bits of a column needs, in a few instructions a value: of up to 32
/// values a thirtieth is at most one.
struct SampledRange {
  private(set) var count = 0
  private var least = Int64.max
  private var secondLeast = Int64.max
  private var greatest = Int64.min
  private var secondGreatest = Int64.min

  /// A sample without values.
  init() {}

  /// A sample of a column at even distances.
  init(of column: Span<Int64>) {
    for position in 0..<SortedSample.places(of: column.count) {
      insert(column[SortedSample.place(position, of: column.count)])
    }
  }

  /// Adds a value.
  @inline(__always)
  mutating func insert(_ value: Int64) {
    secondLeast = min(secondLeast, max(least, value))
    least = min(least, value)
    secondGreatest = max(secondGreatest, min(greatest, value))
    greatest = max(greatest, value)
    count &+= 1
  }

  /// The lowest value but for the outliers.
  var low: Int64 { count < 30 ? least : secondLeast }

  /// The highest value but for the outliers.
  var high: Int64 { count < 30 ? greatest : secondGreatest }

  /// Bits a value needs within `low ... high`, in sixteenths of a bit.
  var sixteenthBits: Int { SampledRange.sixteenthBits(high &- low) }

  /// Bits that numbers up to `range` need, in sixteenths of a bit.
  static func sixteenthBits(_ range: Int64) -> Int {
    let width = PatchedFrame.bitWidth(range)
    // Between powers of two the logarithm is nearly a straight line.
    let fraction = width < 5 ? range << Int64(5 - width) : range >> Int64(width - 5)
    return width == 0 ? 0 : width * 16 + Int(fraction & 15)
  }
}
