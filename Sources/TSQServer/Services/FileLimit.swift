internal import Glibc

/// How many files and sockets this process may have open.
enum FileLimit {
  /// Raises the soft limit to the hard one, as servers do: the soft one is for `select`.
  ///
  /// - Returns: the limit in force, or `nil` where the system does not say.
  @discardableResult
  static func raise() -> UInt64? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return nil
    }
    let hard = limit.rlim_max
    if limit.rlim_cur < hard {
      limit.rlim_cur = hard
      guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
        return nil
      }
    }
    return UInt64(hard)
  }
}
