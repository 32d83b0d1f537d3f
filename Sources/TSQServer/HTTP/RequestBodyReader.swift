internal import Foundation
internal import Hummingbird
internal import NIOCore
internal import NIOPosix
internal import TSQCodec

/// Why a request's body was not taken.
enum BodyError: Error, Equatable {
  /// Past the limit, counted after decompression.
  case tooLarge(limitBytes: Int)
  /// All requests together hold as much as they may.
  case busy
  /// Compressed in a way that is not known here; what is taken instead.
  case unknownEncoding(String, taken: [String])
  /// The compressed bytes are damaged or cut.
  case damaged(String)
  /// The client went away, or broke the protocol, before the end.
  case unfinished
}

/// Reads whole bodies within a limit of their own and a budget for all of them.
struct RequestBodyReader: Sendable {
  let limitBytes: Int
  let budget: ByteBudget

  /// The same reader with a limit that may be lower.
  func limited(to bytes: Int) -> RequestBodyReader {
    RequestBodyReader(limitBytes: min(limitBytes, bytes), budget: budget)
  }

  /// Reads a body, runs something with it, and gives its bytes back to the budget.
  func withBody<Value>(
    of request: Request, _ use: (ByteBuffer) async throws -> Value
  ) async throws -> Value {
    let codings = RequestBodyReader.codings(of: request)
    // Said before the body is read: nobody could do anything with it.
    guard codings.isEmpty || codings == ["gzip"] || codings == ["x-gzip"] else {
      throw BodyError.unknownEncoding(
        codings.joined(separator: ", "), taken: ["gzip", "identity"])
    }
    var lease = Lease(budget: budget)
    defer { lease.end() }
    var body = try await collect(request, limitBytes, &lease)
    guard !codings.isEmpty else { return try await use(body) }
    let packed = body
    body.clear()
    // Not on the cooperative threads: a bomb takes a tenth of a second to be known as one, and a
    // few of them at once would hold up every other request for that long.
    let (plain, own) = try await NIOThreadPool.singleton.runIfActive { [self] in
      try inflate(packed)
    }
    var inflated = own
    defer { inflated.end() }
    return try await use(plain)
  }

  /// The codings of a body in the order in which they were applied; `identity` is none.
  private static func codings(of request: Request) -> [String] {
    (request.headers[.contentEncoding] ?? "").lowercased().split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && $0 != "identity" }
  }

  /// Reads a body that is one snappy block, runs something with its content, and gives the bytes back.
  ///
  /// - Parameters:
  ///   - request: with no content encoding, or `snappy`.
  ///   - limitBytes: the most bytes of content; checked before memory is taken.
  ///   - memoryFactor: bytes of memory that `use` may take for each byte of content.
  ///   - use: takes the content.
  /// - Returns: what `use` gives.
  /// - Throws: `BodyError`, and what `use` throws.
  func withSnappyBody<Value>(
    of request: Request, limitBytes: Int, memoryFactor: Int,
    _ use: ([UInt8]) async throws -> Value
  ) async throws -> Value {
    if let encoding = request.headers[.contentEncoding]?.lowercased(), encoding != "snappy" {
      throw BodyError.unknownEncoding(encoding, taken: ["snappy"])
    }
    var lease = Lease(budget: budget)
    defer { lease.end() }
    var body = try await collect(request, limitBytes, &lease)
    let plain: [UInt8]
    do {
      let count = try Snappy.decompressedCount(body.readableBytesSpan)
      guard count <= limitBytes else { throw BodyError.tooLarge(limitBytes: limitBytes) }
      guard lease.grow(by: count * memoryFactor) else { throw BodyError.busy }
      plain = try Snappy.decompress(body.readableBytesSpan, limit: limitBytes)
    } catch let error as SnappyError {
      throw BodyError.damaged("\(error)")
    }
    body.clear()
    return try await use(plain)
  }

  /// The bytes as they came.
  private func collect(
    _ request: Request, _ limitBytes: Int, _ lease: inout Lease
  ) async throws -> ByteBuffer {
    // The announced length is believed where it is too much: no byte of such a body is asked for.
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limitBytes {
      throw BodyError.tooLarge(limitBytes: limitBytes)
    }
    var body = ByteBuffer()
    do {
      for try await part in request.body {
        guard body.readableBytes + part.readableBytes <= limitBytes else {
          throw BodyError.tooLarge(limitBytes: limitBytes)
        }
        guard lease.grow(by: part.readableBytes) else { throw BodyError.busy }
        body.writeImmutableBuffer(part)
      }
    } catch let error as BodyError {
      throw error
    } catch {
      throw BodyError.unfinished
    }
    return body
  }

  /// Inflates piece by piece, so that a bomb is noticed before it has taken memory.
  ///
  /// - Returns: the bytes and what was taken of the budget for them.
  private func inflate(_ body: ByteBuffer) throws -> (ByteBuffer, Lease) {
    var lease = Lease(budget: budget)
    do {
      return (try inflate(body, &lease), lease)
    } catch {
      lease.end()
      throw error
    }
  }

  private func inflate(_ body: ByteBuffer, _ lease: inout Lease) throws -> ByteBuffer {
    var plain = ByteBuffer()
    do {
      try Gunzip.decompress(body.readableBytesSpan) { piece in
        guard plain.readableBytes + piece.count <= limitBytes else {
          throw BodyError.tooLarge(limitBytes: limitBytes)
        }
        guard lease.grow(by: piece.count) else { throw BodyError.busy }
        plain.writeBytes(piece)
      }
    } catch let error as GunzipError {
      throw BodyError.damaged("\(error)")
    }
    return plain
  }

  /// Bytes taken from the budget for one request.
  private struct Lease: Sendable {
    let budget: ByteBudget
    private var taken = 0

    init(budget: ByteBudget) { self.budget = budget }

    mutating func grow(by count: Int) -> Bool {
      guard budget.take(count) else { return false }
      taken += count
      return true
    }

    mutating func end() {
      budget.give(taken)
      taken = 0
    }
  }
}
