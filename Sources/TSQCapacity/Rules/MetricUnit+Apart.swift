internal import Foundation
internal import TSQCore

extension MetricUnit {
  /// A value for people with as many digits as tell it from others nearby.
  ///
  /// - Parameters:
  ///   - value: what is shown.
  ///   - gap: the smallest difference between numbers shown beside it that a reader must see, in the
  ///     values' unit; infinite where there is none.
  /// - Returns: `text(value)` for shares and where that shows the gap (for `number`: five significant digits), else
  ///   more digits, 17 at most.
  public func text(_ value: Double, apart gap: Double) -> String {
    guard value.isFinite else { return text(value) }
    switch self {
    // A tenth of a point is what anybody plans a share by.
    case .fraction, .percent: return text(value)
    case .bytes:
      // Two decimals of a binary multiple are shown; whole bytes tell more.
      let shown = abs(value) < 1024 ? 1 : abs(value) / 1024
      return gap < min(shown, abs(value)) / 100 && abs(value) < 1e15
        ? String(format: "%.0f B", value) : text(value)
    case .number: return digits(value, apart: gap, least: 5)
    case .count: return gap < shownGap(value) ? digits(value, apart: gap, least: 3) : text(value)
    case .perSecond:
      return gap < shownGap(value) ? digits(value, apart: gap, least: 3) + "/s" : text(value)
    case .seconds:
      return gap < shownGap(value) ? digits(value, apart: gap, least: 3) + " s" : text(value)
    }
  }

  /// A limit for people: every digit that it was given with, twelve at most.
  public func text(limit: Double) -> String {
    let usual = text(limit)
    guard limit.isFinite else { return usual }
    if limit == 0 { return self == .number ? "0" : usual }
    switch self {
    case .bytes: return usual
    case .number, .count, .perSecond, .seconds: return text(limit, apart: abs(limit) * 1e-12)
    case .fraction, .percent:
      let scaled = self == .fraction ? limit * 100 : limit
      return abs((scaled * 10).rounded() / 10 - scaled) <= abs(scaled) * 1e-12
        ? usual : digits(scaled, apart: abs(scaled) * 1e-12, least: 4) + " %"
    }
  }

  /// What `text` resolves at a value's size where it shows significant digits.
  private func shownGap(_ value: Double) -> Double {
    let magnitude = abs(value)
    if magnitude >= 1e9 { return magnitude / 100 }
    return magnitude >= 1000 ? 1 : magnitude >= 100 ? 0.1 : magnitude >= 1 ? 0.01 : 1e-4
  }

  /// Decimals that tell numbers apart which lie so far from each other: 0.02 needs two of them.
  private static func decimals(_ gap: Double) -> Int {
    guard gap > 0, gap.isFinite else { return 0 }
    // A little more than the logarithm of an exact power of ten is rounding.
    return Int((-log10(gap) - 1e-9).rounded(.up))
  }

  /// Significant digits without the zeros at their end, and without an exponent where the number has
  /// at most fifteen digits before its point.
  private func digits(_ value: Double, apart gap: Double, least: Int) -> String {
    guard value != 0 else { return "0" }
    let exponent = Int(log10(abs(value)).rounded(.down))
    let wanted = gap > 0 && gap.isFinite ? exponent + 1 + Self.decimals(gap) : least
    let significant = min(max(wanted, least), 17)
    guard (-4..<15).contains(exponent) else { return String(format: "%.\(significant)g", value) }
    var text = String(format: "%.\(max(0, significant - 1 - exponent))f", value)
    guard text.contains(".") else { return text }
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }
}
