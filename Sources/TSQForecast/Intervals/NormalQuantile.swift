internal import RealModule

/// Quantiles of the distributions intervals are built from.
package enum Quantile {
  /// The standard normal quantile, to about 1e-9.
  ///
  /// Source: Acklam's rational approximation, refined by one step of Halley's method.
  package static func normal(_ probability: Double) -> Double {
    guard probability > 0, probability < 1 else { return probability <= 0 ? -.infinity : .infinity }
    let (low, high) = (0.02425, 1 - 0.02425)
    var x: Double
    if probability < low {
      let q = (-2 * Double.log(probability)).squareRoot()
      x = tail(q)
    } else if probability > high {
      let q = (-2 * Double.log(1 - probability)).squareRoot()
      x = -tail(q)
    } else {
      let q = probability - 0.5
      x = centre(q, q * q)
    }
    // Far out the density underflows and a refinement would divide by nothing.
    if abs(x) < 8 {
      let error = 0.5 * Double.erfc(-x / 2.0.squareRoot()) - probability
      let step = error * (2 * Double.pi).squareRoot() * Double.exp(x * x / 2)
      x -= step / (1 + x * step / 2)
    }
    return x
  }

  private static func tail(_ q: Double) -> Double {
    let top =
      ((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q
        - 2.549732539343734) * q + 4.374664141464968) * q + 2.938163982698783
    let bottom =
      (((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q
        + 3.754408661907416) * q + 1
    return top / bottom
  }

  private static func centre(_ q: Double, _ r: Double) -> Double {
    let top =
      (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r
        + 1.383577518672690e+02) * r - 3.066479806614716e+01) * r + 2.506628277459239) * q
    let bottom =
      ((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r
        + 6.680131188771972e+01) * r - 1.328068155288572e+01) * r + 1
    return top / bottom
  }

  /// Student's t quantile, by Newton's method on the distribution function.
  ///
  /// Right of the middle the tail's probability is convex, so that the steps from the normal quantile,
  /// which lies below, come up to the root from one side; rounding is what the bracket is for.
  package static func studentT(_ probability: Double, degrees: Double) -> Double {
    guard degrees < 1e6 else { return normal(probability) }
    if probability < 0.5 { return -studentT(1 - probability, degrees: degrees) }
    if probability == 0.5 { return 0 }
    let half = (degrees + 1) / 2
    let peak =
      Double.exp(Double.logGamma(half) - Double.logGamma(degrees / 2))
      / (degrees * Double.pi).squareRoot()
    var (low, high) = (0.0, Double.infinity)
    var t = normal(probability)
    for _ in 0..<200 {
      let excess = studentTail(t, degrees: degrees) - (1 - probability)
      if excess == 0 { break }
      if excess > 0 { low = t } else { high = t }
      let density = peak * Double.pow(1 + t * t / degrees, -half)
      var next = t + excess / density
      if !(next > low && next < high) {
        next = high.isFinite ? low + (high - low) / 2 : 2 * max(t, 1)
      }
      let isSettled = abs(next - t) <= 1e-15 * next
      t = next
      if isSettled { break }
    }
    return t
  }

  /// P(T > t) for t >= 0: half the regularised incomplete beta at degrees / (degrees + t²).
  private static func studentTail(_ t: Double, degrees: Double) -> Double {
    0.5 * incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  }

  /// The regularised incomplete beta function by Lentz's continued fraction.
  ///
  /// Source: Press et al., "Numerical Recipes", 3rd ed., section 6.4.
  static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    let front = Double.exp(
      Double.logGamma(a + b) - Double.logGamma(a) - Double.logGamma(b) + a * Double.log(x)
        + b * Double.log(1 - x))
    if x < (a + 1) / (a + b + 2) { return front * fraction(x, a, b) / a }
    return 1 - front * fraction(1 - x, b, a) / b
  }

  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func held(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / held(1 - (a + b) * x / (a + 1))
    var result = d
    for index in 1...300 {
      let m = Double(index)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / held(1 + even * d)
      c = held(1 + even / c)
      result *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / held(1 + odd * d)
      c = held(1 + odd / c)
      let factor = d * c
      result *= factor
      if abs(factor - 1) < 1e-15 { break }
    }
    return result
  }
}
