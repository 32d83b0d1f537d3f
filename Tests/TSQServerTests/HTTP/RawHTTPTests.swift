import Foundation
import TSQCore
import Testing

@testable import TSQServer

/// What clients do on the wire that a client library hides.
@Suite("Chunked and pipelined requests")
struct RawHTTPTests {
  private func address(_ running: RunningServer) throws -> HostPort {
    try #require(HostPort(String(try running.http.dropFirst("http://".count))))
  }

  @Test("A chunked body is one body, however its lines are cut")
  func chunked() async throws {
    try await withServer { running in
      let client = try await LineClient.connect(try address(running))
      var request = "POST /write?db=x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      for piece in ["a value=1", " 1\nb val", "ue=2 1\nbad", "\n"] {
        request += String(piece.utf8.count, radix: 16) + "\r\n\(piece)\r\n"
      }
      try await client.send(request + "0\r\n\r\n")
      #expect(try await client.reply() == "HTTP/1.1 400 Bad Request\r")
      let told = try await ledger(running)
      #expect(told.total.accepted == 2)
      #expect(told.total.rejected == 1)
      try await client.close()
    }
  }

  @Test("A client that asks whether to send its body is told to, in its turn")
  func expectContinue() async throws {
    try await withServer { running in
      let client = try await LineClient.connect(try address(running))
      let head = "POST /write HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n"
      let waits = head + "Expect: 100-continue\r\n\r\n"
      // Behind another request, whose answer comes first.
      try await client.send(head + "\r\na value=1 1" + waits)
      #expect(try await client.reply() == "HTTP/1.1 204 No Content\r")
      while try await client.reply() != "\r" {}
      #expect(try await client.reply() == "HTTP/1.1 100 Continue\r")
      #expect(try await client.reply() == "\r")
      try await client.send("a value=2 2")
      #expect(try await client.reply() == "HTTP/1.1 204 No Content\r")
      while try await client.reply() != "\r" {}
      // A body that comes without waiting needs no word.
      try await client.send(waits + "a value=3 3")
      var line = try await client.reply()
      if line == "HTTP/1.1 100 Continue\r" {
        _ = try await client.reply()
        line = try await client.reply()
      }
      #expect(line == "HTTP/1.1 204 No Content\r")
      #expect(try await ledger(running).total.accepted == 3)
      try await client.close()
    }
  }

  @Test("What is refused by the head of a request alone is refused without asking for the body")
  func expectRefused() async throws {
    try await withServer({ ($0.web.bodyBytes, $0.web.remoteWriteBytes) = (1_000, 500) }) {
      running in
      let form = "Content-Type: application/x-www-form-urlencoded\r\n"
      let refused = [
        ("POST /write", "", 1_001, "413 Payload Too Large"),
        ("POST /api/v1/tsq/import?format=csv", "", 1 << 40, "413 Payload Too Large"),
        ("POST /api/v1/write", "", 501, "413 Payload Too Large"),
        ("POST /api/v1/query", form, 1_001, "413 Payload Too Large"),
        ("POST /write?precision=x", "", 11, "400 Bad Request"),
        ("POST /write", "Content-Encoding: br\r\n", 11, "415 Unsupported Media Type"),
        ("PUT /write", "", 11, "405 Method Not Allowed"),
        ("POST /nowhere", "", 11, "404 Not Found"),
      ]
      for (start, headers, length, status) in refused {
        let client = try await LineClient.connect(try address(running))
        try await client.send(
          "\(start) HTTP/1.1\r\nHost: h\r\nContent-Length: \(length)\r\n"
            + "Expect: 100-continue\r\n\(headers)\r\n")
        #expect(try await client.reply() == "HTTP/1.1 \(status)\r", "\(start) \(length)")
        var head: [String] = []
        while head.last != "\r" { head.append(try await client.reply().lowercased()) }
        #expect(head.contains("connection: close\r"), "\(start): \(head)")
        // Whoever reads to the end is not kept waiting.
        try await client.waitUntilClosed()
        try await client.close()
      }
    }
  }

  @Test("Requests that follow without waiting are answered in order")
  func pipelined() async throws {
    try await withServer { running in
      let client = try await LineClient.connect(try address(running))
      var text = ""
      for number in 1...20 {
        let body = number % 5 == 0 ? "bad" : "m value=\(number) \(number)"
        text += "POST /write HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        text += body
      }
      try await client.send(text)
      var found: [Bool] = []
      while found.count < 20 {
        let line = try await client.reply()
        // The body of a refusal has no line end: the next answer follows on its line.
        if line.contains("HTTP/1.1 ") { found.append(line.contains("HTTP/1.1 204")) }
      }
      #expect(found == (1...20).map { $0 % 5 != 0 })
      #expect(try await ledger(running).total.accepted == 16)
      try await client.close()
    }
  }
}
