/// Spreads work over time so that it moves no more than so many bytes a second.
///
/// A value without a clock: it is told what time it is and answers how long to wait.
struct RateLimit: Sendable {
  /// 0 means no limit.
  let bytesPerSecond: Int64
  /// When the bytes so far are paid for.
  private var paid: Duration?

  init(bytesPerSecond: Int64) { self.bytesPerSecond = bytesPerSecond }

  /// Counts bytes that were moved.
  ///
  /// - Parameters:
  ///   - bytes: moved since the last call.
  ///   - now: time since any fixed moment.
  /// - Returns: how long to wait before moving more.
  mutating func pause(after bytes: Int64, now: Duration) -> Duration {
    guard bytesPerSecond > 0, bytes > 0 else { return .zero }
    // Time that was spent idle is not saved up: a limit that allows bursts is none for the disk.
    let start = max(paid ?? now, now)
    let end = start + .seconds(Double(bytes) / Double(bytesPerSecond))
    paid = end
    return end - now
  }
}
