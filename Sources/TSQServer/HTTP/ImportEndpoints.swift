internal import HTTPTypes
internal import Hummingbird
internal import TSQCodec
internal import TSQCore

/// Text import over HTTP: exposition text as other stores take it, and any format by its name.
struct ImportEndpoints {
  let services: WebServices
  /// The ledger's account of everything that comes this way.
  let account: UInt64

  func add(to router: Router<WebContext>) {
    router.post("/api/v1/import/prometheus") { request, context in
      try await exposition(request, peer: context.peer)
    }
    router.post("/api/v1/tsq/import") { request, context in
      try await byName(request, peer: context.peer)
    }
  }

  /// Prometheus' text format, or OpenMetrics where the content type says so.
  ///
  /// `timestamp`, in milliseconds, is the time of lines without one.
  private func exposition(_ request: Request, peer: String) async throws -> Response {
    let form = RequestForm(request.uri.query ?? "")
    var given: Timestamp?
    if let text = form["timestamp"] {
      guard let count = Int64(text),
        let time = Timestamp(count: count, unitNanoseconds: 1_000_000)
      else { return WriteAnswer.invalid("`timestamp` is not a number of milliseconds: \(text)") }
      given = time
    }
    let type = request.headers[.contentType]?.lowercased() ?? ""
    let format: LineFormat =
      type.hasPrefix("application/openmetrics-text") ? .openMetrics : .prometheus
    let input = LineInput(format, limits: services.center.limits.line)
    return try await take(request, input, given: given, peer: peer)
  }

  /// `format` names the format, `precision` the unit where it leaves that open, `line` the number
  /// of the body's first line: the pieces of one file are then numbered as the file is.
  private func byName(_ request: Request, peer: String) async throws -> Response {
    let form = RequestForm(request.uri.query ?? "")
    guard let format = LineFormat(rawValue: form["format"] ?? "") else {
      let known = LineFormat.allCases.map(\.rawValue).joined(separator: ", ")
      return WriteAnswer.invalid("`format` must be one of \(known)")
    }
    let unit = form["precision"] ?? "ns"
    guard let precision = LinePrecision(text: unit) else {
      return WriteAnswer.invalid("invalid precision `\(unit)`; use ns, us, ms, s, m or h")
    }
    let line = form["line"] ?? "1"
    guard let number = Int(line), (1...1 << 53).contains(number) else {
      return WriteAnswer.invalid("`line` is not a line number: \(line)")
    }
    var input = LineInput(format, limits: services.center.limits.line, precision: precision)
    input.parser.lineNumber = number
    return try await take(request, input, given: nil, peer: peer)
  }

  private func take(
    _ request: Request, _ input: LineInput, given: Timestamp?, peer: String
  ) async throws -> Response {
    guard services.gate.store != nil else { return Answer.notReady() }
    do {
      return try await services.bodies.withBody(of: request) { body in
        var intake = Intake(services: services, account: account, peer: peer)
        await intake.take(body, as: input, given: given)
        return WriteAnswer.answer(intake)
      }
    } catch let error as BodyError {
      return WriteAnswer.refusal(error)
    }
  }
}
