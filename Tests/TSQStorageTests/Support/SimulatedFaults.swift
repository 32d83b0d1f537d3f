import Foundation

@testable import TSQStorage

/// The operations a simulated file system counts, and can make fail.
enum SimulatedOperation: String, Sendable, CaseIterable {
  case createDirectory, create, append, sync, truncate, rename, remove, link, syncDirectory, read
}

/// A failure to come.
struct SimulatedFault: Sendable {
  /// Which operation fails.
  var operation: SimulatedOperation
  /// On which paths: those that contain this text.
  var pathPart: String
  /// So many matching operations succeed before.
  var skip: Int
  /// How often it fails; `Int.max` for ever.
  var times: Int
  /// The error number.
  var code: Int32
  /// Of an append: bytes that are written all the same.
  var writtenByteCount: Int

  init(
    _ operation: SimulatedOperation, on pathPart: String = "", skip: Int = 0, times: Int = 1,
    code: Int32 = EIO, writtenByteCount: Int = 0
  ) {
    self.operation = operation
    self.pathPart = pathPart
    self.skip = skip
    self.times = times
    self.code = code
    self.writtenByteCount = writtenByteCount
  }

  func concerns(_ operation: SimulatedOperation, _ path: String) -> Bool {
    self.operation == operation && (pathPart.isEmpty || path.contains(pathPart))
  }
}

extension SimulatedFileSystem {
  /// The state behind the lock; what every operation goes through.
  struct State: Sendable {
    var inodes: [Int: SimulatedInode] = [:]
    var names: [String: Int] = [:]
    var durableNames: [String: Int] = [:]
    var pendingNames: [SimulatedNameChange] = []
    var directories: Set<String> = ["/"]
    var nextInode = 1
    var operationCount = 0
    var log: [String] = []
    var crashAt: Int?
    var isCrashed = false
    var faults: [SimulatedFault] = []
    var capacity: Int64?
    var locks: [String: String] = [:]

    var usedByteCount: Int64 {
      Set(names.values).reduce(0) { $0 + Int64(inodes[$1]?.current.count ?? 0) }
    }

    /// Counts an operation; throws where the machine is down or a fault is due.
    ///
    /// - Returns: the fault of an append, which may write a part before it fails.
    mutating func begin(
      _ operation: SimulatedOperation, _ path: String
    ) throws(FileError) -> SimulatedFault? {
      if isCrashed { throw Self.crashError(operation, path) }
      if operation != .read {
        operationCount += 1
        log.append("\(operationCount) \(operation.rawValue) \(path)")
        if operationCount == crashAt { isCrashed = true }
      }
      for index in faults.indices
      where faults[index].concerns(operation, path) {
        if faults[index].skip > 0 {
          faults[index].skip -= 1
          continue
        }
        if faults[index].times == 0 { continue }
        faults[index].times -= 1
        if operation == .append || operation == .sync { return faults[index] }
        throw FileError(operation: operation.rawValue, path: path, code: faults[index].code)
      }
      return nil
    }

    /// Throws where the operation just counted is the one that the crash interrupts.
    func finish(_ operation: SimulatedOperation, _ path: String) throws(FileError) {
      if isCrashed { throw Self.crashError(operation, path) }
    }

    static func crashError(_ operation: SimulatedOperation, _ path: String) -> FileError {
      FileError(
        operation: operation.rawValue, path: path, code: EIO, text: "the machine has crashed")
    }
  }
}

/// A change to folders' names that is not durable until the folder is synced.
struct SimulatedNameChange: Sendable {
  /// A name that goes.
  var removed: String?
  /// A name that comes, and its file.
  var added: (path: String, inode: Int)?

  /// Whether a sync of the folder makes the change durable.
  func belongs(to directory: String) -> Bool {
    SimulatedFileSystem.parent(added?.path ?? removed ?? "") == directory
  }

  func apply(to names: inout [String: Int]) {
    if let removed { names[removed] = nil }
    if let added { names[added.path] = added.inode }
  }
}
