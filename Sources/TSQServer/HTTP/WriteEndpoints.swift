internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import TSQCodec
internal import TSQCore
internal import TSQStorage

/// Line protocol over HTTP, as InfluxDB 1 and 2 take it.
///
/// An answer of 2xx means durable and visible. Good lines of a partly bad body are kept, and the
/// answer lists the others.
struct WriteEndpoints {
  let services: WebServices
  /// The ledger's account of everything that comes by HTTP.
  let account: UInt64

  func add(to router: Router<WebContext>) {
    for path in ["/write", "/api/v2/write"] as [RouterPath] {
      router.post(path) { request, context in
        try await write(request, peer: context.peer)
      }
    }
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
    let text = form["precision"] ?? "ns"
    guard let precision = LinePrecision(text: text) else {
      return WriteAnswer.invalid("invalid precision `\(text)`; use ns, us, ms, s, m or h")
    }
    do {
      return try await services.bodies.withBody(of: request) { body in
        var intake = LineIntake(services: services, account: account, peer: peer)
        return await intake.take(body, precision: precision)
      }
    } catch let error as BodyError {
      return WriteAnswer.refusal(error)
    }
  }
}

/// One body of lines on its way into the store.
struct LineIntake {
  private let services: WebServices
  private let account: UInt64
  private let peer: String
  /// What the pipeline does not count: bytes, and lines that never came that far.
  private var own = LedgerCounts()
  private var accepted = 0
  private var listed: [WriteAnswer.Line] = []
  private var failure: StoreError?

  init(services: WebServices, account: UInt64, peer: String) {
    self.services = services
    self.account = account
    self.peer = peer
  }

  /// Stores the good lines, and says what became of all.
  mutating func take(_ body: ByteBuffer, precision: LinePrecision) async -> Response {
    let center = services.center
    var input = LineInput(limits: center.limits.line, precision: precision)
    var pipeline = AppendPipeline(center: center, account: account)
    var rest = body
    own.addBytes(body.readableBytes)
    let now = Timestamp.now
    while true {
      let stretch = center.workers.parse(
        &input, rest, receivedAt: now.nanoseconds, end: .complete)
      reject(stretch.rejected, in: rest, now: now)
      rest.moveReaderIndex(forwardBy: stretch.consumed)
      if case .control(.precision(let precision)) = stretch.next {
        input.parser.precision = precision
      }
      if stretch.acceptedLines > 0, failure == nil {
        // Every batch asks for its sync: they share one, and the answer waits for all of them.
        let sent = await pipeline.send(stretch, durability: .synced, waitsForSpace: false)
        if sent == nil { failure = .closed }
        settle(sent ?? [])
        if sent == nil { own.addRejected(.storeUnavailable, lines: stretch.acceptedLines) }
      } else if failure != nil {
        own.addRejected(.storeUnavailable, lines: stretch.acceptedLines)
      }
      if stretch.next == .needsInput { break }
    }
    settle(await pipeline.settleAll())
    center.ledger.add(own, to: account)
    if let failure { return WriteAnswer.failure(failure) }
    if own.rejected == 0 { return Answer.nothing() }
    return WriteAnswer.partial(accepted: accepted, rejected: own.rejected, listed)
  }

  private mutating func settle(_ settled: [AppendPipeline.Settled]) {
    for batch in settled {
      switch batch.result {
      case .success: accepted += batch.lines
      case .failure(let error): failure = failure ?? error
      }
    }
  }

  private mutating func reject(
    _ lines: [ParsedStretch.Rejected], in buffer: ByteBuffer, now: Timestamp
  ) {
    let center = services.center
    for line in lines {
      own.addRejected(line.reason)
      if listed.count < services.configuration.web.rejectsListed {
        listed.append(
          .init(line: line.number, reason: line.reason.rawValue, message: line.reason.message))
      }
      let shown = min(line.bytes.count, center.limits.deadLetterLineBytes + 1)
      let start = buffer.readerIndex + line.bytes.lowerBound
      let text = start >= 0 ? buffer.getBytes(at: start, length: shown) ?? [] : []
      center.deadLetters.take(
        text, fullBytes: line.bytes.count, number: line.number, reason: line.reason, peer: peer,
        time: now)
    }
  }
}

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
    case .unknownEncoding(let name):
      let words = "content encoding `\(name)` is not known; use gzip or none"
      return answer(.unsupportedMediaType, Body(code: "invalid", error: words, message: words))
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
