internal import Foundation
internal import TSQCore

/// A request's parameters: those of the URL first, then those of a form body.
///
/// A name may stand any number of times, as `match[]` does.
struct RequestForm: Sendable {
  /// Bytes of a form: its parameters in memory may take thirty times as many.
  static let bytesMax = 1 << 20

  private let pairs: [(name: String, value: String)]

  /// Parameters from texts such as `query=up&time=5`; percent escapes and `+` are undone.
  init(_ texts: String...) {
    pairs = texts.flatMap { text in
      text.split(separator: "&").map { part in
        let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (
          RequestForm.decoded(halves[0]), halves.count == 2 ? RequestForm.decoded(halves[1]) : ""
        )
      }
    }
  }

  private static func decoded(_ text: Substring) -> String {
    let spaced = text.replacingOccurrences(of: "+", with: " ")
    // What is not valid percent encoding is taken as it stands; its user then sees it quoted back.
    return spaced.removingPercentEncoding ?? spaced
  }

  /// The first value of a name, or `nil`; an empty value counts as none.
  subscript(name: String) -> String? {
    pairs.first { $0.name == name && !$0.value.isEmpty }?.value
  }

  /// Every value of a name, in order.
  func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }
}

/// Times and steps as Prometheus' HTTP API takes them.
enum ParameterText {
  /// An instant: RFC 3339, or Unix seconds with a fraction read digit by digit, or an exponent.
  static func time(_ text: String) -> Timestamp? {
    if let instant = Timestamp(decimalSeconds: text) { return instant }
    if let seconds = NumberText.value(text) { return Timestamp(fractionalSeconds: seconds) }
    return Timestamp(rfc3339: text)
  }

  /// A length of time in nanoseconds: seconds with a fraction, or a duration such as `1h30m`.
  static func duration(_ text: String) -> Int64? {
    if let length = Timestamp(decimalSeconds: text) { return length.nanoseconds }
    if let seconds = NumberText.value(text), let end = Timestamp(fractionalSeconds: seconds) {
      return end.nanoseconds
    }
    return DurationText.nanoseconds(text)
  }
}
