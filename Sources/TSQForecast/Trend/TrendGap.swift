/// Why no line is fitted to a history.
public enum TrendGap: Error, Hashable, Sendable, CustomStringConvertible {
  /// There are no two finite samples at different times.
  case fewerThanTwoTimes
  /// Two samples: a line through them leaves nothing to tell its error by.
  case twoSamples
  /// The values are so large that their squares leave the range of a double.
  case outOfRange

  /// The reason in words, to follow "no line: ".
  public var description: String {
    switch self {
    case .fewerThanTwoTimes:
      "a line needs finite samples at two different times, there are fewer"
    case .twoSamples:
      "a line through two samples says nothing of its error; there must be three"
    case .outOfRange:
      "the values are too large for a line: their squares exceed what a 64-bit number holds"
    }
  }
}
