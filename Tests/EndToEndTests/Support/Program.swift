import Foundation
import Testing

/// The built `tsq` binary, run as a user would run it.
enum Program {
  /// What one run of the program gave.
  struct Outcome {
    let code: Int32
    let output: String
    let errors: String

    /// The lines of standard output.
    var lines: [String] { output.split(separator: "\n").map(String.init) }
  }

  /// The binary, beside the test bundle in the build folder.
  static var path: String {
    get throws {
      // `swift test` runs a bundle in the build folder, or a runner with the bundle as argument.
      for argument in CommandLine.arguments {
        var folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
        for _ in 0..<3 {
          let candidate = folder.appendingPathComponent("tsq").path
          if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
          folder.deleteLastPathComponent()
        }
      }
      let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      let fallback = root.appendingPathComponent(".build/debug/tsq").path
      try #require(
        FileManager.default.isExecutableFile(atPath: fallback), "the tsq binary is not built")
      return fallback
    }
  }

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - arguments: after the program's name.
  ///   - input: what it reads from standard input.
  ///   - environment: added to a small fixed environment, so that the caller's `TSQ_*` do not leak in.
  /// - Returns: what it printed and its exit code.
  /// - Throws: where the binary is not built or cannot be started.
  static func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:]
  ) throws -> Outcome {
    try run(try path, arguments, input: input, environment: environment)
  }

  /// Runs a script by `bash`, in a folder, with the built program first on the path.
  static func script(_ text: String, in folder: String) throws -> Outcome {
    let binaries = URL(fileURLWithPath: try path).deletingLastPathComponent().path
    let search = binaries + ":" + (environment["PATH"] ?? "")
    return try run(
      "/bin/bash", ["-c", "cd \"$0\" && { \(text)\n}", folder], input: "",
      environment: ["PATH": search])
  }

  private static func run(
    _ program: String, _ arguments: [String], input: String, environment: [String: String]
  ) throws -> Outcome {
    let folder = try TemporaryFolder()
    let (out, err, inp) = (folder.path("out"), folder.path("err"), folder.path("in"))
    try Data(input.utf8).write(to: URL(fileURLWithPath: inp))
    try Data().write(to: URL(fileURLWithPath: out))
    let descriptor = unsafe open(out, O_WRONLY)
    defer { close(descriptor) }
    let child = try Child(
      program, arguments, environment: self.environment.merging(environment) { $1 }, input: inp,
      output: descriptor, errors: err)
    let code = child.wait()
    return Outcome(
      code: code, output: try String(contentsOfFile: out, encoding: .utf8),
      errors: try String(contentsOfFile: err, encoding: .utf8))
  }

  static var environment: [String: String] {
    ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "TZ": "UTC"]
  }
}

/// A folder that is removed with the value that owns it.
final class TemporaryFolder: Sendable {
  let root: String

  init() throws {
    root =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("tsq-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// The path of a file inside.
  func path(_ name: String) -> String { root + "/" + name }
}
