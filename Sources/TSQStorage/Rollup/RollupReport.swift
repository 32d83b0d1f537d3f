/// What rolling samples up into hourly values did.
public struct RollupReport: Hashable, Sendable {
  /// Series whose samples are in hourly values now.
  public var series = 0
  /// Their samples.
  public var samples = 0
  /// Hourly values written; those that are the same again are not counted.
  public var buckets = 0
  /// Samples inside the time that an hourly value speaks for: the value stands, and they go.
  ///
  /// Late ones are not in it; those of a run that was postponed after its values were written are.
  public var lateSamples = 0
  /// Hourly values made anew from samples that were more than those they had been made of.
  public var remade = 0
  /// Series that keep their samples because more of them kept arriving.
  public var postponed = 0
  /// Series that keep their samples because some cannot be read.
  public var damage: [DamageReport] = []

  /// A report on nothing.
  public init() {}

  static func + (left: RollupReport, right: RollupReport) -> RollupReport {
    var sum = left
    sum.series += right.series
    sum.samples += right.samples
    sum.buckets += right.buckets
    sum.lateSamples += right.lateSamples
    sum.remade += right.remade
    sum.postponed += right.postponed
    sum.damage += right.damage
    return sum
  }
}

extension RollupReport {
  /// What a person must know besides the figures; empty where nothing is odd.
  public var warnings: [String] {
    var words: [String] = []
    if lateSamples > 0 {
      words.append(
        "\(lateSamples) late samples fell into hours that hourly values speak for already, and were "
          + "not counted again: whether they are in there cannot be known")
    }
    if remade > 0 {
      words.append(
        "\(remade) hourly values were made anew, because more samples came than they were made of")
    }
    if postponed > 0 {
      words.append(
        "\(postponed) series keep their old samples until the next run: more kept arriving")
    }
    return words
  }
}
