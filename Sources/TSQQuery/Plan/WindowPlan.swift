internal import TSQCore

/// How the windows over one series are answered.
enum WindowPlan {
  /// Decode every run that some window touches into one column and walk it.
  case decode([PlannedRun])
  /// Merge summaries of runs that lie whole in a window, and decode only those a window's edge cuts.
  case merge([PlannedRun])

  /// Decides from where the runs lie, before anything is read.
  ///
  /// - Parameters:
  ///   - runs: disjoint, ascending.
  ///   - windows: the windows to answer.
  ///   - summariesSuffice: whether the function can be told from a `SeriesSummary`.
  /// - Complexity: O(runs log windows).
  init(runs: [any ProvidedRun], windows: WindowGrid, summariesSuffice: Bool) {
    let touched = runs.compactMap { PlannedRun(run: $0, windows: windows) }
    // An hourly value has nothing but its summary.
    let hasHours = touched.contains { $0.run.hour != nil }
    guard summariesSuffice, hasHours || WindowPlan.mergingPays(touched) else {
      self = .decode(touched)
      return
    }
    self = .merge(touched)
  }

  /// Whether merging summaries is cheaper than walking samples.
  ///
  /// It is where a run need not be decoded at all, and where windows span many runs each: then a
  /// summary stands for hundreds of samples at every step.
  private static func mergingPays(_ runs: [PlannedRun]) -> Bool {
    if runs.contains(where: { !$0.isCut }) { return true }
    let touches = runs.reduce(0) { $0 + $1.overlapping.count }
    let whole = runs.reduce(0) { $0 + $1.covering.count }
    return whole * 8 >= touches * 7
  }
}

/// A run with the windows it matters to.
struct PlannedRun {
  let run: any ProvidedRun
  /// The windows that share an instant with it.
  let overlapping: Range<Int>
  /// Those that hold it whole.
  let covering: Range<Int>

  /// `nil` where no window touches the run.
  init?(run: any ProvidedRun, windows: WindowGrid) {
    let overlapping = windows.overlapping(run.timeRange)
    guard !overlapping.isEmpty else { return nil }
    self.run = run
    self.overlapping = overlapping
    self.covering = windows.covering(run.timeRange)
  }

  /// Whether some window's edge lies inside the run, so that it must be decoded.
  var isCut: Bool { covering != overlapping }
}
