import Foundation

/// A file system of its own in a file, mounted through a loop device: small enough to fill, and its
/// image can be copied as a disk is found after a power cut.
final class SmallFileSystem {
  /// Whether this machine lets the tests make and mount one.
  static let isPermitted = (try? SmallFileSystem(megabytes: 16)) != nil

  private let folder: TemporaryFolder
  /// The file that is the disk.
  let image: String
  private let mountPoint: String

  /// Makes an ext4 file system and mounts it.
  init(megabytes: Int) throws {
    folder = try TemporaryFolder()
    image = folder.path("image")
    mountPoint = folder.path("disk")
    try Self.shell("truncate -s \(megabytes)M '\(image)' && mkfs.ext4 -q -F -m 0 '\(image)'")
    try mount()
  }

  /// Mounts a copy of an image, as a restarted machine does: the journal is replayed.
  init(copyOf original: String) throws {
    folder = try TemporaryFolder()
    image = folder.path("image")
    mountPoint = folder.path("disk")
    try Self.shell("cp --sparse=always '\(original)' '\(image)'")
    try mount()
  }

  private func mount() throws {
    try Self.shell("mkdir '\(mountPoint)' && mount -o loop '\(image)' '\(mountPoint)'")
  }

  /// The path of a file on it.
  func path(_ name: String) -> String { mountPoint + "/" + name }

  /// Bytes free for everybody.
  var freeBytes: Int64 {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: mountPoint)
    return (attributes?[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
  }

  /// Takes all but so many bytes away.
  func fill(leaving bytes: Int64) throws {
    let size = freeBytes - bytes
    guard size > 0 else { return }
    try Self.shell("fallocate -l \(size) \"$(mktemp '\(path("filler-XXXXXX"))')\"")
  }

  /// Gives them back.
  func empty() throws { try Self.shell("rm '\(mountPoint)'/filler-*") }

  /// Writes a file and does not sync it.
  func writeUnsynced(_ name: String, _ bytes: [UInt8]) throws {
    let file = unsafe open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    defer { close(file) }
    let count = unsafe bytes.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
    guard count == bytes.count else {
      throw Connection.Failure(description: "write \(name): errno \(errno)")
    }
  }

  deinit { try? Self.shell("umount '\(mountPoint)' || umount -l '\(mountPoint)'") }

  private static func shell(_ command: String) throws {
    let path = "/bin/sh"
    let null = unsafe open("/dev/null", O_WRONLY)
    defer { close(null) }
    let child = try Child(
      path, ["-c", command],
      environment: ["PATH": "/usr/sbin:/sbin:/usr/bin:/bin"], input: "/dev/null", output: null,
      errors: "/dev/null")
    let code = child.wait()
    guard code == 0 else {
      throw Connection.Failure(description: "`\(command)` ended with \(code)")
    }
  }
}
