/// The answer of a check, as the monitoring-plugin convention numbers it.
enum Verdict: Int32, Comparable {
  case ok = 0
  case warning = 1
  case critical = 2
  case unknown = 3

  /// Its name in upper case, as plugins print it.
  var name: String {
    switch self {
    case .ok: "OK"
    case .warning: "WARNING"
    case .critical: "CRITICAL"
    case .unknown: "UNKNOWN"
    }
  }

  /// How bad it is: CRITICAL, WARNING, UNKNOWN, OK.
  ///
  /// As the monitoring plugins' own `max_state_alt` orders them: an UNKNOWN must not hide a CRITICAL.
  private var severity: Int {
    switch self {
    case .ok: 0
    case .unknown: 1
    case .warning: 2
    case .critical: 3
    }
  }

  static func < (left: Verdict, right: Verdict) -> Bool { left.severity < right.severity }
}

/// Ends the program with a verdict's code after its output was written.
struct VerdictExit: Error {
  let code: Verdict
}

/// A command whose exit code is a verdict, so that its failures count as UNKNOWN.
protocol VerdictCommand {
  /// Whether the exit code is a verdict in this call (some commands need --exit-code for it).
  var givesVerdict: Bool { get }
}
