import Foundation
import GRDB
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// What a store remembers between runs comes back as it was, or is said to be lost.
@Suite struct StateDatabaseTests {
  private let rules = [
    RetentionRule(metricPattern: "cpu*", keepSeconds: 2_592_000),
    RetentionRule(metricPattern: "cpu*", resolutionSeconds: 3_600, keepSeconds: 0),
    RetentionRule(metricPattern: "\u{0}é|\"b", keepSeconds: 7_200),
    RetentionRule(metricPattern: "why", keepSeconds: 86_400),
    RetentionRule(metricPattern: "*", keepSeconds: 0),
  ]

  /// Puts in the rules, and a row of a table that nothing uses: whole rows of it are kept as well.
  private func fill(_ state: StateDatabase) throws {
    try state.setRetentionRules(rules)
    let blob = Data("{}".utf8).databaseValue
    try state.database.write { db, totals in
      try StateSchema.reports.put([1.databaseValue, 7.databaseValue, blob], db, &totals)
    }
  }

  private func unusedRows(_ state: StateDatabase) throws -> Int {
    var count = 0
    try state.database.read { db in try StateSchema.reports.forEach(db) { _ in count += 1 } }
    return count
  }

  @Test("everything comes back after closing")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let (state, report) = try StateDatabase.open(folder("s"))
    #expect(report == StateReport())
    try fill(state)
    state.close()
    let (again, second) = try StateDatabase.open(folder("s"))
    defer { again.close() }
    #expect(second == StateReport())
    #expect(try again.retentionRules() == rules)
    #expect(try unusedRows(again) == 1)
  }

  @Test("reading leaves the folder as it is, with a writer or without")
  func readOnly() throws {
    let folder = try TemporaryFolder()
    #expect(try StateDatabase.openReadOnly(folder("s")).retentionRules().isEmpty)
    #expect(try folder.names().isEmpty)
    let (state, _) = try StateDatabase.open(folder("s"))
    try fill(state)
    func expectUnchanged() throws {
      let before = try folder.names().map { ($0, try folder.bytes($0)) }
      let reader = try StateDatabase.openReadOnly(folder("s"))
      #expect(try reader.retentionRules() == rules)
      reader.close()
      let after = try folder.names().map { ($0, try folder.bytes($0)) }
      #expect(before.elementsEqual(after) { $0 == $1 })
    }
    try expectUnchanged()
    state.close()
    try expectUnchanged()
  }

  @Test("a copy holds everything")
  func copy() throws {
    let folder = try TemporaryFolder()
    let (state, _) = try StateDatabase.open(folder("s"))
    defer { state.close() }
    try fill(state)
    try state.copy(to: folder("copy"))
    let (copied, report) = try StateDatabase.open(folder("copy"))
    defer { copied.close() }
    #expect(report == StateReport())
    #expect(try copied.retentionRules() == rules)
    #expect(try unusedRows(copied) == 1)
  }

  @Test("a list of migrations that makes no sense is damage; the rows are taken over")
  func damagedMigrations() throws {
    let folder = try TemporaryFolder()
    let (state, _) = try StateDatabase.open(folder("s"))
    try fill(state)
    state.close()
    var bytes = try folder.bytes("s")
    // The first migration's row: 3 bytes, row 1, a header of 2 bytes, a text of one, "1".
    let row: [UInt8] = [3, 1, 2, 15, UInt8(ascii: "1")]
    let place = try #require(bytes.firstRange(of: row)).lowerBound
    bytes[place + 3] = 0
    try folder.write(bytes, to: "s")
    let (again, report) = try StateDatabase.open(folder("s"))
    defer { again.close() }
    #expect(report.movedAside == folder("s.damaged-1") && report.rowsLost == 0)
    #expect(try again.retentionRules() == rules)
  }

  @Test("a damaged row is lost and counted; the others are taken over")
  func salvage() throws {
    let folder = try TemporaryFolder()
    let (state, _) = try StateDatabase.open(folder("s"))
    try fill(state)
    state.close()
    var bytes = try folder.bytes("s")
    // Part of the pattern of a rule: a place SQLite itself does not look at.
    let place = try #require(bytes.firstRange(of: Array("why".utf8))).lowerBound
    bytes[place] = UInt8(ascii: "W")
    try folder.write(bytes, to: "s")
    let (again, report) = try StateDatabase.open(folder("s"))
    defer { again.close() }
    #expect(report.movedAside == folder("s.damaged-1"))
    #expect(try folder.bytes("s.damaged-1").firstRange(of: Array("Why".utf8)) != nil)
    #expect(report.rowsKept == 5 && report.rowsLost == 1)
    #expect(try again.retentionRules() == rules.filter { $0.metricPattern != "why" })
    #expect(try unusedRows(again) == 1)
    try again.verify()
  }

  @Test("a row that vanished is noticed")
  func lostRow() throws {
    let folder = try TemporaryFolder()
    let (state, _) = try StateDatabase.open(folder("s"))
    try fill(state)
    state.close()
    let queue = try DatabaseQueue(path: folder("s"))
    try queue.write { db in try db.execute(sql: "DELETE FROM retention_rules WHERE position = 0") }
    try queue.close()
    let (again, report) = try StateDatabase.open(folder("s"))
    defer { again.close() }
    #expect(report.rowsLost == 1)
    #expect(try again.retentionRules() == Array(rules.dropFirst()))
  }

  @Test("a database of a newer version is refused, not moved aside")
  func newerVersion() throws {
    let folder = try TemporaryFolder()
    try StateDatabase.open(folder("s")).state.close()
    let queue = try DatabaseQueue(path: folder("s"))
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { _ in }
    migrator.registerMigration("2") { _ in }
    try migrator.migrate(queue)
    try queue.close()
    let error = #expect(throws: StoreError.self) { _ = try StateDatabase.open(folder("s")) }
    #expect(error == .newerFormat(path: folder("s"), found: 2, supported: 1))
    #expect(try !folder.names().contains { $0.contains("damaged") })
  }

  @Test("flipped bytes never give another answer unsaid", arguments: propertySeeds(3))
  func flippedBytes(seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let (state, _) = try StateDatabase.open(folder("s"))
    try fill(state)
    state.close()
    let whole = try folder.bytes("s")
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<60 {
      var bytes = whole
      let offset = Int.random(in: 0..<whole.count, using: &generator)
      bytes[offset] ^= UInt8.random(in: 1...255, using: &generator)
      try folder.write(bytes, to: "s")
      let outcome = Result { try StateDatabase.open(folder("s")) }
      guard case .success(let (again, report)) = outcome else { continue }
      defer { again.close() }
      if report.movedAside != nil {
        #expect(Set(rules).isSuperset(of: try again.retentionRules()), "byte \(offset)")
        continue
      }
      #expect(try again.retentionRules() == rules, "byte \(offset)")
    }
  }
}
