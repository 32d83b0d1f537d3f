/// Why a rules file was refused.
public struct RuleFileError: Error, Equatable, CustomStringConvertible {
  /// Line of the offending key or value, from 1; 0 where the file as a whole is meant.
  public let line: Int
  /// What is wrong.
  public let message: String
  /// What to write instead, if there is one answer.
  public let hint: String?

  /// An error at a line.
  public init(line: Int, message: String, hint: String? = nil) {
    self.line = line
    self.message = message
    self.hint = hint
  }

  /// The error as `line 3: message`, its hint on a line of its own.
  public var description: String {
    let place = line > 0 ? "line \(line): " : ""
    return place + message + (hint.map { "\nhint: \($0)" } ?? "")
  }
}
