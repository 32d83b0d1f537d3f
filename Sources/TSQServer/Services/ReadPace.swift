internal import NIOCore

/// When a sender of many small writes is read again.
///
/// A read costs some 15 microseconds of processor time however little it brings: the way through the
/// event loop, a task, the log and back. A sender that wants no answers and writes line by line is
/// therefore read in intervals, and its lines gather in the socket meanwhile. The interval grows while
/// that brings little; one that pauses for longer is read at once.
struct ReadPace: Sendable {
  /// The first interval.
  static let shortest = TimeAmount.milliseconds(50)
  /// What lines of a chatty sender may wait; reads further apart are no chatty sender's.
  ///
  /// Nobody is told that they arrived. Half of what VictoriaMetrics lets them wait, and less than
  /// anyone sees on a dashboard; twice as much would save one read a second.
  static let longest = TimeAmount.milliseconds(500)
  /// Reads are put off to multiples of it, so that the event loop wakes once for many connections.
  static let grid = TimeAmount.milliseconds(10)
  /// A read of fewer bytes is a small one; a sender at full speed hardly ever has two in a row.
  static let smallBytes = 16 << 10
  /// The interval grows behind a read of fewer bytes: one twice as long is far from a large read.
  static let growBytes = 4 << 10
  /// So many small reads in a row make a chatty sender.
  static let smallReads = 2

  private var small = 0
  private var last = NIODeadline.uptimeNanoseconds(0)
  private var interval = TimeAmount.zero

  /// Takes note of a read.
  mutating func noteRead(byteCount: Int, at now: NIODeadline) {
    // A read that was put off comes behind the interval.
    let isSmall = byteCount < ReadPace.smallBytes && now - last < interval + ReadPace.longest
    small = isSmall ? min(small + 1, ReadPace.smallReads) : 0
    last = now
    if small < ReadPace.smallReads {
      interval = .zero
    } else if interval == .zero {
      interval = ReadPace.shortest
    } else if byteCount < ReadPace.growBytes {
      interval = min(interval * 2, ReadPace.longest)
    }
  }

  /// The earliest time of the next read, or `nil` where it may be at once.
  var nextRead: NIODeadline? {
    guard small >= ReadPace.smallReads else { return nil }
    let grid = UInt64(ReadPace.grid.nanoseconds)
    let time = (last + interval).uptimeNanoseconds
    return .uptimeNanoseconds((time + grid - 1) / grid * grid)
  }
}
