internal import AsyncHTTPClient
public import Foundation
internal import NIOCore
internal import NIOHTTP1
public import TSQCore

/// Asks a running server over HTTP; Prometheus' API and tsq's own additions.
public struct ServerClient: Sendable {
  /// The server's base address, without a slash at its end.
  public let address: String
  /// How long one answer may take.
  public let timeout: Duration
  /// The largest answer taken, bytes: a query of everything must not fill this side's memory.
  public let answerLimit: Int

  /// The token to show, and whom to believe.
  private let access: ServerAccess

  /// A client of one server; `host:port` alone means `http://host:port`.
  public init(
    _ address: String, access: ServerAccess = ServerAccess(), timeout: Duration = .seconds(120),
    answerLimit: Int = 1 << 30
  ) throws(ServerClientError) {
    self.access = access
    let whole = address.contains("://") ? address : "http://" + address
    guard let url = URL(string: whole), url.scheme == "http" || url.scheme == "https",
      let host = url.host(), !host.isEmpty
    else { throw .badAddress(address) }
    self.address = whole.hasSuffix("/") ? String(whole.dropLast()) : whole
    self.timeout = timeout
    self.answerLimit = answerLimit
  }

  /// The same client with another patience.
  init(_ other: ServerClient, timeout: Duration) {
    address = other.address
    access = other.access
    self.timeout = timeout
    answerLimit = other.answerLimit
  }

  // MARK: - Queries

  /// Evaluates an expression at one instant; `nil` is now, by the server's clock.
  ///
  /// With `hourlyMeans` the raw samples of hours of which tsq has only hourly values are their means;
  /// other stores know nothing of it.
  public func query(
    _ expression: String, at time: Timestamp? = nil, hourlyMeans: Bool = false
  ) async throws(ServerClientError) -> RemoteAnswer {
    var form = [("query", expression)]
    if hourlyMeans { form.append(("hourly", "mean")) }
    if let time { form.append(("time", ServerClient.text(time))) }
    return try await ask("/api/v1/query", form)
  }

  /// Evaluates an expression at every step of a range.
  public func queryRange(
    _ expression: String, start: Timestamp, end: Timestamp, stepNanoseconds: Int64
  ) async throws(ServerClientError) -> RemoteAnswer {
    let form = [
      ("query", expression), ("start", ServerClient.text(start)), ("end", ServerClient.text(end)),
      ("step", ServerClient.seconds(nanoseconds: stepNanoseconds)),
    ]
    return try await ask("/api/v1/query_range", form)
  }

  /// The series that match any of the selectors and have samples in a range.
  public func series(
    matching selectors: [String], start: Timestamp? = nil, end: Timestamp? = nil
  ) async throws(ServerClientError) -> [Labels] {
    let form = ServerClient.range(start, end) + selectors.map { ("match[]", $0) }
    let found: [[String: String]] = try await data("/api/v1/series", .POST, form)
    return found.compactMap { pairs in
      Labels(pairs.map { Label(name: $0.key, value: $0.value) })
    }
  }

  /// The label names of matching series; of all series without a selector.
  public func labelNames(
    matching selectors: [String] = [], start: Timestamp? = nil, end: Timestamp? = nil
  ) async throws(ServerClientError) -> [String] {
    let form = ServerClient.range(start, end) + selectors.map { ("match[]", $0) }
    return try await data("/api/v1/labels", .POST, form)
  }

  /// The values one label takes.
  public func labelValues(
    _ name: String, matching selectors: [String] = [], start: Timestamp? = nil,
    end: Timestamp? = nil
  ) async throws(ServerClientError) -> [String] {
    let form = ServerClient.range(start, end) + selectors.map { ("match[]", $0) }
    let escaped =
      name.addingPercentEncoding(withAllowedCharacters: ServerClient.unreserved) ?? name
    return try await data("/api/v1/label/\(escaped)/values", .GET, form)
  }

  // MARK: - tsq's own

  /// The trend of matching series as the server's JSON.
  public func trend(
    _ selector: String, start: Timestamp, end: Timestamp
  ) async throws(ServerClientError) -> Data {
    let form = [("selector", selector)] + ServerClient.range(start, end)
    return try await body("/api/v1/tsq/trend", .POST, form)
  }

  /// The store's statistics as the server's JSON.
  public func statistics() async throws(ServerClientError) -> Data {
    try await body("/api/v1/tsq/stats", .GET, [])
  }

  /// The ingest ledger as the server's JSON.
  public func ledger() async throws(ServerClientError) -> Data {
    try await body("/api/v1/tsq/ledger", .GET, [])
  }

  /// Writes the head to segments; returns when that is done, with the server's report.
  @discardableResult
  public func flush() async throws(ServerClientError) -> Data {
    try await patient.body("/-/flush", .POST, [])
  }

  /// Merges segments; returns when that is settled, with the server's report.
  @discardableResult
  public func compact() async throws(ServerClientError) -> Data {
    try await patient.body("/-/compact", .POST, [])
  }

  /// Deletes the samples of matching series in a range.
  ///
  /// - Returns: how many series had samples there, for each selector.
  /// - Throws: `unreachable`, `refused`; `unexpected` where the server does not say how many.
  @discardableResult
  public func delete(
    matching selectors: [String], start: Timestamp? = nil, end: Timestamp? = nil
  ) async throws(ServerClientError) -> Int {
    let path = "/api/v1/admin/tsdb/delete_series"
    let form = ServerClient.range(start, end) + selectors.map { ("match[]", $0) }
    let (head, bytes) = try await wholeAnswer(
      path, .POST, body: Array(ServerClient.encode(form).utf8),
      type: "application/x-www-form-urlencoded")
    let status = Int(head.status.code)
    guard (200..<300).contains(status) else { throw ServerClient.refusal(status, bytes) }
    guard let series = head.headers.first(name: "X-Tsq-Series").flatMap({ Int($0) }) else {
      throw .unexpected(path: path, reason: "it deleted and does not say how many series")
    }
    return series
  }

  /// Whether the server has recovered and answers queries; `false` while it is still replaying.
  public func isReady() async throws(ServerClientError) -> Bool {
    do {
      _ = try await body("/-/ready", .GET, [])
      return true
    } catch .refused(status: 503, _, _) {
      return false
    }
  }

  /// Writes line protocol over HTTP; when this returns, every line is durable and visible.
  ///
  /// - Throws: `refused` with the server's list of line numbers where some lines were rejected.
  public func write(
    _ lines: [UInt8], precision: String = "ns"
  ) async throws(ServerClientError) {
    _ = try await exchange(
      "/write?precision=\(precision)", .POST, body: lines, type: "text/plain; charset=utf-8")
  }

  // MARK: - The exchange

  private func ask(
    _ path: String, _ form: [(String, String)]
  ) async throws(ServerClientError) -> RemoteAnswer {
    let envelope: Envelope<QueryPayload> = try await envelope(path, .POST, form)
    guard let payload = envelope.data else {
      throw .unexpected(path: path, reason: "there is no data in it")
    }
    return RemoteAnswer(value: payload.value, warnings: envelope.warnings ?? [])
  }

  private func data<Payload: Decodable>(
    _ path: String, _ method: HTTPMethod, _ form: [(String, String)]
  ) async throws(ServerClientError) -> Payload {
    let envelope: Envelope<Payload> = try await envelope(path, method, form)
    guard let payload = envelope.data else {
      throw .unexpected(path: path, reason: "there is no data in it")
    }
    return payload
  }

  private func envelope<Payload: Decodable>(
    _ path: String, _ method: HTTPMethod, _ form: [(String, String)]
  ) async throws(ServerClientError) -> Envelope<Payload> {
    let bytes = try await body(path, method, form)
    do {
      return try JSONDecoder().decode(Envelope<Payload>.self, from: bytes)
    } catch {
      throw .unexpected(path: path, reason: "\(error)")
    }
  }

  func body(
    _ path: String, _ method: HTTPMethod, _ form: [(String, String)]
  ) async throws(ServerClientError) -> Data {
    let encoded = ServerClient.encode(form)
    if method == .GET {
      return try await exchange(encoded.isEmpty ? path : path + "?" + encoded, .GET)
    }
    return try await exchange(
      path, method, body: Array(encoded.utf8), type: "application/x-www-form-urlencoded")
  }

  private func exchange(
    _ path: String, _ method: HTTPMethod, body: [UInt8]? = nil, type: String? = nil
  ) async throws(ServerClientError) -> Data {
    let (status, bytes) = try await answer(path, method, body: body, type: type)
    guard (200..<300).contains(status) else { throw ServerClient.refusal(status, bytes) }
    return bytes
  }

  /// The status and the whole body, whatever the status is.
  func answer(
    _ path: String, _ method: HTTPMethod, body: [UInt8]? = nil, type: String? = nil
  ) async throws(ServerClientError) -> (Int, Data) {
    let (response, bytes) = try await wholeAnswer(path, method, body: body, type: type)
    return (Int(response.status.code), bytes)
  }

  /// The head of an answer and the whole of its body, whatever the status is.
  func wholeAnswer(
    _ path: String, _ method: HTTPMethod, body: [UInt8]? = nil, type: String? = nil
  ) async throws(ServerClientError) -> (HTTPClientResponse, Data) {
    do {
      let response = try await respond(path, method, body: body, type: type)
      let collected = try await response.body.collect(upTo: answerLimit)
      return (response, Data(collected.readableBytesView))
    } catch is NIOTooManyBytesError {
      throw .unexpected(path: path, reason: "it is larger than \(answerLimit) bytes")
    } catch let error as ServerClientError {
      throw error
    } catch {
      throw .unreachable(address: address, reason: NetworkReason.text(error))
    }
  }

  /// The head of an answer, its body still to be read.
  func respond(
    _ path: String, _ method: HTTPMethod, body: [UInt8]? = nil, type: String? = nil
  ) async throws(ServerClientError) -> HTTPClientResponse {
    var request = HTTPClientRequest(url: address + path)
    request.method = method
    if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
    if let type { request.headers.add(name: "content-type", value: type) }
    do {
      let wait = TimeAmount.nanoseconds(Int64(timeout / .nanoseconds(1)))
      return try await execute(request, timeout: wait)
    } catch {
      throw .unreachable(address: address, reason: NetworkReason.text(error))
    }
  }

  /// Sends a request with the token, by the client that believes the right authorities.
  func execute(
    _ request: HTTPClientRequest, timeout: TimeAmount
  ) async throws -> HTTPClientResponse {
    var request = request
    if let token = access.token {
      request.headers.add(name: "authorization", value: "Bearer \(token)")
    }
    return try await access.httpClient().execute(request, timeout: timeout)
  }

  /// The server's own words out of an error answer: Prometheus' JSON, Influx' JSON, or plain text.
  static func refusal(_ status: Int, _ bytes: Data) -> ServerClientError {
    struct Refusal: Decodable {
      let error: String?
      let errorType: String?
      let message: String?
    }
    let text = String(decoding: bytes.prefix(4096), as: UTF8.self)
    if let parsed = try? JSONDecoder().decode(Refusal.self, from: bytes),
      let words = parsed.error ?? parsed.message
    {
      return .refused(status: status, type: parsed.errorType ?? "", message: words)
    }
    return .refused(status: status, type: "", message: text)
  }

  // MARK: - Texts

  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

  static func encode(_ form: [(String, String)]) -> String {
    form.map { name, value in
      let parts = [name, value].map {
        $0.addingPercentEncoding(withAllowedCharacters: unreserved) ?? $0
      }
      return parts.joined(separator: "=")
    }.joined(separator: "&")
  }

  /// Seconds with as many digits as needed: the server reads decimals exactly.
  static func text(_ time: Timestamp) -> String { seconds(nanoseconds: time.nanoseconds) }

  static func seconds(nanoseconds: Int64) -> String {
    Timestamp(nanoseconds: nanoseconds).decimalSeconds
  }

  static func range(_ start: Timestamp?, _ end: Timestamp?) -> [(String, String)] {
    [("start", start), ("end", end)].compactMap { name, time in time.map { (name, text($0)) } }
  }
}
