import Foundation
import TSQCore
import TSQStorage
import Testing

@testable import TSQServer

@Suite("Health, and requests of old or impatient clients")
struct HealthTests {
  @Test("While the disk is full, health warns and queries are answered")
  func fullDisk() async throws {
    try await withServer { running in
      let health = try await running.ask(.get, "/health")
      #expect(health.json?["status"] as? String == "pass")
      let ready = try await running.ask(.get, "/-/ready")
      #expect(ready.text == "ready\n")
    }
    try await withServer({ $0.store.freeSpaceFloor = 1 << 60 }) { running in
      #expect(try await running.write("a value=1 1\n").status == 507)
      let health = try await running.ask(.get, "/health")
      #expect(health.status == 200)
      #expect(health.json?["status"] as? String == "warn", "\(health.text)")
      #expect(health.text.contains("the disk is full"), "\(health.text)")
      let ready = try await running.ask(.get, "/-/ready")
      #expect(ready.status == 200 && ready.text.contains("the disk is full"), "\(ready.text)")
      #expect(try await running.ask(.get, "/api/v1/query?query=1").status == 200)
    }
  }

  private func connect(_ running: RunningServer) async throws -> LineClient {
    try await LineClient.connect(
      try #require(HostPort(String(try running.http.dropFirst("http://".count)))))
  }

  @Test("A connection of HTTP/1.0 ends with its answer unless it asks to be kept")
  func oldClient() async throws {
    try await withServer { running in
      let client = try await connect(running)
      try await client.send("GET /-/ready HTTP/1.0\r\nHost: h\r\n\r\n")
      #expect(try await client.reply().hasSuffix(" 200 OK\r"))
      try await client.waitUntilClosed()
      let kept = try await connect(running)
      for _ in 0..<2 {
        try await kept.send("GET /-/ready HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(try await kept.reply().hasSuffix(" 200 OK\r"))
        while try await kept.reply() != "ready" {}
      }
      try await kept.close()
    }
  }

  @Test("A body that ends too early is the client's mistake")
  func cutBody() async throws {
    try await withServer { running in
      let client = try await connect(running)
      let head = "POST /write HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n"
      try await client.send(head + "a v=1 1\n")
      try await client.closeOutput()
      // An answer may come or not; a failure of the server it is not.
      if let line = try? await client.reply() {
        #expect(line.hasPrefix("HTTP/1.1 400 "), "\(line)")
      }
      try? await client.close()
      let told = try await ledger(running)
      #expect(told.total.accepted == 0)
    }
  }
}
