internal import Glibc

/// One line of `/proc/self/mounts`.
public struct Mount: Hashable, Sendable {
  /// What is mounted.
  public let device: String
  /// Where.
  public let path: String
  /// The kind of file system.
  public let type: String

  /// The mounts worth measuring, the first of each path and device.
  ///
  /// Pseudo file systems are left out as node_exporter does; an overlay is kept only as the root,
  /// where it is all the disk a container sees.
  public static func interesting(_ text: String) -> [Mount] {
    var seen: Set<String> = []
    return ProcText.lines(text).compactMap { line in
      let words = ProcText.words(line)
      guard words.count >= 3 else { return nil }
      let mount = Mount(
        device: unescape(words[0]), path: unescape(words[1]), type: String(words[2]))
      return mount.isInteresting && seen.insert(mount.path).inserted ? mount : nil
    }
  }

  private var isInteresting: Bool {
    if type == "overlay" { return path == "/" }
    guard !Mount.pseudoTypes.contains(type) else { return false }
    return !Mount.ignoredFolders.contains { path == $0 || path.hasPrefix($0 + "/") }
  }

  private static let pseudoTypes: Set<String> = [
    "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts",
    "devtmpfs", "fusectl", "hugetlbfs", "iso9660", "mqueue", "nsfs", "proc", "procfs", "pstore",
    "rpc_pipefs", "securityfs", "selinuxfs", "squashfs", "sysfs", "tracefs",
  ]
  private static let ignoredFolders = [
    "/dev", "/proc", "/sys", "/run/credentials", "/var/lib/docker", "/var/lib/containers/storage",
  ]

  /// Undoes the kernel's octal escapes: `\040` is a space.
  private static func unescape(_ word: Substring) -> String {
    var bytes: [UInt8] = []
    let source = Array(word.utf8)
    var index = 0
    while index < source.count {
      if source[index] == UInt8(ascii: "\\"), index + 3 < source.count,
        let code = UInt8(String(decoding: source[index + 1...index + 3], as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        index += 4
      } else {
        bytes.append(source[index])
        index += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// How full one file system is, as `statvfs` says.
public struct FileSystemUsage: Hashable, Sendable {
  /// Bytes in all.
  public let sizeBytes: Double
  /// Bytes free, those reserved for root among them.
  public let freeBytes: Double
  /// Bytes that programs may still take.
  public let availableBytes: Double
  /// Inodes in all; 0 where the file system has no fixed number.
  public let files: Double
  /// Inodes free.
  public let filesFree: Double

  /// The figures as given.
  public init(
    sizeBytes: Double, freeBytes: Double, availableBytes: Double, files: Double, filesFree: Double
  ) {
    self.sizeBytes = sizeBytes
    self.freeBytes = freeBytes
    self.availableBytes = availableBytes
    self.files = files
    self.filesFree = filesFree
  }

  /// Asks the system; `nil` where it does not answer, such as for a mount that is gone.
  public init?(path: String) {
    var figures = statvfs()
    guard unsafe statvfs(path, &figures) == 0, figures.f_blocks > 0 else { return nil }
    let unit = Double(figures.f_frsize)
    self.init(
      sizeBytes: Double(figures.f_blocks) * unit, freeBytes: Double(figures.f_bfree) * unit,
      availableBytes: Double(figures.f_bavail) * unit, files: Double(figures.f_files),
      filesFree: Double(figures.f_ffree))
  }

  /// The share in use as `df` computes it: the reserve for root counts as neither used nor free.
  public var usage: Double? {
    let used = sizeBytes - freeBytes
    guard used + availableBytes > 0 else { return nil }
    return min(1, max(0, used / (used + availableBytes)))
  }

  /// Adds the figures of one mount, and `disk_usage` (0...1).
  public func add(to metrics: inout HostMetrics, mount: Mount) {
    let labels = [("device", mount.device), ("fstype", mount.type), ("mountpoint", mount.path)]
    metrics.add("node_filesystem_size_bytes", labels, sizeBytes)
    metrics.add("node_filesystem_free_bytes", labels, freeBytes)
    metrics.add("node_filesystem_avail_bytes", labels, availableBytes)
    metrics.add("node_filesystem_files", labels, files)
    metrics.add("node_filesystem_files_free", labels, filesFree)
    if let usage { metrics.add("disk_usage", [("mountpoint", mount.path)], usage) }
  }
}
