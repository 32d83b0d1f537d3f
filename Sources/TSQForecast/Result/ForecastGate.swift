internal import TSQCore

/// Why a forecast may not be acted on; each case carries the numbers and says what would suffice.
public enum ForecastGate: Error, Hashable, Sendable {
  /// There is not one finite sample up to the origin.
  case noData
  /// The history is too short to test a forecast of this length even once or twice.
  case tooLittleHistory(buckets: Int, neededBuckets: Int, stepNanoseconds: Int64)
  /// Too few of the history's buckets hold a sample.
  case lowCoverage(filledBuckets: Int, totalBuckets: Int, neededShare: Double)
  /// The backtest holds too few windows that share no data.
  ///
  /// `readsMore` says whether older samples would be looked at, were they there.
  case lowEffectiveSampleSize(independentWindows: Double, needed: Double, readsMore: Bool)
  /// In the backtest the combination was no better than repeating the last season.
  case noSkill(error: Double, naiveError: Double)
  /// The newest sample is too old.
  case stale(ageNanoseconds: Int64, limitNanoseconds: Int64)
  /// The horizon ends before the first step does.
  case horizonTooShort(horizonNanoseconds: Int64, stepNanoseconds: Int64)

  /// Whether the newest sample is too old.
  var isStale: Bool { if case .stale = self { true } else { false } }

  /// A short name for machines: stable, lower case, with hyphens.
  public var code: String {
    switch self {
    case .noData: "no-data"
    case .tooLittleHistory: "too-little-history"
    case .lowCoverage: "low-coverage"
    case .lowEffectiveSampleSize: "low-effective-sample-size"
    case .noSkill: "no-skill"
    case .stale: "stale"
    case .horizonTooShort: "horizon-too-short"
    }
  }

  /// What would make the gate pass, in words.
  public var remedy: String {
    switch self {
    case .noData:
      return "send samples, or move the origin past the first one"
    case .tooLittleHistory(let buckets, let needed, let step):
      // No more than that is looked at, however long the history.
      guard needed <= TrimmedHistory.limit(step: step) else {
        return "a shorter horizon, or a longer step"
      }
      let missing = Int64(max(needed - buckets, 1)).multipliedReportingOverflow(by: step)
      let wait = DurationText.text(nanoseconds: missing.overflow ? .max : missing.partialValue)
      return "\(wait) more history, or a shorter horizon"
    case .lowCoverage(_, let total, let share):
      let needed = Int((share * Double(total)).rounded(.up))
      return
        "at least \(needed) of \(CountText.text(total, "bucket")) with a sample, or a longer step"
    case .lowEffectiveSampleSize(_, let needed, let readsMore):
      guard readsMore else { return "a shorter horizon, or a longer step" }
      let windows = needed == 1 ? "window" : "windows"
      return "history for \(NumberWords.short(needed)) separate \(windows), or a shorter horizon"
    case .noSkill:
      return "nothing but more regular data; treat the numbers as last season's"
    case .stale(_, let limit):
      let text = DurationText.text(nanoseconds: limit)
      return "a sample not older than \(text) before the origin"
    case .horizonTooShort(_, let step):
      return "a horizon of \(DurationText.text(nanoseconds: step)), or a shorter step"
    }
  }
}

extension ForecastGate: CustomStringConvertible {
  /// The reason in one sentence, with its numbers.
  public var description: String {
    switch self {
    case .noData:
      return "no data: there is no finite sample up to the origin"
    case .tooLittleHistory(let buckets, let needed, let step):
      let length = DurationText.text(nanoseconds: step)
      return
        "too little history: \(CountText.text(buckets, "bucket")) of \(length), "
        + "\(needed) needed for this horizon"
    case .lowCoverage(let filled, let total, let share):
      let percent = NumberWords.percent(share)
      return
        "low coverage: \(filled) of \(CountText.text(total, "bucket")) hold a sample, \(percent) needed"
    case .lowEffectiveSampleSize(let windows, let needed, _):
      return
        "low effective sample size: \(NumberWords.short(windows)) independent backtest windows, "
        + "\(NumberWords.short(needed)) needed"
    case .noSkill(let error, let naive):
      return "no skill: showing the naive forecast (backtest error \(NumberWords.short(error)), "
        + "naive \(NumberWords.short(naive)))"
    case .stale(let age, let limit):
      return "stale: the newest sample is \(DurationText.text(nanoseconds: age)) old, "
        + "\(DurationText.text(nanoseconds: limit)) allowed"
    case .horizonTooShort(let horizon, let step):
      return "horizon too short: \(DurationText.text(nanoseconds: horizon)) is less than a step of "
        + DurationText.text(nanoseconds: step)
    }
  }
}

/// Numbers for sentences: three significant digits, never a long tail.
enum NumberWords {
  /// Three significant digits.
  static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    let magnitude = abs(value)
    var unit = 1.0
    if magnitude >= 1000 || magnitude < 0.001 {
      // Scientific form by hand, since powers of ten by repeated steps stay exact enough here.
      var exponent = 0
      var mantissa = magnitude
      while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
      while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
      let digits = (mantissa * 100).rounded() / 100
      if exponent <= 6, exponent >= 0 {
        return (value < 0 ? "-" : "") + "\(Int64(magnitude.rounded()))"
      }
      return (value < 0 ? "-" : "") + "\(digits)e\(exponent)"
    }
    while magnitude * unit < 100 { unit *= 10 }
    let rounded = (value * unit).rounded() / unit
    return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
  }

  /// A share as a whole percentage.
  static func percent(_ share: Double) -> String { "\(short(share * 100)) %" }
}
