import GRDB
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

/// What a store remembers between runs comes back as it was, or is said to be lost.
@Suite struct StateDatabaseTests {
  private let range = TimeRange(
    start: Timestamp(nanoseconds: -5), end: Timestamp(nanoseconds: .max))

  private func tombstone(_ metric: String) throws -> Tombstone {
    Tombstone(
      matchers: [.metric(metric), try LabelMatcher(name: "h\u{0}", kind: .regex, value: "a|\"b")],
      range: range)
  }

  private func alert(_ rule: String, value: Double?) throws -> StoredAlertState {
    StoredAlertState(
      rule: rule, labels: try SegmentFixtures.labels("m", [("h", "\u{0}é")]), state: .firing,
      since: Timestamp(nanoseconds: 1), evaluatedAt: Timestamp(nanoseconds: 2),
      notifiedAt: value == nil ? nil : Timestamp(nanoseconds: 3), value: value, detail: "{\u{0}}")
  }

  private func fill(_ state: StateDatabase) throws {
    try state.add(try tombstone("a"), sequence: 9)
    try state.add(try tombstone("b"), sequence: .max)
    try state.put([try alert("r1", value: 0.5), try alert("r2", value: nil)])
    try state.put(Silence(id: "s", matchers: [.metric("m")], range: range, comment: "why"))
    try state.addReportRun(content: "{}", at: Timestamp(nanoseconds: 7))
    try state.setRetentionRules([
      RetentionRule(metricPattern: "*", keepSeconds: 2_592_000),
      RetentionRule(metricPattern: "cpu*", resolutionSeconds: 3_600, keepSeconds: 0),
    ])
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
    #expect(try again.tombstones().map(\.sequence) == [9, .max])
    #expect(
      try again.tombstones().map(\.tombstone) == [try tombstone("a"), try tombstone("b")])
    #expect(
      try again.alertStates() == [try alert("r1", value: 0.5), try alert("r2", value: nil)])
    #expect(try again.silences().map(\.comment) == ["why"])
    #expect(try again.silences().map(\.range) == [range])
    #expect(try again.reportRuns(limit: 5).map(\.content) == ["{}"])
    #expect(try again.retentionRules().map(\.metricPattern) == ["*", "cpu*"])
    #expect(try again.retentionRules().map(\.keepSeconds) == [2_592_000, 0])
  }

  @Test("a deletion is stored once, and removed by its number")
  func tombstones() throws {
    let state = try StateDatabase.inMemory()
    let id = try state.add(try tombstone("a"), sequence: 9)
    #expect(try state.add(try tombstone("a"), sequence: 9) == id)
    try state.add(try tombstone("b"), sequence: 4)
    #expect(try state.tombstones().map(\.sequence) == [4, 9])
    try state.removeTombstones(ids: [id, 1_000])
    #expect(try state.tombstones().map(\.sequence) == [4])
    try state.verify()
  }

  @Test("alert states replace each other by rule and labels; NaN bits are kept")
  func alertStates() throws {
    let state = try StateDatabase.inMemory()
    try state.put([try alert("r", value: 1), try alert("q", value: 1)])
    let odd = Double(bitPattern: 0xFFF8_0000_0000_1234)
    try state.put([try alert("r", value: odd)])
    let states = try state.alertStates()
    #expect(states.map(\.rule) == ["q", "r"])
    #expect(states.last?.value?.bitPattern == odd.bitPattern)
    try state.removeAlertStates { $0.rule == "q" }
    #expect(try state.alertStates().map(\.rule) == ["r"])
    try state.verify()
  }

  @Test("silences are replaced and removed; old report runs are trimmed")
  func silencesAndReports() throws {
    let state = try StateDatabase.inMemory()
    try state.put(Silence(id: "s", matchers: [.metric("m")], range: range, comment: "one"))
    try state.put(Silence(id: "s", matchers: [.metric("m")], range: range, comment: "two"))
    #expect(try state.silences().map(\.comment) == ["two"])
    #expect(try state.removeSilence(id: "s"))
    #expect(try !state.removeSilence(id: "s"))
    for number in 1...5 {
      try state.addReportRun(content: "\(number)", at: Timestamp(nanoseconds: Int64(number)))
    }
    try state.trimReportRuns(keeping: 2)
    #expect(try state.reportRuns(limit: 9).map(\.content) == ["5", "4"])
    try state.verify()
  }

  @Test("reading leaves the folder as it is, with a writer or without")
  func readOnly() throws {
    let folder = try TemporaryFolder()
    #expect(try StateDatabase.openReadOnly(folder("s")).tombstones().isEmpty)
    #expect(try folder.names().isEmpty)
    let (state, _) = try StateDatabase.open(folder("s"))
    try fill(state)
    func expectUnchanged() throws {
      let before = try folder.names().map { ($0, try folder.bytes($0)) }
      let reader = try StateDatabase.openReadOnly(folder("s"))
      #expect(try reader.tombstones().count == 2)
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
    #expect(try copied.tombstones() == state.tombstones())
    #expect(try copied.alertStates() == state.alertStates())
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
    #expect(try again.tombstones().count == 2)
  }

  @Test("a damaged row is lost and counted; the others are taken over")
  func salvage() throws {
    let folder = try TemporaryFolder()
    let (state, _) = try StateDatabase.open(folder("s"))
    try fill(state)
    state.close()
    var bytes = try folder.bytes("s")
    // Part of the comment of the silence: a place SQLite itself does not look at.
    let place = try #require(bytes.firstRange(of: Array("why".utf8))).lowerBound
    bytes[place] = UInt8(ascii: "W")
    try folder.write(bytes, to: "s")
    let (again, report) = try StateDatabase.open(folder("s"))
    defer { again.close() }
    #expect(report.movedAside == folder("s.damaged-1"))
    #expect(try folder.bytes("s.damaged-1").firstRange(of: Array("Why".utf8)) != nil)
    #expect(report.rowsKept == 7 && report.rowsLost == 1)
    #expect(try again.silences().isEmpty)
    #expect(try again.tombstones().count == 2)
    #expect(try again.alertStates().count == 2)
    try again.verify()
  }

  @Test("a row that vanished is noticed")
  func lostRow() throws {
    let folder = try TemporaryFolder()
    let (state, _) = try StateDatabase.open(folder("s"))
    try fill(state)
    state.close()
    let queue = try DatabaseQueue(path: folder("s"))
    try queue.write { db in try db.execute(sql: "DELETE FROM tombstones WHERE sequence = 9") }
    try queue.close()
    let (again, report) = try StateDatabase.open(folder("s"))
    defer { again.close() }
    #expect(report.rowsLost == 1)
    #expect(try again.tombstones().count == 1)
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
    let truth = (try state.tombstones(), try state.alertStates(), try state.silences())
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
        #expect(Set(truth.0).isSuperset(of: try again.tombstones()), "byte \(offset)")
        continue
      }
      #expect(try again.tombstones() == truth.0, "byte \(offset)")
      #expect(try again.alertStates() == truth.1, "byte \(offset)")
      #expect(try again.silences() == truth.2, "byte \(offset)")
    }
  }
}
