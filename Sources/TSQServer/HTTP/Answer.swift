internal import Foundation
internal import Hummingbird
internal import NIOCore
internal import TSQQuery
internal import TSQStorage

/// How this server's answers look.
enum Answer {
  /// JSON.
  static func json(_ status: HTTPResponse.Status, _ body: Data) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
  }

  /// Plain text, one line.
  static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
  }

  /// Nothing to say.
  static func nothing() -> Response { Response(status: .noContent) }

  /// A query's failure in Prometheus' words and status.
  static func failure(_ error: QueryError) -> Response {
    let status: HTTPResponse.Status =
      switch error.prometheusType {
      case "bad_data": .badRequest
      case "execution": .unprocessableContent
      case "timeout": .serviceUnavailable
      default: .internalServerError
      }
    return json(status, PrometheusJSON.encode(error))
  }

  /// A failure that no query made.
  static func failure(
    _ status: HTTPResponse.Status, _ errorType: String, _ message: String,
    retryAfterSeconds: Int? = nil
  ) -> Response {
    var response = json(
      status, PrometheusJSON.encode(errorType: errorType, message: message))
    if let retryAfterSeconds { response.headers[.retryAfter] = String(retryAfterSeconds) }
    return response
  }

  /// A failure of the store.
  static func failure(_ error: StoreError) -> Response {
    switch error {
    case .diskFull:
      failure(
        .init(code: 507, reasonPhrase: "Insufficient Storage"), "unavailable", "\(error)",
        retryAfterSeconds: 10)
    case .closed:
      failure(.serviceUnavailable, "unavailable", "\(error)", retryAfterSeconds: 1)
    case .invalidArgument:
      failure(.badRequest, "bad_data", "\(error)")
    default:
      failure(.internalServerError, "internal", "\(error)")
    }
  }

  /// What some work answers, or the answer to what kept it from answering: a query, a parameter, the store.
  static func orFailure(_ work: () async throws -> Response) async throws -> Response {
    do {
      return try await work()
    } catch let error as QueryError {
      return failure(error)
    } catch let error as StoreError {
      return failure(error)
    } catch let error as ParameterError {
      return failure(.badRequest, "bad_data", error.message)
    } catch is QueryPool.Busy {
      return failure(
        .serviceUnavailable, "unavailable", "too many queries wait", retryAfterSeconds: 1)
    }
  }

  /// The store is not there yet, or any more.
  static func notReady() -> Response {
    failure(
      .serviceUnavailable, "unavailable", "the store is not ready: recovery is under way",
      retryAfterSeconds: 1)
  }
}
