public import TSQCore

/// Every series key seen, by its bytes as sent, with a dense id for each.
///
/// A *group* is measurement and tags as they stood in a line; its *fields* are the names seen with
/// it. A group and a numeric field together are one key, `0..<keyCount`. The ingest layer resolves
/// each new key to its series once and keeps a plain array from key id to series.
/// Two keys can mean the same series (tags in another order, other escapes); their `labels` are equal.
///
/// Each group remembers which group followed it, and each field which field: senders repeat
/// themselves, so the next line's key is usually confirmed by one comparison, without a hash.
///
/// Bounded: when it is full the parser stops with `.keyTableFull`, and the caller takes the batch
/// and calls `removeAll()`.
public struct SeriesKeyTable: Sendable {
  /// No group, field or key.
  static let none = UInt32.max

  struct Group {
    let hash: UInt64
    let keyStart: Int
    let keyLength: Int
    /// The field that stood first in the group's last line.
    var firstField: UInt32
    /// The group of the line that followed.
    var nextGroup: UInt32
  }

  struct Field {
    let group: UInt32
    /// The key's id, or `none` as long as only strings were seen here.
    var key: UInt32
    /// The name in `text`, without the `=` that is stored behind it.
    let nameStart: Int
    let nameLength: Int
    /// The field that followed in the group's last line.
    var next: UInt32
  }

  /// The most keys and fields.
  public let keyCapacity: Int
  /// The most bytes of raw keys and names.
  public let byteCapacity: Int

  var groups: [Group] = []
  var fields: [Field] = []
  /// Raw keys, each with the space behind it, and field names, each with the `=` behind it.
  var text: [UInt8] = []
  /// The field of each key.
  var keyFields: [UInt32] = []
  var groupSlots: KeySlots
  var fieldSlots: KeySlots
  /// Names are stored once, however many groups use them: the field each was first seen with.
  var nameSlots: KeySlots
  let hasher = KeyHash()

  /// How often the table was emptied; key ids of an earlier generation mean nothing.
  public private(set) var generation = 0
  /// The keys below this one have been taken by `markKeysResolved()`.
  private var resolvedKeys = 0

  /// An empty table.
  ///
  /// - Parameters:
  ///   - keyCapacity: the most keys; at least a line's field limit.
  ///   - byteCapacity: the most bytes of raw keys; at least twice a line's length limit.
  public init(keyCapacity: Int = 4_000_000, byteCapacity: Int = 512 << 20) {
    precondition(keyCapacity > 0 && keyCapacity < 1 << 31, "key ids have 32 bits")
    self.keyCapacity = keyCapacity
    self.byteCapacity = byteCapacity
    self.groupSlots = KeySlots()
    self.fieldSlots = KeySlots()
    self.nameSlots = KeySlots()
  }

  /// How many key ids were handed out: they are `0..<keyCount`.
  public var keyCount: Int { keyFields.count }

  /// The keys that came since `markKeysResolved()` was last called.
  public var newKeys: Range<UInt32> { UInt32(resolvedKeys)..<UInt32(keyFields.count) }

  /// Notes that the caller has resolved every key there is.
  public mutating func markKeysResolved() { resolvedKeys = keyFields.count }

  /// Forgets every key and raises `generation`; ids start at 0 again.
  public mutating func removeAll() {
    groups.removeAll()
    fields.removeAll()
    text.removeAll()
    keyFields.removeAll()
    groupSlots = KeySlots()
    fieldSlots = KeySlots()
    nameSlots = KeySlots()
    resolvedKeys = 0
    generation += 1
  }

  /// The series a key means.
  ///
  /// - Precondition: `key < keyCount`.
  /// - Complexity: O(length of the key); builds the texts anew, so call it once per new key.
  public func labels(of key: UInt32) -> Labels {
    let field = fields[Int(keyFields[Int(key)])]
    let group = groups[Int(field.group)]
    let bytes = unsafe text.span.bytes
    let keyEnd = group.keyStart + group.keyLength
    if group.keyLength > 1, bytes.octet(group.keyStart) == Octet.newline {
      guard let labels = wholeLabels(group.keyStart..<keyEnd) else {
        preconditionFailure("keys are checked before they are kept")
      }
      return labels
    }
    var offset = NameText.measurementEnd(bytes, from: group.keyStart, to: keyEnd)
    var metric = NameText.text(bytes, from: group.keyStart, to: offset)
    let name = NameText.text(bytes, from: field.nameStart, to: field.nameStart + field.nameLength)
    if name != SeriesKeyTable.bareField { metric += "_" + name }
    var tags: [(String, String)] = []
    while offset < keyEnd {
      let nameEnd = NameText.end(bytes, from: offset + 1, to: keyEnd)
      let valueEnd = NameText.end(bytes, from: nameEnd + 1, to: keyEnd)
      tags.append(
        (
          NameText.text(bytes, from: offset + 1, to: nameEnd),
          NameText.text(bytes, from: nameEnd + 1, to: valueEnd)
        ))
      offset = valueEnd
    }
    guard let labels = Labels(metric: metric, tags) else {
      preconditionFailure("keys are checked for duplicate and empty names before they are kept")
    }
    return labels
  }

  /// The field whose series bears the bare measurement as its name.
  public static let bareField = "value"

  /// An estimate of the memory it takes.
  public var byteCount: Int {
    text.capacity + groups.capacity * MemoryLayout<Group>.stride
      + fields.capacity * MemoryLayout<Field>.stride + keyFields.capacity * 4
      + groupSlots.byteCount + fieldSlots.byteCount + nameSlots.byteCount
  }
}
