internal import TSQClient
internal import TSQServer
internal import TSQStorage

/// What to do about errors that come from below, where nobody knows of commands.
enum Hints {
  /// A hint for an error, where there is one.
  static func hint(for error: any Error) -> String? {
    switch error {
    case StoreError.locked:
      "one process writes to a store: end that one, or let it do the work with --server"
    case StoreError.diskFull: "make room on the disk; nothing that was acknowledged is lost"
    case StoreError.poisoned: "mend the disk, then start again: what was acknowledged is in the log"
    case is ListenError: "another program has the address; port 0 picks a free one"
    case let error as ServerClientError where error.hint != nil: error.hint
    case ServerClientError.unreachable: "is `tsq serve` running there? Its first lines say where"
    case ServerClientError.refused(401, _, _), ServerClientError.refused(403, _, _):
      "--token-file names a file with a token the server knows"
    default: nil
    }
  }
}
