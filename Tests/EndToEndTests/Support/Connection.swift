import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A plain blocking TCP connection to this machine, so that the tests share no code with the client.
final class Connection {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let descriptor: Int32
  private var pending: [UInt8] = []

  /// Connects; reads give up after 30 s.
  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var timeout = timeval(tv_sec: 30, tv_usec: 0)
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      _ = Glibc.close(descriptor)
      throw Failure(description: "connect to \(port): errno \(errno)")
    }
  }

  /// Sends everything, or throws where the peer is gone.
  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.send(
          descriptor, buffer.baseAddress.map { unsafe $0 + sent }, bytes.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure(description: "send: errno \(errno)") }
      sent += count
    }
  }

  /// The next line without its end, or `nil` when the peer closed.
  func readLine() throws -> String? {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeSubrange(...end)
        return line
      }
      guard let piece = try readPiece() else { return nil }
      pending += piece
    }
  }

  /// Everything until the peer closes.
  func readToEnd() throws -> [UInt8] {
    while let piece = try readPiece() { pending += piece }
    return pending
  }

  private func readPiece() throws -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
    if count == 0 { return nil }
    guard count > 0 else { throw Failure(description: "recv: errno \(errno)") }
    return Array(buffer[..<count])
  }

  func close() { _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }

  deinit { _ = Glibc.close(descriptor) }
}

/// Just enough HTTP/1.1 to ask the server on this machine.
enum HTTP {
  struct Answer {
    let status: Int
    let body: String
  }

  static func get(port: Int, _ path: String, headers: [String] = []) throws -> Answer {
    try exchange(port: port, "GET", path, body: "", type: nil, headers: headers)
  }

  static func post(
    port: Int, _ path: String, body: String = "", type: String = "text/plain"
  ) throws -> Answer {
    try exchange(port: port, "POST", path, body: body, type: type)
  }

  private static func exchange(
    port: Int, _ method: String, _ path: String, body: String, type: String?,
    headers: [String] = []
  ) throws -> Answer {
    let connection = try Connection(port: port)
    var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    for header in headers { head += header + "\r\n" }
    if let type { head += "Content-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n" }
    try connection.send(head + "\r\n" + body)
    let text = String(decoding: try connection.readToEnd(), as: UTF8.self)
    guard let split = text.range(of: "\r\n\r\n"),
      let status = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { throw Connection.Failure(description: "not an HTTP answer: \(text.prefix(80))") }
    let headers = text[..<split.lowerBound].lowercased()
    let raw = String(text[split.upperBound...])
    let chunked = headers.contains("transfer-encoding: chunked")
    return Answer(status: status, body: chunked ? unchunked(raw) : raw)
  }

  private static func unchunked(_ text: String) -> String {
    var rest = Array(text.utf8)[...]
    var body: [UInt8] = []
    while let end = rest.firstIndex(of: UInt8(ascii: "\r")) {
      let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16) ?? 0
      guard size > 0, end + 2 + size <= rest.endIndex else { break }
      body += rest[(end + 2)..<(end + 2 + size)]
      rest = rest[(end + 2 + size + 2)...]
    }
    return String(decoding: body, as: UTF8.self)
  }
}
