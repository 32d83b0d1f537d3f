internal import TSQStorage

/// Opens stores for commands, and says what opening them found.
enum StoreOpening {
  /// A store to read from.
  ///
  /// Damage is told and does not stop the command: answers come from what can be read.
  static func readOnly(_ directory: String) throws -> Store {
    let store = try Store.openReadOnly(directory)
    tell(store.recovery)
    return store
  }

  /// What a store that is opened to write says, as notes and warnings.
  static let log: @Sendable (StoreMessageLevel, String) -> Void = { level, text in
    switch level {
    case .note: Diagnostic.note(text)
    case .warning, .error: Diagnostic.warn(text)
    }
  }

  /// Warns of what could not be read, and notes an unfinished end of the log.
  static func tell(_ recovery: RecoveryReport) {
    for damage in recovery.damage { Diagnostic.warn("\(damage)") }
    if recovery.tornBytes > 0 {
      Diagnostic.note(
        "the last \(recovery.tornBytes) bytes of the log are no whole entry and are passed over: "
          + "a write that a crash interrupted, or damage")
    }
  }
}
