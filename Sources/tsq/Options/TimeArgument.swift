internal import ArgumentParser
internal import Foundation
internal import TSQCore

/// An instant on the command line: RFC 3339, Unix seconds, `now`, `now-7d` or `now+2h`.
struct TimeArgument: ExpressibleByArgument, Equatable {
  private enum Form: Equatable {
    case absolute(Timestamp)
    /// Nanoseconds to add to the moment the command runs at.
    case relative(Int64)
  }

  private let form: Form

  init?(argument: String) {
    if argument == "now" {
      form = .relative(0)
    } else if argument.hasPrefix("now-") || argument.hasPrefix("now+") {
      guard let length = DurationText.nanoseconds(String(argument.dropFirst(4))) else {
        return nil
      }
      form = .relative(argument.hasPrefix("now-") ? -length : length)
    } else if let instant = Self.instant(argument) {
      form = .absolute(instant)
    } else {
      return nil
    }
  }

  /// An absolute instant: RFC 3339, or Unix seconds with or without a fraction.
  static func instant(_ text: String) -> Timestamp? {
    if let instant = Timestamp(rfc3339: text) { return instant }
    if let instant = Timestamp(decimalSeconds: text) { return instant }
    return NumberText.value(text).flatMap { Timestamp(fractionalSeconds: $0) }
  }

  /// The instant meant, given what time it is.
  func resolve(now: Timestamp) -> Timestamp {
    switch form {
    case .absolute(let instant): instant
    case .relative(let delta): now.adding(nanoseconds: delta)
    }
  }
}

/// A length of time on the command line: `30d`, `1h30m`, `90s`; never zero or negative.
struct DurationArgument: ExpressibleByArgument, Equatable {
  let nanoseconds: Int64

  init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  init?(argument: String) {
    guard let length = DurationText.nanoseconds(argument), length > 0 else { return nil }
    nanoseconds = length
  }

  var defaultValueDescription: String { DurationText.text(nanoseconds: nanoseconds) }
}

/// The wall clock, read in one place so that the rest of a command is a function of its arguments.
enum Clock {
  /// The present instant, rounded down to a second: what answers count from, so that they are readable.
  static func wholeSecond() -> Timestamp {
    let time = now()
    return time.adding(
      nanoseconds: -time.nanoseconds.flooredDivision(by: 1_000_000_000).remainder)
  }

  /// The present instant, to the nanosecond the system gives.
  static func now() -> Timestamp {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(
      nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
