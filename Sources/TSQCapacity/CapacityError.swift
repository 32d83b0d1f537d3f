/// Why a source could not be read, in the source's own words, with what was asked of it.
public struct CapacityError: Error, Equatable, CustomStringConvertible {
  /// What was being read.
  public let subject: String
  /// What the source said.
  public let reason: String

  /// An error about a subject.
  public init(subject: String, reason: String) {
    self.subject = subject
    self.reason = reason
  }

  /// The error as `subject: reason`.
  public var description: String { "\(subject): \(reason)" }
}
