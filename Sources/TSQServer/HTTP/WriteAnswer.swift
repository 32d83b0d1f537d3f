internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import TSQStorage

/// The answers to a write, in the shape that clients of InfluxDB 1 and 2 read.
enum WriteAnswer {
  /// One rejected line.
  struct Line: Encodable {
    let line: Int
    let reason: String
    let message: String
  }

  /// `error` is what version 1 has, `code` and `message` what version 2 has; the rest is ours.
  private struct Body: Encodable {
    let code: String
    let error: String
    let message: String
    var accepted: Int?
    var rejected: Int?
    var lines: [Line]?
  }

  /// What became of a request's lines; 204 only where all of them are durable and visible.
  static func answer(_ intake: Intake) -> Response {
    if let failure = intake.failure { return WriteAnswer.failure(failure) }
    var response =
      intake.rejected == 0
      ? Answer.nothing()
      : partial(accepted: intake.accepted, rejected: intake.rejected, intake.listed)
    // In a header, since an answer of 204 has no body.
    if let name = HTTPField.Name("X-Tsq-Replaced") {
      response.headers[name] = String(intake.replaced)
    }
    return response
  }

  /// Some lines were not stored.
  static func partial(accepted: Int, rejected: Int, _ listed: [Line]) -> Response {
    let shown = listed.prefix(5).map { "line \($0.line): \($0.reason): \($0.message)" }
    let more = rejected > shown.count ? "; and \(rejected - shown.count) more" : ""
    let words =
      "partial write: \(rejected) of \(accepted + rejected) lines rejected: "
      + shown.joined(separator: "; ") + more
    let body = Body(
      code: "invalid", error: words, message: words, accepted: accepted, rejected: rejected,
      lines: listed)
    return answer(.badRequest, body)
  }

  /// Nothing was tried.
  static func invalid(_ words: String) -> Response {
    answer(.badRequest, Body(code: "invalid", error: words, message: words))
  }

  /// The request shows no token that opens the server.
  static func unauthorized() -> Response {
    let words = "a token is needed: `Authorization: Bearer TOKEN`"
    return answer(
      .unauthorized, Body(code: "unauthorized", error: words, message: words))
  }

  /// The body could not be read.
  static func refusal(_ error: BodyError) -> Response {
    switch error {
    case .tooLarge(let limit):
      let words = "the body is larger than \(limit) bytes; send less at once"
      return answer(.contentTooLarge, Body(code: "request too large", error: words, message: words))
    case .busy:
      let words = "the server holds as many bytes of requests as it may; try again"
      var response = answer(
        .serviceUnavailable, Body(code: "unavailable", error: words, message: words))
      response.headers[.retryAfter] = "1"
      return response
    case .unknownEncoding(let name, let taken):
      let words =
        "content encoding `\(name)` is not taken here; use \(taken.joined(separator: " or "))"
      var response = answer(
        .unsupportedMediaType, Body(code: "invalid", error: words, message: words))
      // RFC 9110 §12.5.3: so a client can tell this 415 from one about the content type.
      response.headers[.acceptEncoding] = taken.joined(separator: ", ")
      return response
    case .unfinished:
      return invalid("the body ends before its announced end")
    case .damaged(let reason):
      return invalid("the compressed body cannot be read: \(reason)")
    }
  }

  /// The store did not take the lines: nothing is promised, all may be sent again.
  static func failure(_ error: StoreError) -> Response {
    let body = Body(
      code: "unavailable", error: "\(error)", message: "\(error)")
    // The status and the wait are the same for every way into the store.
    let model = Answer.failure(error)
    var response = answer(model.status, body)
    response.headers[.retryAfter] = model.headers[.retryAfter]
    return response
  }

  private static func answer(_ status: HTTPResponse.Status, _ body: Body) -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Answer.json(status, (try? encoder.encode(body)) ?? Data("{}".utf8))
  }
}
