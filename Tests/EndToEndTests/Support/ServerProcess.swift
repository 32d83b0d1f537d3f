import Foundation
import Testing

/// A `tsq serve` of the built binary, on ports of its own.
final class ServerProcess {
  let folder: String
  let lineProtocolPort: Int
  let httpPort: Int
  private let process: Child

  /// Starts a server on a folder and waits until it says where it listens and is ready.
  init(folder: String, arguments: [String] = [], speaksTLS: Bool = false) throws {
    self.folder = folder
    let output = folder + ".out"
    let log = folder + ".log"
    try Data().write(to: URL(fileURLWithPath: output))
    let descriptor = unsafe open(output, O_WRONLY)
    defer { close(descriptor) }
    let child = try Child(
      try Program.path,
      ["serve", "--data", folder, "--line-protocol", "127.0.0.1:0", "--http", "127.0.0.1:0"]
        + arguments, environment: Program.environment, input: "/dev/null", output: descriptor,
      errors: log)
    process = child
    var ports: [String: Int] = [:]
    for _ in 0..<3_000 where ports.count < 2 {
      for line in try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n") {
        let words = line.components(separatedBy: " on ")
        guard words.count == 2, let port = words[1].split(separator: ":").last.flatMap({ Int($0) })
        else { continue }
        ports[words[0]] = port
      }
      let words = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
      try #require(child.isRunning, "the server ended: \(words)")
      usleep(10_000)
    }
    lineProtocolPort = try #require(ports["line protocol"])
    httpPort = try #require(ports["http"])
    try speaksTLS ? waitForLog(log) : waitUntilReady()
  }

  /// Reads in the log that the store is open: whether it is must not depend on TLS.
  private func waitForLog(_ path: String) throws {
    for _ in 0..<600 {
      if try String(contentsOfFile: path, encoding: .utf8).contains("ready: ") { return }
      let words = (try? String(contentsOfFile: folder + ".log", encoding: .utf8)) ?? ""
      try #require(process.isRunning, "the server ended before it was ready: \(words)")
      usleep(50_000)
    }
    Issue.record("the server was not ready after 30 s")
  }

  /// Asks `/-/ready` until it says yes.
  private func waitUntilReady() throws {
    for _ in 0..<600 {
      if let answer = try? HTTP.get(port: httpPort, "/-/ready"), answer.status == 200 { return }
      let words = (try? String(contentsOfFile: folder + ".log", encoding: .utf8)) ?? ""
      try #require(process.isRunning, "the server ended before it was ready: \(words)")
      usleep(50_000)
    }
    Issue.record("the server was not ready after 30 s")
  }

  /// The process number.
  var processID: Int32 { process.processID }

  /// Sends a signal.
  func signal(_ number: Int32) { process.signal(number) }

  /// The power cord: no chance to clean up.
  func kill() {
    process.signal(SIGKILL)
    process.wait()
  }

  /// An orderly stop.
  ///
  /// - Returns: the exit code.
  @discardableResult
  func stop() -> Int32 {
    process.signal(SIGTERM)
    return process.wait()
  }

  deinit { if process.isRunning { kill() } }
}
