internal import TSQClient

/// What a sender's spool was found to be, in words for people.
enum SpoolFindings {
  /// Notes that a crash tore the last batch: it was never promised.
  static func tellTorn(_ sender: LineSender) async {
    let count = await sender.tornSpoolBytes
    guard count > 0 else { return }
    Diagnostic.note("the spool ended in \(count) bytes of an unfinished batch; they are dropped")
  }

  /// Warns of damage once.
  ///
  /// - Parameters:
  ///   - sender: whose spool.
  ///   - told: what was warned of already.
  /// - Returns: all damage so far.
  static func tell(
    _ sender: LineSender, except told: [Spool.Damage] = []
  ) async -> [Spool.Damage] {
    let damage = await sender.spoolDamage
    for found in damage where !told.contains(found) {
      Diagnostic.warn(
        "`\(found.path)` is damaged: \(found.byteCount) bytes at \(found.offset) are no whole "
          + "batch and are not sent; they are kept in `\(found.kept)`\n"
          + "hint: it is line protocol; what can be read of it can be mended and pushed")
    }
    return damage
  }
}
