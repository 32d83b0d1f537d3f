/// Why a query has no answer.
///
/// A query that cannot be answered right is never answered approximately: it ends in one of these.
public struct QueryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The classes of failure; the server derives its status from them.
  public enum Kind: Hashable, Sendable {
    /// The expression is not PromQL; the position is a byte offset into it.
    case parse(position: Int, message: String)
    /// A parameter other than the expression is unusable.
    case badData(String)
    /// Valid PromQL that this version does not execute.
    case notSupported(String)
    /// A limit of `QueryLimits` would be passed.
    case limit(String)
    /// The evaluation failed, such as by an ambiguous match of series.
    case execution(String)
    /// The query took longer than its limit, or was cancelled.
    case timeout(String)
    /// The store could not be read.
    case storage(String)
  }

  /// What failed.
  public let kind: Kind
  /// What to do about it, where that is known.
  public let hint: String?

  /// An error from its parts.
  public init(_ kind: Kind, hint: String? = nil) {
    self.kind = kind
    self.hint = hint
  }

  /// What failed, in words, without the position and the hint.
  public var message: String {
    switch kind {
    case .parse(_, let message), .badData(let message), .notSupported(let message),
      .limit(let message), .execution(let message), .timeout(let message), .storage(let message):
      message
    }
  }

  /// Prometheus' class name for its JSON: `bad_data`, `execution`, `timeout` or `internal`.
  public var prometheusType: String {
    switch kind {
    case .parse, .badData: "bad_data"
    case .notSupported, .limit, .execution: "execution"
    case .timeout: "timeout"
    case .storage: "internal"
    }
  }

  /// The error in words.
  public var description: String {
    let words: String
    switch kind {
    case .parse(let position, let message): words = "parse error at byte \(position): \(message)"
    case .notSupported(let message): words = "not supported yet: \(message)"
    default: words = message
    }
    guard let hint else { return words }
    return words + " (" + hint + ")"
  }

  /// A parse error's place as `line:column`, both from 1, in the expression it came from.
  ///
  /// - Returns: `nil` for the other kinds.
  public func place(in expression: String) -> String? {
    guard case .parse(let position, _) = kind else { return nil }
    let before = expression.utf8.prefix(position)
    let line = before.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
    return "\(line):\(column)"
  }
}
