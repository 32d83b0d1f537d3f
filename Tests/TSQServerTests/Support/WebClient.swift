import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TSQCore

/// The methods that the tests use.
enum Verb: String {
  case get = "GET"
  case post = "POST"
  case head = "HEAD"
  case put = "PUT"
  case options = "OPTIONS"
}

/// One HTTP answer.
struct WebAnswer {
  let status: Int
  private let headers: HTTPHeaders
  let body: Data

  init(status: Int, headers: HTTPHeaders, body: Data) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first value of a header.
  func header(_ name: String) -> String? { headers.first(name: name) }

  var text: String { String(decoding: body, as: UTF8.self) }

  /// The body as JSON values.
  var json: [String: any Sendable]? {
    (try? JSONSerialization.jsonObject(with: body)) as? [String: any Sendable]
  }
}

extension RunningServer {
  /// Sends one request.
  func ask(
    _ verb: Verb, _ path: String, _ body: [UInt8]? = nil, headers: [String: String] = [:]
  ) async throws -> WebAnswer {
    var request = HTTPClientRequest(url: try http + path)
    request.method = HTTPMethod(rawValue: verb.rawValue)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
    let collected = try await response.body.collect(upTo: 64 << 20)
    return WebAnswer(
      status: Int(response.status.code), headers: response.headers,
      body: Data(collected.readableBytesView))
  }

  /// Writes line protocol.
  func write(
    _ lines: String, _ path: String = "/write", headers: [String: String] = [:]
  ) async throws -> WebAnswer {
    try await ask(.post, path, Array(lines.utf8), headers: headers)
  }

  /// Sends a form.
  func form(_ path: String, _ form: String) async throws -> WebAnswer {
    try await ask(
      .post, path, Array(form.utf8),
      headers: ["content-type": "application/x-www-form-urlencoded"])
  }
}
