internal import Foundation

/// How far a run of merges is, and how fast it may go.
struct MergePace {
  var limit: RateLimit
  /// Bytes of everything that is merged in this run.
  let totalBytes: Int64
  /// Bytes of the merges that are through.
  private var finishedBytes: Int64 = 0
  /// Bytes of the merge under way that the limit knows of.
  private var countedBytes: Int64 = 0
  private var toldBytes: Int64 = 0
  private let start = ContinuousClock.now

  init(limit: RateLimit, totalBytes: Int64) {
    self.limit = limit
    self.totalBytes = totalBytes
  }

  /// Moves on to `bytes` of the merge under way.
  ///
  /// - Parameters:
  ///   - bytes: bytes of the merge that are through.
  ///   - last: whether that is all of it.
  /// - Returns: how long to wait, and how far the run is where that is worth telling: at most about
  ///   a hundred times a run.
  mutating func advance(to bytes: Int64, last: Bool) -> (pause: Duration, told: JobProgress?) {
    let pause = limit.pause(after: bytes - countedBytes, now: start.duration(to: .now))
    countedBytes = last ? 0 : bytes
    let done = finishedBytes + bytes
    if last { finishedBytes = done }
    guard done - toldBytes >= max(1, totalBytes / 100) else { return (pause, nil) }
    toldBytes = done
    return (pause, JobProgress(doneBytes: done, totalBytes: totalBytes))
  }
}

extension Store {
  /// How long a held-up merge sleeps at most before it looks whether the store closes.
  private static let pauseSliceMax = 0.05

  /// Keeps a merge to its rate, tells how far it is, and ends it when the store closes.
  ///
  /// - Throws: `StoreError.closed`.
  func hold(
    _ pace: inout MergePace, at bytes: Int64, last: Bool, _ progress: (JobProgress) -> Void
  ) throws(StoreError) {
    let (pause, told) = pace.advance(to: bytes, last: last)
    if let told { progress(told) }
    var left = pause / .seconds(1)
    while !isClosing, left > 0 {
      Thread.sleep(forTimeInterval: min(left, Self.pauseSliceMax))
      left -= Self.pauseSliceMax
    }
    if isClosing { throw .closed }
  }
}
