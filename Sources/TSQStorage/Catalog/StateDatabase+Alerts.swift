internal import Foundation
internal import GRDB
public import TSQCore

extension StateDatabase {
  // MARK: - Alert states

  /// Stores the states of alerts, each replacing the one of the same rule and labels.
  public func put(_ states: [StoredAlertState]) throws(StoreError) {
    try database.write { db, totals in
      for state in states {
        let row: [DatabaseValue] = [
          StateText.blob(state.rule), try StateText.encode(labels: state.labels),
          state.state.rawValue.databaseValue, state.since.nanoseconds.databaseValue,
          state.evaluatedAt.nanoseconds.databaseValue,
          state.notifiedAt?.nanoseconds.databaseValue ?? .null,
          // SQLite knows no NaN: the bits are stored.
          state.value.map { Int64(bitPattern: $0.bitPattern) }?.databaseValue ?? .null,
          StateText.blob(state.detail),
        ]
        try StateSchema.alerts.put(row, key: ["rule", "labels"], db, &totals)
      }
    }
  }

  /// All alert states, by rule, then labels.
  public func alertStates() throws(StoreError) -> [StoredAlertState] {
    try database.read { db in
      var states: [StoredAlertState] = []
      try StateSchema.alerts.forEach(db, where: "1 ORDER BY rule, labels") { row in
        let state = String.fromDatabaseValue(row[2]).flatMap(AlertState.init(rawValue:))
        guard let state, let since = Int64.fromDatabaseValue(row[3]),
          let evaluated = Int64.fromDatabaseValue(row[4])
        else { throw DamagedTable(table: "alert_states", reason: "a row makes no sense") }
        states.append(
          StoredAlertState(
            rule: StateText.text(row[0]), labels: try StateText.labels(row[1]), state: state,
            since: Timestamp(nanoseconds: since), evaluatedAt: Timestamp(nanoseconds: evaluated),
            notifiedAt: Int64.fromDatabaseValue(row[5]).map(Timestamp.init(nanoseconds:)),
            value: Int64.fromDatabaseValue(row[6]).map {
              Double(bitPattern: UInt64(bitPattern: $0))
            },
            detail: StateText.text(row[7])))
      }
      return states
    }
  }

  /// Forgets the states of alerts that are no more: of rules removed, or series gone.
  public func removeAlertStates(
    where isGone: (StoredAlertState) -> Bool
  ) throws(StoreError) {
    let gone = try alertStates().filter(isGone)
    try database.write { db, totals in
      for state in gone {
        try StateSchema.alerts.delete(
          where: "rule = ? AND labels = ?",
          [StateText.blob(state.rule), try StateText.encode(labels: state.labels)], db, &totals)
      }
    }
  }

  // MARK: - Silences

  /// Stores a silence; one of the same id is replaced.
  public func put(_ silence: Silence) throws(StoreError) {
    try database.write { db, totals in
      let row: [DatabaseValue] = [
        StateText.blob(silence.id), try StateText.encode(matchers: silence.matchers),
        silence.range.start.nanoseconds.databaseValue,
        silence.range.end.nanoseconds.databaseValue, StateText.blob(silence.author),
        StateText.blob(silence.comment),
      ]
      try StateSchema.silences.put(row, key: ["id"], db, &totals)
    }
  }

  /// All silences, by id.
  public func silences() throws(StoreError) -> [Silence] {
    try database.read { db in
      var silences: [Silence] = []
      try StateSchema.silences.forEach(db, where: "1 ORDER BY id") { row in
        silences.append(
          Silence(
            id: StateText.text(row[0]), matchers: try StateText.matchers(row[1]),
            range: try StateText.range(row[2], row[3]), author: StateText.text(row[4]),
            comment: StateText.text(row[5])))
      }
      return silences
    }
  }

  /// Removes a silence.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  public func removeSilence(id: String) throws(StoreError) -> Bool {
    try database.write { db, totals in
      try StateSchema.silences.delete(where: "id = ?", [StateText.blob(id)], db, &totals) > 0
    }
  }

  // MARK: - Report runs

  /// Stores a report's account of itself.
  ///
  /// - Parameters:
  ///   - content: JSON; its owner knows the schema.
  ///   - instant: what the report was about.
  /// - Returns: the run's number.
  /// - Throws: `StoreError.database`.
  @discardableResult
  public func addReportRun(content: String, at instant: Timestamp) throws(StoreError) -> Int64 {
    try database.write { db, totals in
      let id = try Self.nextID(db, "report_runs")
      try StateSchema.reports.put(
        [id.databaseValue, instant.nanoseconds.databaseValue, StateText.blob(content)], db,
        &totals)
      return id
    }
  }

  /// The last reports, the newest first.
  public func reportRuns(limit: Int) throws(StoreError) -> [StoredReportRun] {
    try database.read { db in
      var runs: [StoredReportRun] = []
      try StateSchema.reports.forEach(
        db, where: "1 ORDER BY at DESC, id DESC LIMIT ?", [limit.databaseValue]
      ) { row in
        guard let id = Int64.fromDatabaseValue(row[0]), let at = Int64.fromDatabaseValue(row[1])
        else { throw DamagedTable(table: "report_runs", reason: "a row makes no sense") }
        runs.append(
          StoredReportRun(
            id: id, at: Timestamp(nanoseconds: at), content: StateText.text(row[2])))
      }
      return runs
    }
  }

  /// Removes all but the newest reports.
  public func trimReportRuns(keeping count: Int) throws(StoreError) {
    _ = try database.write { db, totals in
      try StateSchema.reports.delete(
        where: "id NOT IN (SELECT id FROM report_runs ORDER BY at DESC, id DESC LIMIT ?)",
        [count.databaseValue], db, &totals)
    }
  }
}
