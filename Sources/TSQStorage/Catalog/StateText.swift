internal import Foundation
internal import GRDB
import TSQCore

/// Labels and matchers as JSON texts, and texts as blobs.
enum StateText {
  private struct MatcherText: Codable {
    var name: String
    var kind: String
    var value: String
  }

  private static func encode(_ value: some Encodable) throws -> DatabaseValue {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self).databaseValue
  }

  /// `[{"kind":"=","name":"host","value":"a"}]`.
  static func encode(matchers: [LabelMatcher]) throws -> DatabaseValue {
    try encode(
      matchers.map { MatcherText(name: $0.name, kind: $0.kind.rawValue, value: $0.value) })
  }

  static func matchers(_ value: DatabaseValue) throws -> [LabelMatcher] {
    let text = String.fromDatabaseValue(value) ?? ""
    let texts = try JSONDecoder().decode([MatcherText].self, from: Data(text.utf8))
    return try texts.map { text in
      guard let kind = LabelMatcher.Kind(rawValue: text.kind) else {
        throw InvalidPart("`\(text.kind)` is no kind of matcher")
      }
      return try LabelMatcher(name: text.name, kind: kind, value: text.value)
    }
  }

  /// `[["__name__","up"],["host","a"]]`, in the order of `Labels`.
  static func encode(labels: Labels) throws -> DatabaseValue {
    try encode(labels.pairs.map { [$0.name, $0.value] })
  }

  static func labels(_ value: DatabaseValue) throws -> Labels {
    let text = String.fromDatabaseValue(value) ?? ""
    let pairs = try JSONDecoder().decode([[String]].self, from: Data(text.utf8))
    guard pairs.allSatisfy({ $0.count == 2 }),
      let labels = Labels(pairs.map { Label(name: $0[0], value: $0[1]) })
    else { throw InvalidPart("`\(text)` are no labels") }
    return labels
  }

  static func blob(_ text: String) -> DatabaseValue { Data(text.utf8).databaseValue }

  static func text(_ value: DatabaseValue) -> String {
    String(decoding: Data.fromDatabaseValue(value) ?? Data(), as: UTF8.self)
  }

  static func range(_ first: DatabaseValue, _ last: DatabaseValue) throws -> TimeRange {
    guard let start = Int64.fromDatabaseValue(first), let end = Int64.fromDatabaseValue(last),
      start <= end
    else { throw InvalidPart("a time range ends before it starts") }
    return TimeRange(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
  }
}
