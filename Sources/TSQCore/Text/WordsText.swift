internal import Foundation

/// A number with its noun: `1 gap`, `2 gaps`.
package enum CountText {
  /// The number and the noun in its form.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - noun: one of them.
  ///   - plural: several of them; by default the noun with an s.
  /// - Returns: such as `2 gaps`.
  package static func text(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
  }
}

/// A probability for people.
package enum ChanceText {
  /// Whole percents; nothing that is estimated is called impossible or certain.
  package static func text(_ probability: Double) -> String {
    guard probability.isFinite else { return "unknown" }
    if probability < 0.005 { return "< 1 %" }
    if probability >= 0.995 { return "> 99 %" }
    return String(format: "%.0f %%", probability * 100)
  }
}
