import Foundation
import Testing

/// A `tsq serve` of the built binary, on ports of its own.
final class ServerProcess {
  let folder: String
  let lineProtocolPort: Int
  let httpPort: Int
  private let process: Process

  /// Starts a server on a folder and waits until it says where it listens and is ready.
  init(folder: String, arguments: [String] = []) throws {
    self.folder = folder
    let process = Process()
    let out = Pipe()
    process.executableURL = URL(fileURLWithPath: try Program.path)
    process.arguments =
      ["serve", "--data", folder, "--line-protocol", "127.0.0.1:0", "--http", "127.0.0.1:0"]
      + arguments
    process.environment = Program.environment
    process.standardOutput = out
    let log = folder + ".log"
    if !FileManager.default.fileExists(atPath: log) {
      FileManager.default.createFile(atPath: log, contents: nil)
    }
    let logHandle = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
    try logHandle.seekToEnd()
    process.standardError = logHandle
    try process.run()
    self.process = process
    var text = ""
    var ports: [String: Int] = [:]
    while ports.count < 2 {
      let piece = out.fileHandleForReading.availableData
      try #require(
        !piece.isEmpty,
        "the server ended: \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
      text += String(decoding: piece, as: UTF8.self)
      for line in text.split(separator: "\n") {
        let words = line.components(separatedBy: " on ")
        guard words.count == 2, let port = words[1].split(separator: ":").last.flatMap({ Int($0) })
        else { continue }
        ports[words[0]] = port
      }
    }
    lineProtocolPort = try #require(ports["line protocol"])
    httpPort = try #require(ports["http"])
    try waitUntilReady()
  }

  /// Asks `/-/ready` until it says yes.
  private func waitUntilReady() throws {
    for _ in 0..<600 {
      if let answer = try? HTTP.get(port: httpPort, "/-/ready"), answer.status == 200 { return }
      try #require(process.isRunning, "the server ended before it was ready")
      usleep(50_000)
    }
    Issue.record("the server was not ready after 30 s")
  }

  /// The process number.
  var processID: Int32 { process.processIdentifier }

  /// The power cord: no chance to clean up.
  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// An orderly stop.
  ///
  /// - Returns: the exit code.
  @discardableResult
  func stop() -> Int32 {
    guard process.isRunning else { return process.terminationStatus }
    Foundation.kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    return process.terminationStatus
  }

  deinit { if process.isRunning { kill() } }
}
