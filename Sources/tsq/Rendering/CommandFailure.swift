/// Why a command failed, in words for a person, with a hint where there is something to do.
///
/// Printed as `error: …` and `hint: …` on standard error; the exit code is 1, or 3 for the commands
/// whose codes are a verdict.
struct CommandFailure: Error, CustomStringConvertible {
  let message: String
  let hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }

  var description: String {
    guard let hint else { return message }
    return "\(message)\nhint: \(hint)"
  }
}
