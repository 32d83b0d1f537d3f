/// One forecaster's record in the backtest.
public struct ModelRecord: Hashable, Sendable {
  /// The forecaster's name, stable between versions.
  public var name: String
  /// Mean absolute error over the backtest, in the series' unit.
  public var error: Double
  /// 1 - error / error of the seasonal naive; negative where it did worse.
  public var skill: Double?
  /// Share in the combination, averaged over the steps of the horizon; 0 where it was dropped.
  public var weight: Double
  /// Mean absolute error by horizon range, in the order of the evidence's `rangeEnds`.
  public var errorByRange: [Double]
  /// Share in the combination by horizon range.
  public var weightByRange: [Double]
}

/// A jump of the level that newer data has not taken back.
public struct LevelShift: Hashable, Sendable {
  /// Buckets between the jump and the newest value.
  public var bucketsAgo: Int
  /// The new level minus the old, in the series' unit.
  public var size: Double
}

/// What a forecast rests on; what `--explain` prints.
public struct ForecastEvidence: Sendable {
  /// Buckets of history that were looked at.
  public var historyBuckets = 0
  /// How many of them held no sample and were filled.
  public var filledBuckets = 0
  /// Values held back because they lay far outside what the models had seen.
  public var clippedValues = 0
  /// Lone values so far out that they cannot be measurements, taken for gaps.
  public var absurdValues = 0
  /// Rolling origins of the backtest.
  public var folds = 0
  /// Steps forecast from each of them.
  public var backtestSteps = 0
  /// Last step of each horizon range that has weights of its own.
  public var rangeEnds: [Int] = []
  /// Every forecaster tried, best first.
  public var models: [ModelRecord] = []
  /// Mean absolute error of the combination in the backtest.
  public var combinedError: Double?
  /// Mean absolute error of the seasonal naive in the same windows.
  public var naiveError: Double?
  /// A fresh jump of the level, where one was found.
  public var levelShift: LevelShift?
  /// Days of the month that stand out by themselves, ascending; 32 is the last day of each.
  public var monthDays: [Int] = []
  /// Whether the history only ever rises or only ever falls; the forecast then does too.
  public var isMonotone = false
  /// Whether a bound or the explosion cap moved any point.
  public var boundsApplied = false

  /// Evidence of nothing yet.
  public init() {}
}
