import Foundation
import Testing

/// A disk that is really full: senders are told, reads and deletions go on, and it recovers by itself.
@Suite(
  .enabled(
    if: SmallFileSystem.isPermitted,
    "SKIP: making and mounting a file system is not permitted on this machine"))
struct DiskFullTests {
  private static let floor = 2 << 20

  /// Sends batches with acknowledgements and counts what was promised.
  private struct Sender {
    let name: String
    let connection: Connection
    private(set) var acknowledged = 0
    private(set) var sent = 0
    private var sync = 0

    init(_ name: String, port: Int, from number: Int = 0) throws {
      self.name = name
      connection = try Connection(port: port)
      try connection.send("# tsq ack=durable\n")
      (acknowledged, sent) = (number, number)
    }

    /// Sends the batch after the last acknowledged one, again where it was refused.
    ///
    /// - Returns: the server's reply.
    mutating func batch(_ count: Int) throws -> String {
      var text = ""
      for number in acknowledged..<acknowledged + count {
        let nanoseconds = NumberedSender.baseSeconds * 1_000_000_000 + (number + 1) * 1_000_000
        text += "\(name) value=\(number)i \(nanoseconds)\n"
      }
      sent = max(sent, acknowledged + count)
      sync += 1
      try connection.send(text + "# tsq sync \(sync)\n")
      guard let reply = try connection.readLine() else { return "closed" }
      if reply.hasPrefix("ok \(sync) ") { acknowledged += count }
      return reply
    }
  }

  @Test("appends are refused with `full` and nothing else stops", .timeLimit(.minutes(5)))
  func full() throws {
    let disk = try SmallFileSystem(megabytes: 48)
    let store = disk.path("store")
    let arguments = ["--flush-bytes", "262144", "--free-space-floor", "\(Self.floor)"]
    var server = try ServerProcess(folder: store, arguments: arguments)
    let small = try HTTP.post(
      port: server.httpPort, "/write?precision=s", body: "doomed value=1 1\n")
    #expect(small.status == 204, "\(small.body)")
    var sender = try Sender("full_s", port: server.lineProtocolPort)
    #expect(try sender.batch(1000).hasPrefix("ok "))
    try disk.fill(leaving: Int64(Self.floor) + 60_000)

    var reply = "ok "
    for _ in 0..<3000 where reply.hasPrefix("ok ") { reply = try sender.batch(1000) }
    #expect(reply.contains("reason=full"), "\(reply)")
    // The space between the floor and nothing is still there for flushes and deletions.
    #expect(disk.freeBytes > Self.floor / 2, "\(disk.freeBytes) bytes are free")
    // A flush may make room by itself; that is taken away as well, so that it stays full.
    try disk.fill(leaving: Int64(Self.floor) / 2)
    #expect(try HTTP.get(port: server.httpPort, "/-/healthy").status == 200)
    let refused = try HTTP.post(port: server.httpPort, "/write", body: "full_http value=1 1\n")
    #expect(refused.status == 507, "\(refused.status) \(refused.body)")
    try check(server, sender)
    let deleted = try HTTP.post(
      port: server.httpPort, "/api/v1/admin/tsdb/delete_series", body: "match[]=doomed",
      type: "application/x-www-form-urlencoded")
    #expect(deleted.status == 204, "\(deleted.body)")
    #expect(try NumberedSamples.count(of: "doomed", in: server) == 0)

    // A restart on the full disk, and not an orderly one, changes nothing.
    server.kill()
    server = try ServerProcess(folder: store, arguments: arguments)
    try check(server, sender)
    #expect(try NumberedSamples.count(of: "doomed", in: server) == 0)
    // Recovery sealed the log into smaller segments; that space is taken away as well.
    try disk.fill(leaving: Int64(Self.floor) / 2)
    sender = try Sender("full_s", port: server.lineProtocolPort, from: sender.acknowledged)
    #expect(try sender.batch(1000).contains("reason=full"))

    // Space returns, and the same connection goes on without anybody's help.
    try disk.empty()
    reply = ""
    for _ in 0..<300 where !reply.hasPrefix("ok ") {
      reply = try sender.batch(1000)
      if reply == "closed" { break }
      usleep(100_000)
    }
    #expect(reply.hasPrefix("ok "), "\(reply)")
    for _ in 0..<3 { #expect(try sender.batch(1000).hasPrefix("ok ")) }
    try check(server, sender)
    #expect(server.stop() == 0)
    let verified = try Program.run(["verify", "--deep", "--data", store])
    #expect(verified.code == 0, "\(verified.output)")
  }

  /// Every acknowledged sample is there, and nothing that was not sent.
  private func check(_ server: ServerProcess, _ sender: Sender) throws {
    let held = try NumberedSamples.held(by: server, sender.name)
    let missing = (0..<sender.acknowledged).filter { held[$0] == nil }
    #expect(missing.isEmpty, "lost \(missing.count) of \(sender.acknowledged)")
    #expect(held.keys.allSatisfy { $0 < sender.sent })
    #expect(held.allSatisfy { $0.key == $0.value })
  }
}
