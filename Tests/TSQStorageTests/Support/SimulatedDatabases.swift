import Foundation
import Synchronization
import TSQTestSupport
import Testing

@testable import TSQStorage

/// The SQLite files of stores on a simulated disk.
///
/// SQLite opens files by itself, so they lie in a folder of the machine; what a crash may hand back of
/// them is put together from versions recorded before.
final class SimulatedDatabases: Sendable {
  /// What a crash left of the databases of a store.
  enum Condition: Sendable {
    /// As SQLite wrote them last.
    case current
    /// As they were at some earlier moment: a cache need not be synced.
    case older
    /// Any sectors of two moments, or cut, or partly gone.
    case torn
    /// Gone.
    case missing
  }

  let condition: Condition
  private let root: String
  private let versions: Mutex<[[String: Data]]>

  /// No databases yet.
  convenience init() { self.init(files: [:], condition: .current) }

  /// Where nothing can be written SQLite finds nothing, and the stores say so.
  private init(files: [String: Data], condition: Condition) {
    // Memory where the machine has a folder of it: SQLite syncs for real, and nothing here needs it.
    let memory = "/dev/shm"
    let base =
      FileManager.default.isWritableFile(atPath: memory)
      ? memory : FileManager.default.temporaryDirectory.path
    root = base + "/tsq-simulated-\(UUID().uuidString)"
    self.condition = condition
    versions = Mutex([files])
    try? FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    for (name, data) in files { try? data.write(to: URL(fileURLWithPath: path(name))) }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// Where SQLite finds the file of a simulated path; its folder is made.
  func path(_ path: String) -> String {
    let folder = root + POSIXFileSystem.parent(of: path)
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return root + path
  }

  /// Remembers the files as they are now: a crash may hand them back.
  func record() { versions.withLock { $0.append(files) } }

  /// The files there are, by their simulated path; SQLite makes its index of the log anew.
  private var files: [String: Data] {
    var files: [String: Data] = [:]
    for name in FileManager.default.enumerator(atPath: root) ?? NSEnumerator() {
      guard let name = name as? String, name.hasSuffix(".sqlite") || name.hasSuffix("-wal") else {
        continue
      }
      files["/" + name] = FileManager.default.contents(atPath: root + "/" + name)
    }
    return files
  }

  /// The databases that a restarted machine finds: of `/store` any version, of backups, which were
  /// synced, what was written.
  func afterCrash(seed: UInt64) -> SimulatedDatabases {
    var random = SeededGenerator(seed: seed ^ 0x73_71_6c)
    let current = files
    let older = versions.withLock { $0.randomElement(using: &random) } ?? [:]
    let kinds: [Condition] = [.current, .older, .torn, .torn, .missing]
    // Nothing unsynced survives: an older cache. All of it: the last one.
    let condition: Condition =
      switch seed {
      case 0: .older
      case 1: .current
      default: kinds.randomElement(using: &random) ?? .current
      }
    let ours = current.filter { $0.key.hasPrefix("/store/") }
    let backups = current.filter { !$0.key.hasPrefix("/store/") }
    let earlier = older.filter { $0.key.hasPrefix("/store/") }
    let found: [String: Data] =
      switch condition {
      case .current: ours
      case .older: earlier
      case .torn: TornFile.versions(ours, earlier, &random)
      case .missing: [:]
      }
    let files = found.merging(backups) { $1 }
    return SimulatedDatabases(files: files, condition: condition)
  }
}

extension Store {
  /// What is wrong with the catalog: it must say what the footers say, whatever the crash did.
  func expectCatalogAgrees(_ place: String) throws {
    let catalog = catalog.withLock { $0 }
    let readers = core.view.withLock { $0.segments.map(\.reader) }
    try CatalogFixtures.expect(catalog, toAgreeWith: readers, "catalog: \(place)")
  }
}
