import Foundation
import Testing

/// `tsq report --output PATH`, where something is at the path already.
@Suite struct ReportFileTests {
  private let folder: TemporaryFolder
  private let store: String
  private let rules: String

  init() throws {
    folder = try TemporaryFolder()
    store = folder.path("store")
    rules = folder.path("rules.yaml")
    try "resources:\n  - {name: R, selector: m, unit: number, limit: 1}\n"
      .write(toFile: rules, atomically: false, encoding: .utf8)
    let made = try Program.run(
      ["import", "--data", store, "--precision", "s", "-"], input: "m value=1 1800000000\n")
    try #require(made.code == 0, "\(made.errors)")
  }

  private func report(to path: String) throws -> Program.Outcome {
    try Program.run(
      ["report", "--data", store, "--rules", rules, "--at", "1800000000", "--output", path])
  }

  private func attributes(_ path: String) throws -> (type: FileAttributeType?, mode: Int?) {
    let found = try FileManager.default.attributesOfItem(atPath: path)
    return (
      found[.type] as? FileAttributeType, (found[.posixPermissions] as? NSNumber)?.intValue
    )
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test("a file keeps its mode, and nothing is left beside it")
  func mode() throws {
    let place = folder.path("out/report.md")
    try FileManager.default.createDirectory(
      atPath: folder.path("out"), withIntermediateDirectories: true)
    try "old".write(toFile: place, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: place)
    let outcome = try report(to: place)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try text(place).hasPrefix("# Capacity report"))
    #expect(try attributes(place).mode == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).count == 1)
  }

  @Test("a symbolic link is followed, to a file and to nothing yet", arguments: [true, false])
  func link(exists: Bool) throws {
    let (target, link) = (folder.path("target.md"), folder.path("link.md"))
    if exists { try "old".write(toFile: target, atomically: false, encoding: .utf8) }
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: "target.md")
    let outcome = try report(to: link)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try attributes(link).type == .typeSymbolicLink)
    #expect(try text(target).hasPrefix("# Capacity report"))
  }

  @Test("a pipe is written through and stays one")
  func pipe() throws {
    let fifo = folder.path("fifo.md")
    try #require(unsafe mkfifo(fifo, 0o600) == 0)
    // Both ends open: the writer does not wait, and the page is far smaller than the pipe holds.
    let descriptor = unsafe open(fifo, O_RDWR | O_NONBLOCK)
    defer { close(descriptor) }
    let outcome = try report(to: fifo)
    #expect(outcome.code == 0, "\(outcome.errors)")
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, $0.count)
    }
    try #require(count > 0, "nothing came through the pipe")
    #expect(String(decoding: bytes.prefix(count), as: UTF8.self).hasPrefix("# Capacity report"))
    var information = stat()
    #expect(unsafe lstat(fifo, &information) == 0)
    #expect(information.st_mode & S_IFMT == S_IFIFO)
  }

  @Test("a folder, or one that is not there, is an error in words")
  func noFile() throws {
    let directory = try report(to: folder.path("store"))
    #expect(directory.code == 1)
    #expect(directory.errors.contains("is a folder"), "\(directory.errors)")
    let missing = try report(to: folder.path("none/report.md"))
    #expect(missing.code == 1)
    #expect(missing.errors.contains("cannot write `\(folder.path("none/report.md"))`"))
  }

  @Test(
    "a full disk is an error, and the old report stays",
    .enabled(
      if: SmallFileSystem.isPermitted,
      "SKIP: making and mounting a file system is not permitted on this machine"))
  func fullDisk() throws {
    let disk = try SmallFileSystem(megabytes: 16)
    let place = disk.path("report.md")
    try "old".write(toFile: place, atomically: false, encoding: .utf8)
    try disk.fill(leaving: 0)
    let outcome = try report(to: place)
    #expect(outcome.code == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains("No space left"), "\(outcome.errors)")
    #expect(try text(place) == "old")
  }
}
