internal import Hummingbird
internal import Logging
internal import NIOCore
internal import TSQCore
internal import TSQQuery
internal import TSQStorage

/// What a request knows of its connection.
struct WebContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// Who asks.
  let peer: String
  /// Its connection.
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
    peer = LineChannel.text(channel.remoteAddress)
  }
}

/// What the endpoints share.
struct WebServices: Sendable {
  let configuration: ServeConfiguration
  let center: IngestCenter
  let gate: StoreGate
  let pool: QueryPool
  let bodies: RequestBodyReader
  let started: Timestamp

  /// Answers with the store, off the event loops; failures become answers.
  func withStore(
    _ work: @escaping @Sendable (Store) throws -> Response
  ) async throws -> Response {
    guard let store = gate.store else { return Answer.notReady() }
    return try await Answer.orFailure { try await pool.run { try work(store) } }
  }

  /// The parameters of a request: of its URL, and of its body where that is a form.
  func form(_ request: Request) async throws -> RequestForm {
    let query = request.uri.query ?? ""
    guard request.method == .post,
      request.headers[.contentType]?.hasPrefix("application/x-www-form-urlencoded") == true
    else { return RequestForm(query) }
    return try await bodies.limited(to: RequestForm.bytesMax).withBody(of: request) { body in
      RequestForm(query, String(buffer: body))
    }
  }
}

/// A parameter that cannot be used.
struct ParameterError: Error {
  let message: String

  /// The complaint in Prometheus' wording.
  static func invalid(_ name: String, _ value: String, _ wanted: String) -> ParameterError {
    ParameterError(message: "invalid parameter \"\(name)\": \"\(value)\" is not \(wanted)")
  }

  static func missing(_ name: String) -> ParameterError {
    ParameterError(message: "missing parameter \"\(name)\"")
  }
}

extension RequestForm {
  /// An instant, or `nil` where the name is not there.
  func time(_ name: String) throws(ParameterError) -> Timestamp? {
    guard let text = self[name] else { return nil }
    guard let time = ParameterText.time(text) else {
      throw .invalid(name, text, "a time: Unix seconds or RFC 3339")
    }
    return time
  }

  /// A length of time in nanoseconds, or `nil` where the name is not there.
  func duration(_ name: String) throws(ParameterError) -> Int64? {
    guard let text = self[name] else { return nil }
    guard let length = ParameterText.duration(text) else {
      throw .invalid(name, text, "a duration: seconds or such as 5m")
    }
    return length
  }

  /// The range between `start` and `end`; open where one is not there.
  func range() throws(ParameterError) -> TimeRange {
    let (start, end) = (try time("start") ?? .distantPast, try time("end") ?? .distantFuture)
    guard start <= end else {
      throw ParameterError(message: "end timestamp must not be before start time")
    }
    return TimeRange(start: start, end: end)
  }

  /// A name that must be there.
  func required(_ name: String) throws(ParameterError) -> String {
    guard let value = self[name] else { throw .missing(name) }
    return value
  }
}
