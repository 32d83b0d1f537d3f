import Foundation
import TSQTestSupport
import Testing

/// House rules that a machine can hold: docs/ARCHITECTURE.md gives the reason for each.
@Suite struct TidyTests {
  /// Who may import whom among our own targets; the arrows of docs/ARCHITECTURE.md.
  static let arrows: [String: Set<String>] = [
    "TSQCore": [],
    "TSQCodec": ["TSQCore", "CLZ4", "CSnappy", "CZlib", "CTSQKernels"],
    "TSQStorage": ["TSQCore", "TSQCodec", "CRE2"],
    "TSQForecast": ["TSQCore"],
    "TSQQuery": ["TSQCore", "TSQStorage", "TSQForecast"],
    "TSQCapacity": ["TSQCore", "TSQQuery", "TSQForecast"],
    "TSQClient": ["TSQCore", "TSQCodec"],
    "TSQServer": [
      "TSQCore", "TSQCodec", "TSQStorage", "TSQForecast", "TSQQuery", "TSQCapacity",
    ],
    "tsq": [
      "TSQCore", "TSQCodec", "TSQStorage", "TSQForecast", "TSQQuery", "TSQCapacity", "TSQClient",
      "TSQServer",
    ],
  ]

  /// Our own targets that are no Swift.
  static let languages: Set<String> = ["CLZ4", "CSnappy", "CZlib", "CTSQKernels", "CRE2"]

  /// Where each library from outside may be imported: a folder prefix below Sources.
  static let outsiders: [String: [String]] = [
    "GRDB": ["TSQStorage/Catalog/"],
    "NIOCore": ["TSQServer/", "TSQClient/"],
    "NIOPosix": ["TSQServer/", "TSQClient/"],
    "Hummingbird": ["TSQServer/"],
    "AsyncHTTPClient": ["TSQClient/"],
    "NIOSSL": ["TSQServer/", "TSQClient/"],
    "SwiftProtobuf": ["TSQCodec/RemoteWrite/"],
    "Yams": ["TSQCapacity/", "tsq/"],
    "ArgumentParser": ["tsq/"],
    "ServiceLifecycle": ["TSQServer/", "TSQClient/", "tsq/"],
  ]

  @Test("imports follow the arrows")
  func importsFollowTheArrows() throws {
    for file in try SourceFile.all(below: "Sources") {
      let target = try #require(file.path.split(separator: "/").dropFirst().first.map(String.init))
      let allowed = try #require(Self.arrows[target], "unknown target \(target)")
      for name in file.imports {
        if Self.arrows[name] != nil || Self.languages.contains(name) {
          #expect(allowed.contains(name), "\(file.path) imports \(name) against the arrows")
        }
        if let places = Self.outsiders[name] {
          let inside = file.path.dropFirst("Sources/".count)
          #expect(
            places.contains { inside.hasPrefix($0) }, "\(file.path) may not import \(name)")
        }
      }
    }
  }

  @Test("no file grows past 400 lines")
  func filesStayShort() throws {
    for file in try SourceFile.all(below: "Sources") + SourceFile.all(below: "Tests") {
      #expect(file.lines.count <= 400, "\(file.path) has \(file.lines.count) lines: split by theme")
    }
  }

  @Test("no function grows past 60 lines")
  func functionsStayShort() throws {
    for file in try SourceFile.all(below: "Sources") {
      for function in file.functions where function.lineCount > 60 {
        Issue.record(
          "\(file.path):\(function.line) `\(function.name)`: \(function.lineCount) lines")
      }
    }
  }

  @Test("no forbidden words in the sources")
  func nothingForbidden() throws {
    // Spelled in two halves so that this file does not find itself.
    let forbidden = ["try" + "!", "fatal" + "Error(", " as" + "! ", "TO" + "DO", "FIX" + "ME"]
    for file in try SourceFile.all(below: "Sources") + SourceFile.all(below: "Tests") {
      for (index, line) in file.lines.enumerated() {
        for word in forbidden where line.contains(word) {
          Issue.record("\(file.path):\(index + 1) contains `\(word)`")
        }
      }
    }
  }

  @Test("every test target mirrors a source target")
  func testsMirrorSources() throws {
    let tests = try FileManager.default.contentsOfDirectory(
      atPath: SourceFile.root.appending("/Tests"))
    for target in Self.arrows.keys where target != "tsq" {
      #expect(tests.contains("\(target)Tests"), "no tests for \(target)")
    }
  }
}
