/// The constants of the method in one place, each with its reason.
///
/// None of them was tuned to a series or a source: docs/methods/forecasting.md shows the
/// cross-validation by source.
package struct EngineSettings: Sendable {
  /// Past origins the bank is tested from.
  package var folds = 20
  /// How much less each older fold counts.
  package var foldDecay = 0.97
  /// Share of the error that a horizon range takes from its own steps; the rest is from all steps.
  package var ownRangeShare = 0.75
  /// A forecaster's weight is (best error / its error) to this power; even.
  package var weightPower = 6
  /// Forecasters worse than the best by this factor are dropped.
  package var keepFactor = 1.35
  /// The same two for series without a season, where differences are noisier.
  package var plainWeightPower = 2
  package var plainKeepFactor = 2.0
  /// Extra width of intervals that rest on few independent windows, at level 0.8 and 0.95.
  package var inflation80 = 1.2
  package var inflation95 = 2.5

  /// The settings as shipped.
  package init() {}
}
