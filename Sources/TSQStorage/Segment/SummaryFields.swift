import TSQCore

/// The numbers of a summary in the order in which their forms and bytes stand in a row.
///
/// The last ones are usually as expected, so that their forms cost no byte.
enum SummaryField: Int, CaseIterable {
  case firstValue, lastValue, minimum, maximum, minimumTime, maximumTime
  case sum, meanValue, squaresValue, products, lagValueValue, lagTimeValue
  case meanTime, squaresTime, lagTimeTime, changeCount, resetCount, resetSum, sumLow
  case nanCount, positiveInfinityCount, negativeInfinityCount, staleCount
  case firstTime, lastTime, momentsCount, origin, momentsFirstValue, momentsLastValue
  case momentsLastTime

  /// Number of fields.
  static let count = 30
}

/// What is known about a block before its summary is read, carried from block to block of a series.
struct SummaryContext {
  /// Number of samples, at least 1.
  private(set) var count = 1
  /// Time of the first, nanoseconds.
  private(set) var firstTime: Int64 = 0
  /// Time of the last, nanoseconds.
  private(set) var lastTime: Int64 = 0
  /// The last value of the series' block before; 0 for the first block.
  var valueBefore = 0.0
  /// Nothing known yet.
  init() {}

  /// What is known about one run of samples that stands alone.
  init(count: Int, first: Int64, last: Int64) {
    (self.count, firstTime, lastTime) = (count, first, last)
  }

  /// Goes on to the next block of the same series, or of the next one.
  mutating func advance(to block: BlockEntry) {
    (count, firstTime, lastTime) = (block.count, block.firstTime, block.lastTime)
  }
}

/// Turns the numbers of a summary into tokens, or tokens into numbers.
///
/// One walk over the fields (`SummaryFields.walk`) serves both, so that they cannot disagree about
/// what is expected.
protocol SummaryCoder {
  mutating func double(
    _ field: SummaryField, _ value: inout Double, expected: @autoclosure () -> Double) throws
  mutating func integer(
    _ field: SummaryField, _ value: inout Int, expected: Int) throws
  mutating func time(
    _ field: SummaryField, _ value: inout Int64, expected: Int64) throws
}

/// What each number of a summary is expected to be, from those before it.
enum SummaryFields {
  static func walk<Coder: SummaryCoder>(
    _ summary: inout SeriesSummary, _ context: SummaryContext, _ coder: inout Coder
  ) throws {
    try walkCounts(&summary, context, &coder)
    try walkValues(&summary, context, &coder)
    try walkMoments(&summary, context, &coder)
  }

  private static func walkCounts<Coder: SummaryCoder>(
    _ summary: inout SeriesSummary, _ context: SummaryContext, _ coder: inout Coder
  ) throws {
    try coder.integer(.nanCount, &summary.nanCount, expected: 0)
    try coder.integer(.positiveInfinityCount, &summary.positiveInfinityCount, expected: 0)
    try coder.integer(.negativeInfinityCount, &summary.negativeInfinityCount, expected: 0)
    try coder.integer(.staleCount, &summary.staleCount, expected: 0)
    // Each is at most the block's count, so that the sum cannot overflow.
    let special =
      summary.nanCount + summary.positiveInfinityCount + summary.negativeInfinityCount
      + summary.staleCount
    guard special <= context.count else {
      throw InvalidPart("a summary counts more samples than its block has")
    }
    summary.finiteCount = context.count - special
  }

  private static func walkValues<Coder: SummaryCoder>(
    _ summary: inout SeriesSummary, _ context: SummaryContext, _ coder: inout Coder
  ) throws {
    let isEmpty = summary.liveCount == 0
    try coder.time(.firstTime, &summary.firstTime, expected: isEmpty ? 0 : context.firstTime)
    try coder.time(.lastTime, &summary.lastTime, expected: isEmpty ? 0 : context.lastTime)
    try coder.double(
      .firstValue, &summary.firstValue, expected: isEmpty ? 0 : context.valueBefore)
    let first = summary.firstValue
    try coder.double(.lastValue, &summary.lastValue, expected: first)

    // Where every value is NaN, the extremes keep the values they start from.
    let hasExtremes = summary.liveCount > summary.nanCount
    let start = hasExtremes ? summary.firstTime : 0
    try coder.double(.minimum, &summary.minimum, expected: hasExtremes ? first : .infinity)
    try coder.double(.maximum, &summary.maximum, expected: hasExtremes ? first : -.infinity)
    try coder.time(.minimumTime, &summary.minimumTime, expected: start)
    try coder.time(.maximumTime, &summary.maximumTime, expected: start)

    let middle = summary.finiteCount == 0 ? 0 : (first + summary.lastValue) / 2
    try coder.double(.sum, &summary.finiteSum, expected: middle * Double(summary.finiteCount))
    try coder.double(.sumLow, &summary.finiteSumLow, expected: 0)
    try coder.integer(.changeCount, &summary.changeCount, expected: 0)
    try coder.integer(.resetCount, &summary.resetCount, expected: 0)
    let dropped = summary.resetCount == 0 ? 0 : Double(summary.resetCount) * first
    try coder.double(.resetSum, &summary.resetSum, expected: dropped)
  }

  private static func walkMoments<Coder: SummaryCoder>(
    _ summary: inout SeriesSummary, _ context: SummaryContext, _ coder: inout Coder
  ) throws {
    let count = summary.finiteCount
    let isEmpty = count == 0
    let sum = summary.finiteSum
    var moments = summary.moments
    try coder.integer(.momentsCount, &moments.count, expected: count)
    try coder.time(.origin, &moments.origin, expected: isEmpty ? 0 : summary.firstTime)
    try coder.double(
      .momentsFirstValue, &moments.firstValue, expected: isEmpty ? 0 : summary.firstValue)
    try coder.double(
      .momentsLastValue, &moments.lastValue, expected: isEmpty ? 0 : summary.lastValue)
    let (origin, last) = (moments.origin, summary.lastTime)
    try coder.double(
      .momentsLastTime, &moments.lastTime, expected: isEmpty ? 0 : Double(last &- origin) / 1e9)
    try coder.double(.meanValue, &moments.meanValue, expected: isEmpty ? 0 : sum / Double(count))

    // For blocks sampled at a fixed interval these are right up to the last bits.
    let grid = TimeGrid(count == context.count ? context : SummaryContext())
    try coder.double(.meanTime, &moments.meanTime, expected: grid.mean)
    try coder.double(.squaresTime, &moments.sumSquaresTime, expected: grid.squares)
    try coder.double(.lagTimeTime, &moments.lagTimeTime, expected: grid.lagged)

    try coder.double(.squaresValue, &moments.sumSquaresValue, expected: 0)
    try coder.double(.products, &moments.sumProducts, expected: 0)
    let squares = moments.sumSquaresValue
    try coder.double(.lagValueValue, &moments.lagValueValue, expected: squares)
    let lag = expectedLagTimeValue(moments)
    try coder.double(.lagTimeValue, &moments.lagTimeValue, expected: lag)
    summary.moments = moments
  }

  /// The sum over neighbours of `dt[i] dv[i+1] + dv[i] dt[i+1]` on a regular grid.
  ///
  /// There `dt[i-1] + dt[i+1] = 2 dt[i]`, so that the sum is twice that of the products but for the
  /// two ends, which have one neighbour each.
  private static func expectedLagTimeValue(_ moments: Moments) -> Double {
    guard moments.count > 1 else { return 0 }
    let step = moments.lastTime / Double(moments.count - 1)
    let (start, end) = (-moments.meanTime, moments.lastTime - moments.meanTime)
    let first = (moments.firstValue - moments.meanValue) * (start - step)
    let last = (moments.lastValue - moments.meanValue) * (end + step)
    return 2 * moments.sumProducts - first - last
  }
}

/// The moments of times that lie a fixed interval apart.
///
/// With n times a step h apart, Σ(i - m)² for m = (n - 1) / 2 is n (n² - 1) / 12, and Σ(i - 1 - m)(i - m)
/// is (n² - 1)(n - 3) / 12.
struct TimeGrid {
  /// Mean time after the first, seconds.
  let mean: Double
  /// Sum of squared deviations, s².
  let squares: Double
  /// Sum of products of neighbouring deviations, s².
  let lagged: Double

  /// The grid that a block's ends and count suggest.
  init(_ context: SummaryContext) {
    let n = Double(context.count)
    let duration = Double(context.lastTime &- context.firstTime) / 1e9
    let step = context.count > 1 ? duration / (n - 1) : 0
    mean = step * (n - 1) / 2
    squares = step * step * (n * (n * n - 1) / 12)
    lagged = step * step * ((n * n - 1) * (n - 3) / 12)
  }
}
