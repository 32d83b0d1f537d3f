import Foundation
import TSQTestSupport

/// Versions of a file that a crash may hand back.
enum TornFile {
  /// Some version of a file: any 512 bytes from the old or the new one, or never written; cut at any
  /// length; the old one; or none.
  static func version(
    _ new: Data, _ old: Data?, _ random: inout SeededGenerator
  ) -> Data? {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return nil
    case 1: return old
    case 2: return new.prefix(Int.random(in: 0...new.count, using: &random))
    default: break
    }
    var bytes = [UInt8](new)
    let earlier = [UInt8](old ?? Data())
    for start in stride(from: 0, to: bytes.count, by: 512)
    where Int.random(in: 0..<4, using: &random) == 0 {
      for index in start..<min(start + 512, bytes.count) {
        bytes[index] = index < earlier.count ? earlier[index] : 0
      }
    }
    return Data(bytes)
  }

  /// A version of each of some files, every one torn by itself.
  static func versions(
    _ new: [String: Data], _ old: [String: Data], _ random: inout SeededGenerator
  ) -> [String: Data] {
    var contents: [String: Data] = [:]
    for (name, data) in new.sorted(by: { $0.key < $1.key }) {
      contents[name] = version(data, old[name], &random)
    }
    return contents
  }
}
