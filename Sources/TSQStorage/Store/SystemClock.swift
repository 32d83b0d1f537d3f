internal import Foundation
public import TSQCore

/// What time it is, by this machine.
public enum SystemClock {
  /// Now, to the microsecond.
  @Sendable
  public static func now() -> Timestamp {
    // A clock outside of what an instant can hold is as good as none: nothing is old then.
    Timestamp(fractionalSeconds: Date().timeIntervalSince1970) ?? .distantPast
  }
}
