/// The forecasts of the whole bank, from every origin: one row of steps per (forecaster, origin).
struct PathTable {
  let plan: BacktestPlan
  /// Names in the order of the forecasters.
  private(set) var names: [String] = []
  /// Values the first seasonal smoother held back as outliers.
  var heldBack = 0
  /// All paths, forecaster by forecaster, row by row.
  var values: [Double]

  /// An empty table with room for a number of forecasters.
  init(plan: BacktestPlan, capacity: Int) {
    self.plan = plan
    // Only reserved: a block is cleared when its forecaster comes, and is still in the processor's
    // cache when it is written.
    self.values = []
    values.reserveCapacity(plan.blockLength * capacity)
  }

  /// The number of forecasters so far.
  var count: Int { names.count }
  /// Values per forecaster.
  var stride: Int { plan.blockLength }

  /// Adds a forecaster whose rows are to be written next, and says where they begin.
  mutating func add(_ name: String) -> Int {
    let base = names.count * stride
    names.append(name)
    values.append(contentsOf: repeatElement(0, count: stride))
    return base
  }

  /// Where a forecaster's row begins.
  func offset(_ forecaster: Int, row: Int) -> Int { forecaster * stride + plan.rowStarts[row] }
}
