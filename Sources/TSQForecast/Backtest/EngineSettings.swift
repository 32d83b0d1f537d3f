/// The constants of the method in one place, each with its reason.
///
/// None of them was tuned to a series or a source: docs/methods/forecasting.md shows the
/// cross-validation by source.
package struct EngineSettings: Sendable {
  /// Past origins with a whole horizon after them.
  package var folds = 20
  /// Values all of them together may compare: long windows get fewer folds, further apart.
  package var foldValues = 3400
  /// The fewest folds long windows get.
  package var fewestFolds = 6
  /// Newer origins whose windows reach past the newest value: they test the first steps only.
  package var recentFolds = 20
  /// How much less a fold counts per stride of age.
  package var foldDecay = 0.98
  /// The same within the first season ahead, where the newest behaviour says most.
  package var nearFoldDecay = 0.87
  /// A forecaster's weight is (best error / its error) to this power.
  package var weightPower = 8
  /// Forecasters worse than the best by this factor are dropped.
  package var keepFactor = 1.4
  /// The power for series without a season, where differences are noisier.
  package var plainWeightPower = 2
  /// The factor for series without a season.
  package var plainKeepFactor = 2.0
  /// Beyond the first season ahead, how much of a range's error is that of all those ranges together:
  /// far windows overlap, and a range alone would follow the luck of one or two of them.
  package var farPooling = 0.5
  /// Most forecasters a combination has, so that its time is bounded.
  package var memberLimit = 10
  /// Extra width of intervals that rest on few independent errors, at level 0.8.
  package var inflation80 = 1.2
  /// The same at level 0.95.
  package var inflation95 = 3.5
  /// How much less an error path counts per stride of its fold's age.
  package var pathDecay = 0.95
  /// What the error paths turned round count where no past window takes part: the sign of a few
  /// overlapping errors is mostly luck, and a level ahead of the series is judged by them alone.
  package var pathMirror = 0.4
  /// What past windows count together among the paths of a crossing, as a share of all.
  package var windowShare = 0.4
  /// The most past windows, one a season.
  package var windowLimit = 14
  /// How much less each older one counts.
  package var windowDecay = 0.9
  /// How far off, in usual deviations, a run at the end must lie to be a jump of the level.
  package var shiftThreshold = 5.0
  /// How long a jump is believed in, as a multiple of the time it has lasted.
  package var shiftReach = 2.0
  /// Share of jumps that stay for good: of 85 in the 57 series that much of the jump was in force
  /// beyond sixteen times its age.
  package var shiftStaying = 0.2
  /// The same of jumps that have lived through a whole short season.
  package var shiftSettled = 0.8

  /// Whether a forecast that fails a gate shows the naive one; only turned off to judge the gates.
  package var gated = true

  /// The settings as shipped.
  package init() {}
}
