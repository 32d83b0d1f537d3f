/// A short stretch of a series as a trend sees it: the sums of a line, and a point that outliers cannot
/// pull.
public struct SamplePart: Hashable, Sendable {
  /// The moments of its finite samples; at least one.
  public var moments: Moments
  /// An instant in its middle, nanoseconds.
  public var medianTime: Int64
  /// The median of its values.
  public var medianValue: Double

  /// A part from its parts.
  public init(moments: Moments, medianTime: Int64, medianValue: Double) {
    self.moments = moments
    self.medianTime = medianTime
    self.medianValue = medianValue
  }

  /// A stretch of which only the moments are left: its means stand for the medians.
  public init(_ moments: Moments) {
    self.init(
      moments: moments, medianTime: moments.middle, medianValue: moments.meanValue)
  }
}
