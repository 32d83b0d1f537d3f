import Foundation
import Testing

/// One flipped byte in each kind of file: what `verify` and `restore` say of it.
@Suite("Damage by command") struct DamageCommandTests {
  private func makeStore(_ path: String, flush: Bool) throws {
    let lines = (0..<200).map { "m,h=a v=\($0) \($0 * 60)\n" }.joined()
    let outcome = try Program.run(
      ["import", "--data", path, "--precision", "s", "-"], input: lines)
    #expect(outcome.code == 0, "\(outcome.errors)")
    if flush { #expect(try Program.run(["flush", "--data", path]).code == 0) }
  }

  private func flip(_ path: String, at offset: Int) throws {
    let file = URL(fileURLWithPath: path)
    var bytes = try Data(contentsOf: file)
    bytes[offset < 0 ? bytes.count + offset : offset] ^= 0xff
    try bytes.write(to: file)
  }

  private func onlyFile(in folder: String) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    return folder + "/" + (try #require(names.max()))
  }

  @Test("the last entry of the log: verify names it before and after it was set aside")
  func log() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    try makeStore(store, flush: false)
    try flip(onlyFile(in: store + "/wal"), at: -10)
    let verified = try Program.run(["verify", "--data", store])
    #expect(verified.code == 1)
    #expect(verified.output.contains("the last entry has a wrong checksum"), "\(verified.output)")
    #expect(try Program.run(["flush", "--data", store]).code == 0)
    let later = try Program.run(["verify", "--data", store])
    #expect(later.code == 0)
    #expect(later.errors.contains("note: an earlier opening found bytes of the log"))
  }

  @Test("the newest file of the log that is gone: verify and the next opening name it")
  func logEnd() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    try makeStore(store, flush: false)
    #expect(try Program.run(["verify", "--data", store]).code == 0)
    try FileManager.default.removeItem(atPath: onlyFile(in: store + "/wal"))
    let verified = try Program.run(["verify", "--data", store])
    #expect(verified.code == 1)
    #expect(verified.output.contains("wal/00000001.wal` is missing"), "\(verified.output)")
    #expect(verified.output.contains("put `00000001.wal` back before"), "\(verified.output)")
    let flushed = try Program.run(["flush", "--data", store])
    #expect(flushed.errors.contains("wal/00000001.wal` is missing"), "\(flushed.errors)")
    #expect(try Program.run(["verify", "--data", store]).code == 1)
    try FileManager.default.removeItem(atPath: onlyFile(in: store + "/quarantine"))
    #expect(try Program.run(["verify", "--data", store]).code == 0)
  }

  @Test("a block: verify says what it did not read, and restore refuses the backup")
  func backup() throws {
    let folder = try TemporaryFolder()
    let (store, copy) = (folder.path("store"), folder.path("copy"))
    try makeStore(store, flush: true)
    #expect(try Program.run(["backup", copy, "--data", store]).code == 0)
    // Damage to a linked segment is damage to both; the block is the first thing behind the header.
    try flip(onlyFile(in: copy + "/segments"), at: 60)
    let shallow = try Program.run(["verify", "--data", copy])
    #expect(shallow.output.contains("blocks are read with --deep"), "\(shallow.output)")
    #expect(try Program.run(["verify", "--deep", "--data", copy]).code == 1)
    let restored = try Program.run(["restore", copy, "--data", folder.path("new")])
    #expect(restored.code == 1, "\(restored.output)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("new") + "/STORE"))
  }

  @Test("retention rules: verify names the file and says what to do")
  func state() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    try makeStore(store, flush: true)
    #expect(try Program.run(["retention", "set", "m", "--keep", "30d", "--data", store]).code == 0)
    try flip(store + "/state.sqlite", at: 5)
    let verified = try Program.run(["verify", "--data", store])
    #expect(verified.code == 1)
    #expect(verified.output.contains("state.sqlite"), "\(verified.output)")
    #expect(verified.output.contains("set the retention rules that are missing again"))
  }

  @Test("retention rules that are gone: every opening says so, verify fails")
  func missingState() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store")
    try makeStore(store, flush: true)
    #expect(try Program.run(["verify", "--data", store]).code == 0)
    #expect(try Program.run(["retention", "set", "m", "--keep", "30d", "--data", store]).code == 0)
    #expect(try Program.run(["backup", folder.path("whole"), "--data", store]).code == 0)
    try FileManager.default.removeItem(atPath: store + "/state.sqlite")
    let verified = try Program.run(["verify", "--data", store])
    #expect(verified.code == 1)
    #expect(
      verified.output.contains("it is missing, with the retention rules"), "\(verified.output)")
    let flushed = try Program.run(["flush", "--data", store])
    #expect(flushed.errors.contains("it is missing, with the retention rules"), "\(flushed.errors)")
    // A backup of what is left is a whole store; one that had it is refused without it.
    #expect(try Program.run(["backup", folder.path("less"), "--data", store]).code == 0)
    #expect(
      try Program.run(["restore", folder.path("less"), "--data", folder.path("a")]).code == 0)
    try FileManager.default.removeItem(atPath: folder.path("whole") + "/state.sqlite")
    let restored = try Program.run(["restore", folder.path("whole"), "--data", folder.path("b")])
    #expect(restored.code == 1 && restored.errors.contains("it is missing"), "\(restored.errors)")
    #expect(try Program.run(["retention", "set", "m", "--keep", "9d", "--data", store]).code == 0)
    #expect(try Program.run(["verify", "--data", store]).code == 0)
  }

  @Test("a threshold that is no number is a mistake, and so are more points than can be made")
  func thresholds() throws {
    let history = (0..<300).map { "\($0 * 3600),\($0 % 24)\n" }.joined()
    for wrong in ["nan", "inf"] {
      let outcome = try Program.run(
        ["predict", "--input", "-", "--threshold", wrong, "--exit-code"],
        input: "timestamp,value\n" + history)
      #expect(outcome.code == 3)
      #expect(outcome.errors.contains("a threshold must be a finite number"), "\(outcome.errors)")
    }
    let long = try Program.run(
      ["predict", "--input", "-", "--days", "30", "--step", "1m"], input: history)
    #expect(long.code == 2)
    #expect(long.errors.contains("20160 are the most"), "\(long.errors)")
    let asked = try Program.run(
      ["predict", "--input", "-", "--days", "1", "--threshold", "30", "-o", "csv"], input: history)
    #expect(asked.errors.contains("chance of going above 30"), "\(asked.errors)")
  }
}
