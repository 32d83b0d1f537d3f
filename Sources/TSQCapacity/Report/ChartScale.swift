internal import Foundation
internal import TSQCore

/// Maps a range of numbers to pixels, with round numbers for its ticks.
struct ChartScale {
  let ticks: [Double]
  /// The ends, multiplied by `factor`.
  private let low: Double
  private let high: Double
  private let factor: Double
  private let from: Double
  private let to: Double

  /// A scale whose ends are multiples of a round step.
  ///
  /// Source of the step: Heckbert, "Nice Numbers for Graph Labels", Graphics Gems, 1990.
  init(values low: Double, _ high: Double, pixels from: Double, _ to: Double, ticks count: Int) {
    let factor = Self.factor(low, high)
    let (low, high) = (low * factor, high * factor)
    let span = high > low ? high - low : max(abs(high), factor)
    let step = Self.niceStep(span / Double(count))
    let start = (low / step).rounded(.down)
    let end = max(start + 1, (high / step).rounded(.up))
    self.low = start * step
    self.high = end * step
    self.factor = factor
    // The outermost may lie past the largest number there is.
    self.ticks = (Int(start)...Int(end)).map { Double($0) * step / factor }.filter(\.isFinite)
    self.from = from
    self.to = to
  }

  /// What keeps the arithmetic away from both ends of the numbers; a power of ten, so that round
  /// steps stay round.
  private static func factor(_ low: Double, _ high: Double) -> Double {
    let largest = max(abs(low), abs(high))
    if largest > 1e290 { return 1e-30 }
    return largest > 0 && largest < 1e-290 ? 1e30 : 1
  }

  /// The pixel of a number.
  func position(_ value: Double) -> Double {
    from + (value * factor - low) / (high - low) * (to - from)
  }

  private static func niceStep(_ raw: Double) -> Double {
    let power = pow(10, log10(raw).rounded(.down))
    let fraction = raw / power
    let nice = fraction <= 1 ? 1.0 : fraction <= 2 ? 2 : fraction <= 5 ? 5 : 10
    return nice * power
  }
}

/// A time axis: whole days, weeks or months as ticks.
struct ChartTimeScale {
  let start: Double
  let end: Double
  private let from: Double
  private let to: Double

  /// An axis over Unix seconds.
  init(seconds start: Double, _ end: Double, pixels from: Double, _ to: Double) {
    self.start = start
    self.end = max(end, start + 1)
    self.from = from
    self.to = to
  }

  /// The pixel of an instant.
  func position(_ seconds: Double) -> Double {
    from + (seconds - start) / (end - start) * (to - from)
  }

  /// Midnights in UTC, far enough apart for their labels, with the date as text.
  var ticks: [(seconds: Double, label: String)] {
    let days = (end - start) / 86_400
    let choices = [1.0, 2, 7, 14, 28, 91, 182, 364]
    let every = (choices.first { days / $0 <= 9 } ?? 364) * 86_400
    // Short spans are labelled by the hour.
    let step = days < 2 ? max(3600, (days * 24 / 8).rounded(.up) * 3600) : every
    var found: [(seconds: Double, label: String)] = []
    var tick = (start / step).rounded(.up) * step
    while tick <= end, found.count < 40 {
      if let instant = Timestamp(fractionalSeconds: tick) {
        let text = instant.description
        let label = days < 2 ? text.dropFirst(11).prefix(5) : text.prefix(10)
        found.append((tick, String(label)))
      }
      tick += step
    }
    return found
  }
}
