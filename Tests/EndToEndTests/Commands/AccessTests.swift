import Foundation
import Testing

/// Who is let in: tokens over TCP and HTTP, TLS with a certificate that openssl made.
@Suite("Access") struct AccessTests {
  private static func tokens(_ folder: TemporaryFolder) throws -> String {
    let path = folder.path("tokens")
    try "# the agents'\nopen-sesame\n\nsecond\n".write(
      toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private static func status(
    _ port: Int, _ path: String, _ header: String? = nil
  ) throws -> Int {
    try HTTP.get(port: port, path, headers: header.map { ["Authorization: \($0)"] } ?? []).status
  }

  @Test("HTTP: every form of a token that clients send, and nothing without one")
  func http() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(
      folder: folder.path("store"), arguments: ["--token-file", try Self.tokens(folder)])
    let port = server.httpPort
    for path in ["/ping", "/health", "/-/healthy", "/-/ready"] {
      #expect(try Self.status(port, path) / 100 == 2, "\(path)")
    }
    let stats = "/api/v1/tsq/stats"
    let basic = Data("anyone:second".utf8).base64EncodedString()
    for header in [
      "Bearer open-sesame", "bearer second", "Token open-sesame", "Token anyone:second",
      "Basic \(basic)",
    ] { #expect(try Self.status(port, stats, header) == 200, "\(header)") }
    #expect(try Self.status(port, stats + "?u=anyone&p=second") == 200)
    for header in [
      nil, "Bearer open-sesam", "Bearer open-sesame1", "Bearer ", "Basic \(basic)x=",
      "Digest second", "Bearer # the agents'",
    ] { #expect(try Self.status(port, stats, header) == 401, "\(header ?? "none")") }
    #expect(try Self.status(port, stats + "?p=wrong") == 401)
    let write = try HTTP.post(port: port, "/write", body: "cpu x=1 1\n")
    #expect(write.status == 401)
    #expect(write.body.contains("\"code\":\"unauthorized\""))
    #expect(try HTTP.post(port: port, "/write?p=second", body: "cpu x=1 1\n").status == 204)
    let metrics = try HTTP.get(port: port, "/metrics", headers: ["Authorization: Bearer second"])
    #expect(metrics.body.contains("tsq_unauthorized_requests_total 9\n"))
    #expect(metrics.body.contains("tsq_stored_samples_total 1\n"))
  }

  @Test("TCP: the first line must be a token; nothing of others is read")
  func tcp() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(
      folder: folder.path("store"), arguments: ["--token-file", try Self.tokens(folder)])
    for opening in ["", "# tsq auth wrong\n", "# tsq auth\n", String(repeating: "x", count: 300)] {
      let stranger = try Connection(port: server.lineProtocolPort)
      try stranger.send(opening + "cpu x=1 1\n")
      let answer = try stranger.readLine() ?? ""
      #expect(answer.hasPrefix("err - reason=unauthorized"), "\(opening.prefix(20)): \(answer)")
      #expect(try stranger.readLine() == nil)
    }
    let friend = try Connection(port: server.lineProtocolPort)
    try friend.send("# tsq auth sec")
    try friend.send("ond\n# tsq ack=durable\ncpu x=1 1\ncpu x=\n# tsq sync 1\n")
    #expect(try friend.readLine()?.hasPrefix("reject line=4 reason=bad-field-value") == true)
    #expect(try friend.readLine()?.hasPrefix("ok 1 lines=2 samples=1 rejected=1") == true)
    let metrics = try HTTP.get(
      port: server.httpPort, "/metrics", headers: ["Authorization: Bearer second"])
    #expect(metrics.body.contains("tsq_unauthorized_connections_total 4\n"))
    #expect(metrics.body.contains("tsq_received_lines_total 2\n"))
  }

  @Test("`push`, `import` and `query` show the token of a file or of the environment")
  func commands() throws {
    let folder = try TemporaryFolder()
    let tokens = try Self.tokens(folder)
    let server = try ServerProcess(
      folder: folder.path("store"), arguments: ["--token-file", tokens])
    let to = ["--to", "127.0.0.1:\(server.lineProtocolPort)", "--timeout", "1s"]
    let refused = try Program.run(["push", "-"] + to, input: "cpu x=1 1\n")
    #expect(refused.code == 1)
    #expect(refused.errors.contains("unauthorized"), "\(refused.errors)")
    let pushed = try Program.run(
      ["push", "-", "--token-file", tokens] + to, input: "cpu x=1 1\n")
    #expect(pushed.code == 0, "\(pushed.errors)")
    let store = ["--data", folder.path("store")]
    let shut = try Program.run(["series"] + store)
    #expect(shut.code == 1)
    #expect(shut.errors.contains("401"))
    let imported = try Program.run(
      ["import", "-"] + store, input: "cpu x=2 2\n", environment: ["TSQ_TOKEN": "second"])
    #expect(imported.code == 0, "\(imported.errors)")
    let all = try Program.run(
      ["export"] + store, environment: ["TSQ_TOKEN": "second"])
    #expect(all.output == "cpu_x value=1 1\ncpu_x value=2 2\n")
  }

  @Test("Beyond loopback only with tokens, TLS or --insecure; broken files are told")
  func beyondLoopback() throws {
    let folder = try TemporaryFolder()
    let refused = try Program.run(["serve", "--line-protocol", "0.0.0.0:0"])
    #expect(refused.code == 2)
    #expect(refused.errors.contains("--token-file"))
    let empty = folder.path("empty")
    try "# none\n".write(toFile: empty, atomically: true, encoding: .utf8)
    let store = ["--data", folder.path("store")]
    let none = try Program.run(["serve", "--token-file", empty] + store)
    #expect(none.code == 1)
    #expect(none.errors.contains("token-file"))
    let noKey = try Program.run(["serve", "--tls-cert", empty] + store)
    #expect(noKey.code == 2)
    let noCertificate = try Program.run(
      ["serve", "--tls-cert", empty, "--tls-key", empty] + store)
    #expect(noCertificate.code == 1)
    #expect(noCertificate.errors.contains("tls-cert"))
    let open = try ServerProcess(
      folder: folder.path("open"),
      arguments: [
        "--line-protocol", "0.0.0.0:0", "--token-file", try Self.tokens(folder),
      ])
    #expect(open.stop() == 0)
  }

  /// A certificate for this machine that is its own authority.
  private static func makeCertificate(
    _ folder: TemporaryFolder, _ name: String
  ) throws -> (certificate: String, key: String) {
    let made = (folder.path(name + ".pem"), folder.path(name + ".key"))
    let outcome = try Program.script(
      """
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
      -subj /CN=\(name) -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
      -keyout \(made.1) -out \(made.0)
      """, in: folder.root)
    try #require(outcome.code == 0, "\(outcome.errors)")
    return made
  }

  @Test("TLS: lines and HTTP by the right authority, refused by any other and in the clear")
  func tls() throws {
    let folder = try TemporaryFolder()
    let (certificate, key) = try Self.makeCertificate(folder, "server")
    let (other, _) = try Self.makeCertificate(folder, "other")
    let server = try ServerProcess(
      folder: folder.path("store"), arguments: ["--tls-cert", certificate, "--tls-key", key],
      speaksTLS: true)
    let to = ["--to", "127.0.0.1:\(server.lineProtocolPort)", "--timeout", "2s"]
    let lines = (1...5_000).map { "cpu,host=h\($0 % 50) x=\($0) \($0)\n" }.joined()
    let pushed = try Program.run(["push", "-", "--tls-ca", certificate] + to, input: lines)
    #expect(pushed.code == 0, "\(pushed.errors)")
    #expect(pushed.errors.contains("pushed 5000 lines, 5000 samples"))
    let missing = try Program.run(["push", "-", "--tls-ca", "none"] + to, input: lines)
    #expect(missing.code != 0 && missing.errors.contains("`none` cannot be read: no such file"))
    for wrong in [[], ["--tls"], ["--tls-ca", other]] {
      #expect(try Program.run(["push", "-"] + wrong + to, input: "cpu x=1 1\n").code == 1)
    }
    let url = ["--server", "https://localhost:\(server.httpPort)"]
    let exported = try Program.run(["export"] + url + ["--tls-ca", certificate])
    #expect(exported.code == 0, "\(exported.errors)")
    #expect(exported.output.split(separator: "\n").count == 5_000)
    for (address, more, words) in [
      ("https://localhost:\(server.httpPort)", ["--tls-ca", other], "certificate is not trusted"),
      ("https://localhost:\(server.httpPort)", [], "file of its authority with --tls-ca"),
      ("http://localhost:\(server.httpPort)", [], "does the server speak TLS on this port?"),
    ] {
      let refused = try Program.run(["export", "--server", address] + more)
      #expect(refused.code == 1)
      #expect(refused.errors.contains(words), "\(refused.errors)")
      #expect(!refused.errors.contains(".cc:") && !refused.errors.contains("Error"))
    }
    let held = try Program.run(
      ["series", "--data", folder.path("store")], environment: ["TSQ_TLS_CA": certificate])
    #expect(held.lines.count == 50, "\(held.errors)")
    #expect(server.stop() == 0)
  }

  @Test("TLS: push says that a server in the clear does not answer")
  func noTLS() throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("store"))
    let refused = try Program.run(
      ["push", "-", "--tls", "--timeout", "2s", "--to", "127.0.0.1:\(server.lineProtocolPort)"],
      input: "cpu x=1 1\n")
    #expect(refused.code == 1)
    #expect(refused.errors.contains("may not speak TLS on this port"), "\(refused.errors)")
    #expect(server.stop() == 0)
  }

  @Test("TLS: a server that asks for certificates takes none but those of its authority")
  func clientCertificates() throws {
    let folder = try TemporaryFolder()
    let (certificate, key) = try Self.makeCertificate(folder, "server")
    let (client, clientKey) = try Self.makeCertificate(folder, "client")
    let (other, otherKey) = try Self.makeCertificate(folder, "other")
    let server = try ServerProcess(
      folder: folder.path("store"),
      arguments: ["--tls-cert", certificate, "--tls-key", key, "--tls-ca", client],
      speaksTLS: true)
    let to = [
      "--to", "localhost:\(server.lineProtocolPort)", "--timeout", "2s", "--tls-ca", certificate,
    ]
    let shown = ["--tls-cert", client, "--tls-key", clientKey]
    #expect(try Program.run(["push", "-"] + to + shown, input: "cpu x=1 1\n").code == 0)
    let wrong = ["--tls-cert", other, "--tls-key", otherKey]
    for flags in [[], wrong] {
      #expect(try Program.run(["push", "-"] + to + flags, input: "cpu x=2 2\n").code == 1)
    }
    let all = try Program.run(
      ["export", "--server", "https://localhost:\(server.httpPort)", "--tls-ca", certificate]
        + shown)
    #expect(all.output == "cpu_x value=1 1\n", "\(all.errors)")
  }
}
