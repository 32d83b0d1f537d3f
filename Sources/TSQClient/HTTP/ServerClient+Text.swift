internal import AsyncHTTPClient
public import Foundation
internal import NIOCore
internal import NIOHTTP1
public import TSQCore

/// What a server did with the lines of an import.
public struct ImportAnswer: Sendable {
  /// One rejected line.
  public struct Line: Decodable, Sendable {
    /// Its number in what was sent, from 1.
    public let line: Int
    /// A stable word for why.
    public let reason: String
    /// The same in a sentence.
    public let message: String
  }

  /// Samples that took the place of one of the same series and time in the server's memory.
  public let replaced: Int
  /// Lines that were not stored; all others are durable and visible.
  public let rejected: Int
  /// The first of them.
  public let lines: [Line]
}

/// Samples as text, in and out.
extension ServerClient {
  /// How often a server that has no room is asked again, a second apart.
  private static let busyRetries = 60

  /// Sends lines of a text format; when this returns, every line that is not rejected is durable.
  ///
  /// - Parameters:
  ///   - text: whole lines.
  ///   - format: the format's name, such as `csv`.
  /// - Returns: which lines were rejected.
  /// - Throws: `refused` where nothing is promised.
  public func importText(
    _ text: [UInt8], format: String
  ) async throws(ServerClientError) -> ImportAnswer {
    let path = "/api/v1/tsq/import?format=\(format)"
    var (head, bytes) = try await wholeAnswer(path, .POST, body: text, type: "text/plain")
    var retries = 0
    while head.status.code == 503, retries < Self.busyRetries {
      retries += 1
      try? await Task.sleep(for: .seconds(1))
      (head, bytes) = try await wholeAnswer(path, .POST, body: text, type: "text/plain")
    }
    let status = Int(head.status.code)
    let replaced = head.headers.first(name: "X-Tsq-Replaced").flatMap { Int($0) } ?? 0
    if (200..<300).contains(status) {
      return ImportAnswer(replaced: replaced, rejected: 0, lines: [])
    }
    struct Partial: Decodable {
      let rejected: Int
      let lines: [ImportAnswer.Line]
    }
    guard status == 400, let partial = try? JSONDecoder().decode(Partial.self, from: bytes)
    else { throw ServerClient.refusal(status, bytes) }
    return ImportAnswer(
      replaced: replaced, rejected: partial.rejected, lines: partial.lines)
  }

  /// Every sample of matching series as CSV, piece by piece.
  ///
  /// - Parameters:
  ///   - selectors: PromQL selectors; a series must satisfy one of them.
  ///   - start: the first instant that counts, or `nil`.
  ///   - end: the last instant that counts, or `nil`.
  ///   - body: takes the pieces in order; they end anywhere.
  /// - Throws: `ServerClientError`, and what `body` throws.
  public func export(
    matching selectors: [String], start: Timestamp? = nil, end: Timestamp? = nil,
    _ body: (Data) async throws -> Void
  ) async throws {
    let form = ServerClient.range(start, end) + selectors.map { ("match[]", $0) }
    let path = "/api/v1/tsq/export"
    let response = try await patient.respond(
      path, .POST, body: Array(ServerClient.encode(form).utf8),
      type: "application/x-www-form-urlencoded")
    guard response.status == .ok else {
      let words = try await response.body.collect(upTo: 1 << 20)
      throw ServerClient.refusal(Int(response.status.code), Data(words.readableBytesView))
    }
    do {
      for try await piece in response.body { try await body(Data(piece.readableBytesView)) }
    } catch let error as HTTPClientError {
      throw ServerClientError.unexpected(path: path, reason: "\(error)")
    }
  }
}
