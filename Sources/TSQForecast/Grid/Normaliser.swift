/// Moves a history near zero and to size one, and forecasts back.
///
/// The factor is a power of two, so that scaling costs no digit, and values near the largest double
/// cannot overflow inside the models.
struct Normaliser {
  /// Subtracted before scaling, in the series' unit.
  let centre: Double
  /// Values are multiplied by 2^-exponent.
  let exponent: Int

  /// The normaliser of a history; gaps are NaN.
  init(_ values: [Double]) {
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else {
      (centre, exponent) = (0, 0)
      return
    }
    // Halved first: the sum of two values near the largest double is not finite.
    centre = low / 2 + high / 2
    let half = high / 2 - low / 2
    exponent = half > 0 ? Int(half.exponent) : 0
  }

  /// A whole history as the models see it; what is not finite becomes a gap.
  static func normalised(_ values: [Double]) -> [Double] {
    let normaliser = Normaliser(values)
    return values.map { $0.isFinite ? normaliser.normalised($0) : .nan }
  }

  /// A value as the models see it.
  func normalised(_ value: Double) -> Double {
    // In halves, since the difference of the largest double and its opposite is not finite.
    let difference = value / 2 - centre / 2
    return Double(sign: .plus, exponent: 1 - exponent, significand: difference)
  }

  /// A model's value in the series' unit, held at the largest finite double.
  func restored(_ value: Double) -> Double {
    let scaled = Double(sign: .plus, exponent: exponent, significand: value)
    let sum = scaled + centre
    let limit = Double.greatestFiniteMagnitude
    return min(max(sum, -limit), limit)
  }

  /// A model's error or distance in the series' unit.
  func restoredSize(_ value: Double) -> Double {
    min(
      Double(sign: .plus, exponent: exponent, significand: value), Double.greatestFiniteMagnitude)
  }
}
