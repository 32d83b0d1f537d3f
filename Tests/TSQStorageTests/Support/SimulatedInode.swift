import TSQTestSupport

/// A simulated file's bytes: what is durable, and every change since the last sync.
struct SimulatedInode: Sendable {
  /// The unit a disk writes whole or not at all.
  static let sectorByteCount = 512

  /// One change that is not durable yet.
  enum Change: Sendable {
    case write(offset: Int, bytes: [UInt8])
    case cut(size: Int)
  }

  /// What the last sync made safe.
  private(set) var durable: [UInt8] = []
  /// What readers see now.
  private(set) var current: [UInt8] = []
  private var changes: [(change: Change, isLost: Bool)] = []

  init() {}

  /// A file whose every byte is durable.
  init(durable bytes: [UInt8]) {
    durable = bytes
    current = bytes
  }

  mutating func append(_ bytes: [UInt8]) { apply(.write(offset: current.count, bytes: bytes)) }

  mutating func cut(to size: Int) { apply(.cut(size: size)) }

  private mutating func apply(_ change: Change) {
    changes.append((change, false))
    Self.apply(change, to: &current)
  }

  mutating func sync() {
    // Bytes that a failed sync lost stay lost: the kernel has forgotten that they were to be
    // written.
    for (change, isLost) in changes where !isLost { Self.apply(change, to: &durable) }
    changes.removeAll()
  }

  /// A sync that fails: nothing becomes durable, and a later success does not mend it.
  mutating func failSync() {
    for index in changes.indices { changes[index].isLost = true }
  }

  private static func apply(_ change: Change, to bytes: inout [UInt8]) {
    switch change {
    case .write(let offset, let written):
      if bytes.count < offset + written.count {
        bytes.append(contentsOf: repeatElement(0, count: offset + written.count - bytes.count))
      }
      bytes.replaceSubrange(offset..<offset + written.count, with: written)
    case .cut(let size):
      if size < bytes.count { bytes.removeLast(bytes.count - size) }
    }
  }

  /// The bytes found after a crash: each sector as it was after any of the changes, or none.
  func afterCrash(_ survival: SimulatedSurvival, _ generator: inout SeededGenerator) -> [UInt8] {
    if changes.isEmpty { return durable }
    switch survival {
    case .nothing: return durable
    case .everything: return current
    case .anySubset: break
    }
    var versions = [durable]
    for (change, _) in changes {
      var next = versions[versions.count - 1]
      Self.apply(change, to: &next)
      versions.append(next)
    }
    let size = (versions.randomElement(using: &generator) ?? durable).count
    var bytes: [UInt8] = []
    while bytes.count < size {
      let sector = bytes.count..<min(size, bytes.count + Self.sectorByteCount)
      let version = versions.randomElement(using: &generator) ?? durable
      let known = version.count > sector.lowerBound
      bytes += known ? version[sector.lowerBound..<min(sector.upperBound, version.count)] : []
      bytes += repeatElement(0, count: sector.upperBound - bytes.count)
    }
    return bytes
  }

  /// Changes a durable byte, as a bad disk does.
  mutating func flip(_ offset: Int, mask: UInt8) {
    current[offset] ^= mask
    if offset < durable.count { durable[offset] ^= mask }
  }
}

/// What a crash leaves of everything that was not synced.
enum SimulatedSurvival: Sendable, CaseIterable {
  /// The disk's cache is lost whole.
  case nothing
  /// All was on its way already.
  case everything
  /// Any sector and any name may or may not have made it, by the seed.
  case anySubset
}
