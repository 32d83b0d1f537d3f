public import TSQCore

/// Why a matcher cannot be used.
public enum LabelMatcherError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The regular expression does not compile.
  case badPattern(label: String, pattern: String, reason: String)
  /// A label name must not be empty.
  case emptyName

  /// The error in words.
  public var description: String {
    switch self {
    case .badPattern(let label, let pattern, let reason):
      "the pattern `\(pattern)` for label `\(label)` is not a valid regular expression: \(reason)"
    case .emptyName: "a label matcher needs a label name"
    }
  }
}

/// One condition on one label: `name="value"`, `!=`, `=~` or `!~`, as PromQL has them.
///
/// A label that a series does not have counts as the empty text, so `{zone=""}` means "without a
/// zone". Regular expressions are anchored at both ends.
public struct LabelMatcher: Sendable {
  /// How the label's value is compared.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// `=`: the same text.
    case equal = "="
    /// `!=`: another text.
    case notEqual = "!="
    /// `=~`: the whole value matches the expression.
    case regex = "=~"
    /// `!~`: the whole value does not match the expression.
    case notRegex = "!~"
  }

  /// The label looked at.
  public let name: String
  /// The text or expression compared with.
  public let value: String
  /// How.
  public let kind: Kind

  private let pattern: LabelPattern

  /// A matcher; a regular expression is compiled here, once.
  ///
  /// - Throws: `LabelMatcherError` for an empty name or an expression that does not compile.
  public init(name: String, kind: Kind, value: String) throws(LabelMatcherError) {
    guard !name.isEmpty else { throw .emptyName }
    self.name = name
    self.value = value
    self.kind = kind
    switch kind {
    case .equal, .notEqual: self.pattern = .oneOf([value])
    case .regex, .notRegex: self.pattern = try LabelPattern(label: name, expression: value)
    }
  }

  /// The matcher `name="value"`.
  ///
  /// - Precondition: the name is not empty.
  public static func equal(_ name: String, _ value: String) -> LabelMatcher {
    precondition(!name.isEmpty, "a label matcher needs a label name")
    return LabelMatcher(name: name, equals: value)
  }

  /// The matcher on the metric name.
  public static func metric(_ name: String) -> LabelMatcher {
    .equal(Labels.metricNameLabel, name)
  }

  /// The matcher `name=~".*"`, which every series satisfies.
  public static func anything(_ name: String = Labels.metricNameLabel) -> LabelMatcher {
    LabelMatcher(name: name, kind: .regex, value: ".*", pattern: .anything)
  }

  /// The matcher on metric names of a pattern in which `*` stands for any text.
  public static func metric(glob: String) -> LabelMatcher {
    guard glob.contains("*") else { return .metric(glob) }
    let parts = glob.split(separator: "*", omittingEmptySubsequences: false)
    let expression = parts.map { RegularExpression.quoted(String($0)) }.joined(separator: ".*")
    let matcher = try? LabelMatcher(
      name: Labels.metricNameLabel, kind: .regex, value: expression)
    // Escaped texts joined by `.*` always compile.
    return matcher ?? .metric(glob)
  }

  private init(name: String, equals value: String) {
    self.init(name: name, kind: .equal, value: value, pattern: .oneOf([value]))
  }

  private init(name: String, kind: Kind, value: String, pattern: LabelPattern) {
    self.name = name
    self.value = value
    self.kind = kind
    self.pattern = pattern
  }

  /// The matcher that holds just where this one does not.
  public var negated: LabelMatcher {
    let opposite: Kind =
      switch kind {
      case .equal: .notEqual
      case .notEqual: .equal
      case .regex: .notRegex
      case .notRegex: .regex
      }
    return LabelMatcher(name: name, kind: opposite, value: value, pattern: pattern)
  }

  /// Whether a label's value satisfies the matcher; empty means that the label is not there.
  public func matches(_ labelValue: String) -> Bool {
    switch kind {
    case .equal, .regex: pattern.matches(labelValue)
    case .notEqual, .notRegex: !pattern.matches(labelValue)
    }
  }

  /// Whether a series' labels satisfy the matcher.
  public func matches(_ labels: Labels) -> Bool { matches(labels[name] ?? "") }

  /// Whether the values in question can be looked up instead of searched for.
  var isLookup: Bool { matches("") ? excluded != nil : candidates != nil }

  /// The few values that can match, where they are known.
  var candidates: [String]? {
    guard kind == .equal || kind == .regex, case .oneOf(let values) = pattern else { return nil }
    return values
  }

  /// The few values that cannot match, where they are known.
  var excluded: [String]? {
    guard kind == .notEqual || kind == .notRegex, case .oneOf(let values) = pattern else {
      return nil
    }
    return values
  }
}

extension LabelMatcher: Hashable {
  /// Two matchers are equal when name, kind and value are.
  public static func == (left: LabelMatcher, right: LabelMatcher) -> Bool {
    left.name == right.name && left.kind == right.kind && left.value == right.value
  }

  /// Hashes name, kind and value.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(kind)
    hasher.combine(value)
  }
}

extension LabelMatcher: CustomStringConvertible {
  /// PromQL's form: `host=~"a|b"`.
  public var description: String {
    let shown = Labels.isBareLabelName(name) ? name : Labels.quoted(name)
    return shown + kind.rawValue + Labels.quoted(value)
  }
}

/// A compiled comparison.
///
/// Most expressions that dashboards send are alternatives of plain texts, or match everything: they
/// never reach the regular-expression engine.
enum LabelPattern: Sendable {
  /// One of a few plain texts.
  case oneOf([String])
  /// `.*`: anything, the empty text too.
  case anything
  /// `.+`: anything but the empty text.
  case notEmpty
  /// `prefix.*`.
  case prefix(String)
  /// Everything else; anchored at both ends.
  case expression(RegularExpression)

  init(label: String, expression: String) throws(LabelMatcherError) {
    if let simple = LabelPattern.simple(expression) {
      self = simple
      return
    }
    do throws(RegularExpression.Invalid) {
      self = .expression(try RegularExpression(expression))
    } catch {
      throw .badPattern(label: label, pattern: expression, reason: error.reason)
    }
  }

  private static func simple(_ expression: String) -> LabelPattern? {
    if expression == ".*" { return .anything }
    if expression == ".+" { return .notEmpty }
    let special = Set<Character>("\\.+*?()[]{}^$")
    if expression.hasSuffix(".*"), !expression.dropLast(2).contains(where: special.contains),
      !expression.contains("|")
    {
      return .prefix(String(expression.dropLast(2)))
    }
    guard !expression.contains(where: special.contains) else { return nil }
    return .oneOf(
      expression.split(separator: "|", omittingEmptySubsequences: false).map(String.init))
  }

  func matches(_ text: String) -> Bool {
    switch self {
    case .oneOf(let texts): return texts.contains { $0.utf8.elementsEqual(text.utf8) }
    case .anything: return true
    case .notEmpty: return !text.isEmpty
    case .prefix(let prefix): return text.utf8.starts(with: prefix.utf8)
    case .expression(let expression): return expression.matches(text)
    }
  }
}
