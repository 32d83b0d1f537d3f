public import Foundation
public import TSQCore

/// Prometheus' JSON of its HTTP API, both ways.
///
/// Values are strings with the shortest digits that read back to the same double, times are seconds
/// with at most three decimals. Keys are sorted, so that equal answers are equal bytes. Of several
/// samples within one millisecond the last is kept, as in every millisecond interface.
public enum PrometheusJSON {
  /// The body of a successful query.
  public static func encode(_ result: QueryResult) throws -> Data {
    let envelope = Envelope(data: ValueBody(value: result.value), notes: result.warnings)
    guard case .matrix(let series) = result.value else { return try encoder().encode(envelope) }
    var writer = PointWriter(encoder: encoder())
    return try writer.body(
      of: series, infos: envelope.infos ?? [], warnings: envelope.warnings ?? [])
  }

  /// The same through the encoder alone: slower, and what the writer of matrices is held to.
  package static func encodeByCodable(_ result: QueryResult) throws -> Data {
    try encoder().encode(Envelope(data: ValueBody(value: result.value), notes: result.warnings))
  }

  /// The body of an answer that is a list of texts: label names or values.
  public static func encode(names: [String], warnings: [String] = []) throws -> Data {
    try encoder().encode(Envelope(data: names, notes: warnings))
  }

  /// The body of a list of series.
  public static func encode(series: [Labels], warnings: [String] = []) throws -> Data {
    try encoder().encode(Envelope(data: series.map(LabelBody.init), notes: warnings))
  }

  /// The body of an answer of any other shape, in the same envelope.
  public static func encode(data: some Encodable, warnings: [String] = []) throws -> Data {
    try encoder().encode(Envelope(data: data, notes: warnings))
  }

  /// The body that goes with an error.
  public static func encode(_ error: QueryError) -> Data {
    encode(errorType: error.prometheusType, message: error.description)
  }

  /// The body of an error that no query made.
  ///
  /// - Parameters:
  ///   - errorType: such as `bad_data`, `execution`, `timeout`, `unavailable`, `internal`.
  ///   - message: what failed, in words.
  /// - Returns: the body's bytes.
  public static func encode(errorType: String, message: String) -> Data {
    let body = ErrorBody(status: "error", errorType: errorType, error: message)
    // Three strings always encode; an empty object would still be JSON.
    return (try? encoder().encode(body)) ?? Data("{}".utf8)
  }

  /// The answer a body holds; for clients of a server.
  ///
  /// - Throws: `QueryError` that the body reports, or `.badData` where it is no such body.
  public static func decode(_ data: Data) throws(QueryError) -> QueryResult {
    let body: ReceivedBody
    do {
      body = try JSONDecoder().decode(ReceivedBody.self, from: data)
    } catch {
      throw QueryError(.badData("the answer is not Prometheus' JSON: \(error)"))
    }
    guard body.status == "success", let value = body.data?.value else {
      throw body.queryError
    }
    return QueryResult(value: value, warnings: (body.warnings ?? []) + (body.infos ?? []))
  }

  private static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}

/// `{"status":"success","data":...}`, with warnings only where there are some.
private struct Envelope<Body: Encodable>: Encodable {
  let status = "success"
  let data: Body
  let warnings: [String]?
  let infos: [String]?

  init(data: Body, notes: [String]) {
    self.data = data
    let infos = notes.filter { $0.hasPrefix("PromQL info") }
    let warnings = notes.filter { !$0.hasPrefix("PromQL info") }
    self.infos = infos.isEmpty ? nil : infos
    self.warnings = warnings.isEmpty ? nil : warnings
  }
}

private struct ErrorBody: Codable {
  let status: String
  let errorType: String
  let error: String
}

private struct ReceivedBody: Decodable {
  let status: String
  let data: ValueBody?
  let warnings: [String]?
  let infos: [String]?
  let errorType: String?
  let error: String?

  /// The error as the server named it.
  var queryError: QueryError {
    let message = error ?? "the server answered `\(status)` without saying why"
    switch errorType {
    case "bad_data": return QueryError(.badData(message))
    case "timeout", "canceled": return QueryError(.timeout(message))
    case "execution": return QueryError(.execution(message))
    default: return QueryError(.storage(message))
    }
  }
}
