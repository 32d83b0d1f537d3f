internal import Foundation

/// Standard output, buffered, with a closed pipe taken for success.
///
/// `tsq query … | head` must end quietly once `head` has what it wants, so the program ignores
/// SIGPIPE at its start and this type turns the write error into an early, successful exit.
final class StandardOutput {
  private var buffer: [UInt8] = []
  /// Bytes gathered before a write: large enough that a long export is not one call per line.
  private static let bufferBytes = 64 * 1024

  /// Adds text.
  func write(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  /// Adds text and a line end.
  func writeLine(_ text: String = "") throws {
    try write(text)
    try write("\n")
  }

  /// Adds bytes as they are.
  func write(_ bytes: Data) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  /// Hands everything gathered to the system.
  func flush() throws {
    var written = 0
    while written < buffer.count {
      let count = unsafe buffer.withUnsafeBytes { bytes in
        unsafe Foundation.write(
          STDOUT_FILENO, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
      }
      if count > 0 {
        written += count
      } else if errno == EPIPE {
        exit(0)
      } else if errno != EINTR {
        throw CommandFailure("cannot write to standard output: \(systemErrorText(errno))")
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

/// Words for an `errno` number.
func systemErrorText(_ code: Int32) -> String { POSIXErrorText.text(code) }

/// Reads the C library's words for an error number.
private enum POSIXErrorText {
  static func text(_ code: Int32) -> String {
    guard let words = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: words)
  }
}

/// What goes beside the data: progress, notes and warnings, on standard error.
enum StandardError {
  /// Whether a person is watching: only then is there colour and progress.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Writes one line.
  static func writeLine(_ text: String) { write(text + "\n") }

  /// Writes text at once.
  static func write(_ text: String) { writeWhereRead(text, to: STDERR_FILENO) }
}

/// Writes text at once, and nothing where nobody reads it any more: what is said beside the work must
/// not end it, as a closed pipe would.
func writeWhereRead(_ text: String, to descriptor: Int32) {
  let bytes = Array(text.utf8)
  var written = 0
  while written < bytes.count {
    let count = unsafe bytes.withUnsafeBytes { bytes in
      unsafe Foundation.write(
        descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
    }
    if count > 0 { written += count } else if errno != EINTR { return }
  }
}
