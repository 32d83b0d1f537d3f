internal import Foundation

/// The file that says "this folder is a tsq store", and which one.
struct StoreIdentity: Hashable, Sendable {
  static let fileName = "STORE"
  static let magic = Array("TSQSTORE".utf8)
  /// The version of the folder's layout as a whole; each kind of file has its own besides.
  static let version: UInt32 = 1

  let id: StoreID
  /// Length of a time partition, fixed when the store is made.
  ///
  /// That partitions never overlap is what lets each be merged by itself.
  let partitionNanoseconds: Int64

  private struct Text: Codable {
    var storeID: String
    var partitionNanoseconds: Int64
  }

  /// Reads a folder's identity; `nil` where there is none.
  static func read(
    _ fileSystem: any FileSystem, directory: String
  ) throws(StoreError) -> (identity: StoreIdentity, damagedCopies: Int)? {
    let path = directory + "/" + fileName
    guard
      let content = try CheckedFile.read(fileSystem, path, magic: magic, supported: version)
    else { return nil }
    guard let text = try? JSONDecoder().decode(Text.self, from: Data(content.payload)),
      let id = StoreID(hexadecimal: text.storeID), text.partitionNanoseconds > 0
    else {
      throw .damaged(DamageReport(path: path, reason: "its content names no store"))
    }
    let identity = StoreIdentity(id: id, partitionNanoseconds: text.partitionNanoseconds)
    return (identity, content.damagedCopies)
  }

  /// Writes the identity of a folder durably.
  func write(_ fileSystem: any FileSystem, directory: String) throws(StoreError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = Text(
      storeID: id.description, partitionNanoseconds: partitionNanoseconds)
    guard let payload = try? encoder.encode(text) else {
      throw .invalidArgument("the identity of the store cannot be written as JSON")
    }
    try CheckedFile.write(
      fileSystem, directory: directory, name: StoreIdentity.fileName,
      magic: StoreIdentity.magic, version: StoreIdentity.version, payload: Array(payload))
  }
}
