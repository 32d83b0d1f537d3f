internal import Synchronization
import TSQCore

/// The instant that ages count from while nobody looks on: a clock that is wrong must not make old what
/// is not.
///
/// A server's clock and its senders' are often one and the same, so that samples from the future come
/// together with a clock that runs ahead. What gives both away is the jump: the data goes on for days
/// and then somewhere else. So where days without any sample lie before the newest ones, these must
/// span a week before they count.
struct RetentionClock: Hashable {
  /// Days of the newest samples, after a gap, before they count.
  static let spanDaysMin: Int64 = 7
  /// Days without samples, at most, inside a stretch: samples that come once a day may miss two.
  static let gapDaysMax: Int64 = 3

  /// What ages count from.
  let now: Timestamp
  /// Why that is earlier than clock and samples say, in words; `nil` where it is not.
  let doubt: String?

  /// The clock for some data.
  ///
  /// - Parameters:
  ///   - clock: what time it seems to be.
  ///   - newest: the newest sample.
  ///   - days: the days since the epoch that have samples, in any order.
  init(clock: Timestamp, newest: Timestamp, days: Set<Int64>) {
    let seen = min(clock, newest)
    guard let trusted = RetentionClock.lastTrusted(days.sorted()) else {
      (now, doubt) = (seen, nil)
      return
    }
    // The start of a day: samples of that day may be anywhere in it.
    let start = PartitionPlan.range(of: trusted.day, length: Self.day).start
    if trusted.isNewest || start >= seen {
      (now, doubt) = (seen, nil)
      return
    }
    now = start
    doubt =
      "samples go on until \(start) and then jump: ages count from there until the newest samples span "
      + "\(Self.spanDaysMin) days; `tsq retention apply` takes the newest as they are"
  }

  private static let day: Int64 = 86_400_000_000_000

  /// The day of an instant.
  static func day(of time: Int64) -> Int64 { PartitionPlan.number(of: time, length: day) }

  /// The last day of the newest stretch that spans enough; of the oldest where none does.
  private static func lastTrusted(_ days: [Int64]) -> (day: Int64, isNewest: Bool)? {
    guard var last = days.last, var first = days.last else { return nil }
    for day in days.dropLast().reversed() {
      if first - day > gapDaysMax {
        if last - first >= spanDaysMin { break }
        last = day
      }
      first = day
    }
    return (last, last == days.last)
  }
}

extension StoreView {
  /// The days since the epoch that have samples; a segment counts from its first to its last.
  ///
  /// - Complexity: O(samples in memory + days).
  var days: Set<Int64> {
    var days: Set<Int64> = []
    for segment in segments {
      guard let range = segment.info.timeRange else { continue }
      let first = RetentionClock.day(of: range.start.nanoseconds)
      days.formUnion(first...RetentionClock.day(of: range.end.nanoseconds))
    }
    for head in [flushing, active].compactMap(\.self) {
      var last: Int64?
      for id in head.seriesIDs {
        for piece in head.series(id)?.pieces ?? [] {
          for time in piece.times {
            let day = RetentionClock.day(of: time)
            if day != last { days.insert(day) }
            last = day
          }
        }
      }
    }
    return days
  }
}

extension Store {
  /// What ages count from while nobody looks on.
  func retentionClock() -> RetentionClock {
    let view = core.view.withLock { $0 }
    let clock = options.clock()
    return RetentionClock(clock: clock, newest: view.timeRange?.end ?? clock, days: view.days)
  }
}
