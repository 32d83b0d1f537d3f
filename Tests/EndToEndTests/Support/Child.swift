import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A child process, started and waited for with the system's own calls.
///
/// Foundation's `Process` waits on a run loop, which the tests' worker threads do not have.
final class Child {
  let processID: pid_t
  private var status: Int32?

  /// Starts a program with its three streams on files.
  init(
    _ path: String, _ arguments: [String], environment: [String: String], input: String,
    output: Int32, errors: String
  ) throws {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
    unsafe posix_spawn_file_actions_addopen(
      &actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    var variables = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
    defer {
      for index in unsafe words.indices { unsafe free(words[index]) }
      for index in unsafe variables.indices { unsafe free(variables[index]) }
    }
    var process: pid_t = 0
    let code = unsafe posix_spawn(&process, path, &actions, nil, &words, &variables)
    guard code == 0 else { throw Connection.Failure(description: "spawn \(path): errno \(code)") }
    processID = process
  }

  /// Waits for the end.
  ///
  /// - Returns: the exit code, or minus the signal that ended it.
  @discardableResult
  func wait() -> Int32 {
    if let status { return status }
    var raw: Int32 = 0
    while unsafe waitpid(processID, &raw, 0) < 0, errno == EINTR {}
    let signal = raw & 0x7f
    let code = signal == 0 ? (raw >> 8) & 0xff : -signal
    status = code
    return code
  }

  /// Whether it still runs.
  var isRunning: Bool {
    guard status == nil else { return false }
    var raw: Int32 = 0
    guard unsafe waitpid(processID, &raw, WNOHANG) == processID else { return true }
    status = raw & 0x7f == 0 ? (raw >> 8) & 0xff : -(raw & 0x7f)
    return false
  }

  /// Sends a signal.
  func signal(_ number: Int32) {
    if isRunning { _ = kill(processID, number) }
  }
}
