internal import Foundation

/// Messages for people on standard error: readable without colour, coloured on a terminal.
enum Diagnostic {
  /// `error: message`, with a `hint:` of the message on a line of its own.
  static func text(_ kind: String, _ message: String) -> String {
    let styled = usesColor ? "\u{1b}[1;31m\(kind):\u{1b}[0m" : "\(kind):"
    return "\(styled) \(message)"
  }

  /// Prints `warning: …` once on standard error.
  static func warn(_ message: String) {
    StandardError.writeLine("warning: \(message)")
  }

  /// Prints each of several warnings, equal ones once.
  static func warnOnce(_ messages: [String]) {
    var seen: Set<String> = []
    for message in messages where seen.insert(message).inserted { warn(message) }
  }

  /// Prints `note: …` on standard error.
  static func note(_ message: String) {
    StandardError.writeLine("note: \(message)")
  }

  /// Colour only on a terminal, and never where `NO_COLOR` is set (no-color.org).
  static var usesColor: Bool {
    StandardError.isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
  }
}
