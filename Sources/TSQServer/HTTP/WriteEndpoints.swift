internal import HTTPTypes
internal import Hummingbird
internal import TSQCodec
internal import TSQCore

/// Line protocol over HTTP, as InfluxDB 1 and 2 take it.
///
/// An answer of 2xx means durable and visible. Good lines of a partly bad body are kept, and the
/// answer lists the others.
struct WriteEndpoints {
  let services: WebServices
  /// The ledger's account of everything that comes by HTTP.
  let account: UInt64
  let databases = DatabaseNames()

  func add(to router: Router<WebContext>) {
    for path in ["/write", "/api/v2/write"] as [RouterPath] {
      router.post(path) { request, context in
        try await write(request, peer: context.peer)
      }
    }
    router.get("/query") { request, _ in try await query(request) }
    router.post("/query") { request, _ in try await query(request) }
    router.get("/ping") { _, _ in ping() }
    router.head("/ping") { _, _ in ping() }
  }

  private func ping() -> Response {
    var response = Answer.nothing()
    // Clients of InfluxDB 1 look for this header and its leading number.
    if let name = HTTPField.Name("X-Influxdb-Version") {
      response.headers[name] = "1.8.10-tsq-\(services.configuration.version)"
    }
    return response
  }

  private func write(_ request: Request, peer: String) async throws -> Response {
    guard services.gate.store != nil else { return Answer.notReady() }
    let form = RequestForm(request.uri.query ?? "")
    if let name = form["db"] ?? form["bucket"] { databases.note(name) }
    let text = form["precision"] ?? "ns"
    guard let precision = LinePrecision(text: text) else {
      return WriteAnswer.invalid("invalid precision `\(text)`; use ns, us, ms, s, m or h")
    }
    do {
      return try await services.bodies.withBody(of: request) { body in
        var intake = Intake(services: services, account: account, peer: peer)
        await intake.take(
          body, as: LineInput(limits: services.center.limits.line, precision: precision))
        return WriteAnswer.answer(intake)
      }
    } catch let error as BodyError {
      return WriteAnswer.refusal(error)
    }
  }
  /// The few statements of InfluxQL that writing clients send before they write.
  private func query(_ request: Request) async throws -> Response {
    let form = try await services.form(request)
    guard let text = form["q"] else {
      return WriteAnswer.invalid("missing required parameter \"q\"")
    }
    let statements: [InfluxStatement]
    do throws(InfluxStatementError) {
      statements = try InfluxStatement.all(in: text)
    } catch {
      return WriteAnswer.invalid("error parsing query: \(error)")
    }
    return Answer.json(.ok, databases.answer(statements))
  }
}
