public import TSQCore
internal import TSQForecast

/// What the samples of one day take on disk, of metrics that are kept equally long.
public struct DailyBytes: Hashable, Sendable {
  /// The UTC day, counted from 1970-01-01.
  public var day: Int64
  /// How many days samples are kept; `nil` for ever.
  public var keepDays: Int64?
  /// Bytes on disk.
  public var bytes: Double

  /// The bytes of a day.
  public init(day: Int64, keepDays: Int64?, bytes: Double) {
    self.day = day
    self.keepDays = keepDays
    self.bytes = bytes
  }
}

/// How large a store will be, from what each of its days takes and how long it is kept.
///
/// For each length of keeping, the bytes added so far are a level that grows from day to day; the
/// forecaster carries it forward, and what retention will have dropped by then is taken away. The
/// intervals of several lengths are added end to end, so the sum's is rather too wide. The newest
/// days may shrink once they are merged, so the forecast errs towards too much. Where the history does
/// not carry a forecast, the last week's pace is shown and the doubts say why it is not trusted.
public struct DiskForecast: Hashable, Sendable {
  /// The store at one future instant.
  public struct Point: Hashable, Sendable {
    /// The end of a UTC day.
    public var time: Timestamp
    /// Expected bytes.
    public var bytes: Double
    /// The interval's lower end.
    public var low: Double
    /// The interval's upper end.
    public var high: Double
  }

  /// One point a day.
  public private(set) var points: [Point] = []
  /// What kept the forecast from being trusted, in words; empty where it is.
  public private(set) var doubts: [String] = []
  /// When the expected size meets the limit; `nil` past the horizon or without a limit.
  public private(set) var expectedFull: Timestamp?
  /// When the upper end does.
  public private(set) var earliestFull: Timestamp?

  /// Nominal coverage of the interval.
  public static let level = 0.8
  /// Days of history looked at: the newest.
  public static let historyDaysMax: Int64 = 1500

  private static let dayNanoseconds: Int64 = 86_400_000_000_000

  /// Forecasts the size.
  ///
  /// - Parameters:
  ///   - days: in any order; those from `today` on are replaced by the forecast.
  ///   - today: the day that is not over yet, counted from 1970-01-01.
  ///   - fixedBytes: what the store takes besides and is not expected to change.
  ///   - limitBytes: the size at which the disk is full, or `nil`.
  ///   - horizonDays: how far.
  ///   - unflushedSamples: samples that are in no segment yet, whose days are therefore not known.
  /// - Complexity: a forecast for each length of keeping.
  public init(
    days: [DailyBytes], today: Int64, fixedBytes: Double, limitBytes: Double?, horizonDays: Int,
    unflushedSamples: Int = 0
  ) {
    let times = (0...max(horizonDays, 1)).dropFirst().map { offset in
      Timestamp(nanoseconds: (today + Int64(offset)) * Self.dayNanoseconds)
    }
    points = times.map { Point(time: $0, bytes: fixedBytes, low: fixedBytes, high: fixedBytes) }
    let past = days.filter { $0.day < today && $0.day >= today - Self.historyDaysMax }
    let older = days.filter { $0.day < today - Self.historyDaysMax && $0.keepDays == nil }
      .reduce(0) { $0 + $1.bytes }
    for index in points.indices { add(older, older, older, at: index) }
    if past.isEmpty {
      doubts = [
        unflushedSamples > 0
          ? "no whole day of samples is in segments yet: \(unflushedSamples) are only in the log; "
            + "`tsq flush` writes them out"
          : "there is no whole day of samples yet"
      ]
    }
    for keepDays in Set(past.map(\.keepDays)).sorted(by: { $0 ?? .max < $1 ?? .max }) {
      add(past.filter { $0.keepDays == keepDays }, keepDays, today)
    }
    guard let limitBytes else { return }
    expectedFull = points.first { $0.bytes >= limitBytes }?.time
    earliestFull = points.first { $0.high >= limitBytes }?.time
  }

  private mutating func add(_ days: [DailyBytes], _ keepDays: Int64?, _ today: Int64) {
    guard let first = days.map(\.day).min() else { return }
    var levels: [Double] = []
    let bytes = Dictionary(days.map { ($0.day, $0.bytes) }, uniquingKeysWith: +)
    for day in first..<today { levels.append((levels.last ?? 0) + (bytes[day] ?? 0)) }
    let request = ForecastRequest(
      origin: Timestamp(nanoseconds: today * Self.dayNanoseconds),
      horizonNanoseconds: Int64(points.count) * Self.dayNanoseconds,
      stepNanoseconds: Self.dayNanoseconds, levels: [Self.level], bounds: .nonNegative)
    let forecast = Forecaster.forecast(
      HistoryGrid(
        start: Timestamp(nanoseconds: (first + 1) * Self.dayNanoseconds),
        stepNanoseconds: Self.dayNanoseconds, values: levels), request)
    let kept = keepDays.map { "samples kept \($0) days" } ?? "samples kept for ever"
    for gate in forecast.verdict.gates { doubts.append("\(kept): \(gate); \(gate.remedy)") }
    let growth = Growth(forecast, levels: levels, count: points.count)
    for index in points.indices {
      let day = today + Int64(index)
      let gone = keepDays.map { keep in
        // What was added up to the day that is too old then, known or expected.
        let old = day - keep - 1
        if old < first { return 0.0 }
        return old < today ? levels[Int(old - first)] : growth.mean[Int(old - today)]
      }
      add(
        max(0, growth.mean[index] - (gone ?? 0)), max(0, growth.low[index] - (gone ?? 0)),
        max(0, growth.high[index] - (gone ?? 0)), at: index)
    }
  }

  /// How a level that only grows goes on, a value a day.
  private struct Growth {
    var mean: [Double] = []
    var low: [Double] = []
    var high: [Double] = []
    /// Days that an untested growth is told from.
    static let lastDays = 7

    /// A trusted forecast's points; else the last week's pace, from none of it to twice as much.
    ///
    /// The forecaster's own naive answer would be that nothing is added any more.
    init(_ forecast: Forecast, levels: [Double], count: Int) {
      let last = levels.last ?? 0
      let span = min(Self.lastDays, levels.count)
      let before = span < levels.count ? levels[levels.count - 1 - span] : 0
      let pace = (last - before) / Double(max(span, 1))
      for index in 0..<count {
        if forecast.verdict.isTrusted, index < forecast.points.count {
          let point = forecast.points[index]
          mean.append(point.mean)
          low.append(point.intervals.first?.low ?? point.mean)
          high.append(point.intervals.first?.high ?? point.mean)
        } else {
          mean.append(last + pace * Double(index + 1))
          low.append(last)
          high.append(last + 2 * pace * Double(index + 1))
        }
      }
    }
  }

  private mutating func add(_ bytes: Double, _ low: Double, _ high: Double, at index: Int) {
    points[index].bytes += bytes
    points[index].low += low
    points[index].high += high
  }
}
