internal import Glibc
internal import TSQCore

extension Timestamp {
  /// Now, by this machine's clock.
  static var now: Timestamp {
    var time = timespec()
    // Fails only for a clock that does not exist.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
  }
}
