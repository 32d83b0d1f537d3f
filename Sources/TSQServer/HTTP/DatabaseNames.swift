internal import Foundation
internal import Synchronization

/// The database and bucket names that clients used, for those who ask whether theirs exists.
///
/// A name has no effect on what is stored. The list is bounded and lasts until the server ends.
final class DatabaseNames: Sendable {
  /// Names kept; more than any set of clients has, and bounded.
  static let countLimit = 1_000
  /// Characters of a name; a longer one is not listed.
  static let lengthLimit = 255
  private let names = Mutex<Set<String>>([])

  /// Keeps a name that a client used.
  func note(_ name: String) {
    guard name.utf8.count <= DatabaseNames.lengthLimit else { return }
    names.withLock { names in
      if names.count < DatabaseNames.countLimit { names.insert(name) }
    }
  }

  private struct Body: Encodable {
    struct Result: Encodable {
      let statementID: Int
      var series: [Series]?

      enum CodingKeys: String, CodingKey {
        case series
        case statementID = "statement_id"
      }
    }

    struct Series: Encodable {
      let name: String
      let columns: [String]
      let values: [[String]]
    }

    let results: [Result]
  }

  /// Obeys statements in order and gives InfluxDB's JSON.
  func answer(_ statements: [InfluxStatement]) -> Data {
    let results = statements.enumerated().map { number, statement in
      switch statement {
      case .createDatabase(let name):
        note(name)
        return Body.Result(statementID: number)
      case .showDatabases:
        let values = names.withLock { $0.sorted() }.map { [$0] }
        return Body.Result(
          statementID: number,
          series: [Body.Series(name: "databases", columns: ["name"], values: values)])
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(Body(results: results))) ?? Data("{}".utf8)
  }
}
