internal import HTTPTypes
internal import Hummingbird
internal import TSQCodec
internal import TSQCore

/// Prometheus remote write, 1.0 and 2.0.
///
/// 204 means that every sample of the request is durable and visible. A partly bad request keeps its
/// good samples and is answered 400, which senders do not repeat; a store that cannot take it
/// is 5xx, which they do. Headers say how many samples were written.
struct RemoteWriteEndpoint {
  let services: WebServices
  /// The ledger's account of everything that comes this way.
  let account: UInt64

  func add(to router: Router<WebContext>) {
    router.post("/api/v1/write") { request, context in
      try await write(request, peer: context.peer)
    }
  }

  private func write(_ request: Request, peer: String) async throws -> Response {
    guard services.gate.store != nil else { return written(0, Answer.notReady()) }
    let contentType = request.headers[.contentType] ?? "application/x-protobuf"
    guard let version = RemoteWriteEndpoint.version(contentType) else {
      return written(
        0,
        Answer.failure(
          .unsupportedMediaType, "bad_data",
          "`\(contentType)` is no remote write; use application/x-protobuf, with "
            + "proto=io.prometheus.write.v2.Request for 2.0"))
    }
    do {
      return try await services.bodies.withSnappyBody(
        of: request, limitBytes: services.configuration.web.remoteWriteBytes,
        memoryFactor: RemoteWriteReader.memoryFactor
      ) { body in
        let reader = try RemoteWriteReader(body, version, limits: services.center.limits.line)
        var intake = Intake(services: services, account: account, peer: peer)
        await intake.take(reader, byteCount: body.count)
        return written(intake.samples, answer(intake))
      }
    } catch let error as RemoteWriteError {
      return written(0, Answer.failure(.badRequest, "bad_data", error.description))
    } catch let error as BodyError {
      return written(0, WriteAnswer.refusal(error))
    }
  }

  private func answer(_ intake: Intake) -> Response {
    if let failure = intake.failure { return Answer.failure(failure) }
    if intake.rejected == 0 { return Answer.nothing() }
    return WriteAnswer.partial(
      accepted: intake.accepted, rejected: intake.rejected, intake.listed)
  }

  /// Puts the counts that 2.0 asks for into an answer; 1.0 ignores them.
  private func written(_ samples: Int, _ response: Response) -> Response {
    var response = response
    let counts = [
      ("X-Prometheus-Remote-Write-Samples-Written", samples),
      // Native histograms are rejected and exemplars not kept.
      ("X-Prometheus-Remote-Write-Histograms-Written", 0),
      ("X-Prometheus-Remote-Write-Exemplars-Written", 0),
    ]
    for (text, count) in counts {
      if let name = HTTPField.Name(text) { response.headers[name] = String(count) }
    }
    return response
  }

  /// The version that a content type names; without a `proto` it is 1.0.
  static func version(_ contentType: String) -> RemoteWriteVersion? {
    let parts = contentType.split(separator: ";").map { $0.trimmingWhitespace() }
    guard parts.first?.lowercased() == "application/x-protobuf" else { return nil }
    for part in parts.dropFirst() where part.lowercased().hasPrefix("proto=") {
      switch part.dropFirst("proto=".count) {
      case "prometheus.WriteRequest": return .one
      case "io.prometheus.write.v2.Request": return .two
      default: return nil
      }
    }
    return .one
  }
}

extension Substring {
  /// Without blanks at its ends.
  fileprivate func trimmingWhitespace() -> Substring {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
