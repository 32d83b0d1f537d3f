/// The forecasts of a bank, from every origin: one row of steps per (forecaster, origin).
///
/// With a judge each forecaster is scored as soon as it is written, while its paths are still in the
/// processor's cache, and those that can no longer get any weight make room for the next: a fraction
/// of the memory is touched.
struct PathTable {
  let plan: BacktestPlan
  /// Names in the order of the forecasters.
  private(set) var names: [String] = []
  /// Values the first seasonal smoother held back as outliers.
  var heldBack = 0
  /// All paths that are kept, block by block, row by row.
  var values: [Double] = []
  /// Scores the forecasters as they come; without one all are kept.
  private(set) var judge: BankScore?

  /// The block of each forecaster's paths; `nil` for those that were dropped.
  private var blocks: [Int?] = []
  private var blockCount = 0
  /// Blocks that were given up.
  private var free: [Int] = []
  /// Forecasters that have been scored.
  private var judged = 0
  /// Forecasters that are kept whatever their score.
  private let kept: Set<String>
  /// While set, written paths still have to be changed, and wait for their score.
  var isUnfinished = false

  /// An empty table with room for a number of forecasters.
  init(plan: BacktestPlan, capacity: Int, judge: BankScore? = nil, kept: Set<String> = []) {
    self.plan = plan
    self.judge = judge
    self.kept = kept
    // Only reserved: what is never written costs nothing.
    values.reserveCapacity(plan.blockLength * capacity)
  }

  /// The number of forecasters so far.
  var count: Int { names.count }
  /// Values per forecaster.
  var stride: Int { plan.blockLength }

  /// Adds a forecaster whose rows are to be written next, all of them, and says where they begin.
  mutating func add(_ name: String) -> Int {
    names.append(name)
    if let block = free.popLast() {
      blocks.append(block)
      return block * stride
    }
    blocks.append(blockCount)
    blockCount += 1
    values.append(contentsOf: repeatElement(0, count: stride))
    return (blockCount - 1) * stride
  }

  /// Scores what was written since the last time, and gives up what cannot get any weight.
  mutating func settle() {
    guard judge != nil, !isUnfinished, judged < count else { return }
    while judged < count {
      let start = offset(judged, row: 0)
      judge?.add(values, at: start)
      judged += 1
    }
    for forecaster in 0..<count {
      guard let block = blocks[forecaster], judge?.mayCount(forecaster) == false,
        !kept.contains(names[forecaster])
      else { continue }
      blocks[forecaster] = nil
      free.append(block)
    }
  }

  /// Where a forecaster's row begins.
  ///
  /// - Precondition: the forecaster was not dropped.
  func offset(_ forecaster: Int, row: Int) -> Int {
    guard let block = blocks[forecaster] else {
      preconditionFailure("only a forecaster without weight is dropped")
    }
    return block * stride + plan.rowStarts[row]
  }
}
