internal import CRE2

/// A regular expression as Prometheus has them: RE2's, matched against whole texts, a dot matching
/// newlines too.
///
/// RE2 takes time linear in the text whatever the expression: one that comes from outside cannot hold
/// a thread for ever, as backtracking engines can be made to.
@safe package final class RegularExpression: Sendable {
  /// Why a text is no expression, in RE2's words.
  package struct Invalid: Error {
    /// Such as `missing ): (a`.
    package let reason: String
  }

  private static let reasonBytesMax = 256

  // Compiled once and never changed; RE2 says that any number of threads may match with it.
  nonisolated(unsafe) private let compiled: OpaquePointer

  /// Compiles an expression.
  ///
  /// - Throws: `Invalid` where it is none, or needs more memory than RE2 allows (8 MiB).
  package init(_ pattern: String) throws(Invalid) {
    var reason = [CChar](repeating: 0, count: Self.reasonBytesMax)
    var pattern = pattern
    let made = pattern.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { text in
        unsafe tsq_regex_make(text.baseAddress, text.count, &reason, reason.count)
      }
    }
    guard let made = unsafe made else {
      let end = reason.firstIndex(of: 0) ?? reason.count
      throw Invalid(
        reason: String(decoding: reason[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
    unsafe compiled = made
  }

  deinit { unsafe tsq_regex_free(compiled) }

  /// Whether the whole of a text matches.
  ///
  /// - Complexity: O(text).
  package func matches(_ text: String) -> Bool {
    unsafe RegularExpression.withCharacters(of: text) { start, count in
      unsafe tsq_regex_matches(compiled, start, count) != 0
    }
  }

  /// The groups of a text that matches as a whole, group 0 the text itself; `nil` for one that took no
  /// part, and in all where the text does not match.
  package func groups(of text: String) -> [String?]? {
    let count = unsafe 1 + tsq_regex_group_count(compiled)
    var starts = [Int](repeating: -1, count: count)
    var ends = starts
    let found = unsafe RegularExpression.withCharacters(of: text) { start, length in
      unsafe tsq_regex_groups(compiled, start, length, &starts, &ends, count) != 0
    }
    guard found else { return nil }
    let bytes = Array(text.utf8)
    return zip(starts, ends).map { start, end in
      start < 0 ? nil : String(decoding: bytes[start..<end], as: UTF8.self)
    }
  }

  /// The number of the group of a name.
  package func group(named name: String) -> Int? {
    let number = unsafe RegularExpression.withCharacters(of: name) { start, count in
      unsafe tsq_regex_group_number(compiled, start, count)
    }
    return number < 0 ? nil : number
  }

  /// An expression that matches just a text.
  package static func quoted(_ text: String) -> String {
    let special = Set<Character>("\\.+*?()|[]{}^$")
    return text.map { special.contains($0) ? "\\\($0)" : String($0) }.joined()
  }

  private static func withCharacters<Result>(
    of text: String, _ body: (UnsafePointer<CChar>?, Int) -> Result
  ) -> Result {
    var text = text
    return text.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe body($0.baseAddress, $0.count) }
    }
  }
}
