internal import Foundation
internal import SwiftProtobuf
internal import TSQCore

/// A series' label messages of remote write 1.0 as a key: no text is made of those that are known.
enum RemoteLabels {
  /// The letter of keys that are label messages, each with its length, 32 bits, before it.
  static let form = UInt8(ascii: "R")

  /// Puts messages into a key.
  static func write(_ messages: [Data], into raw: inout [UInt8]) {
    raw.removeAll(keepingCapacity: true)
    raw.append(Octet.newline)
    raw.append(form)
    for message in messages {
      let length = UInt32(truncatingIfNeeded: message.count)
      for place in 0..<4 { raw.append(UInt8(truncatingIfNeeded: length >> UInt32(8 * place))) }
      raw.append(contentsOf: message)
    }
  }

  /// Reads messages into a key whose rules can be checked.
  static func read(_ messages: [Data], into key: inout LabelKey) throws(RejectReason) {
    key.removeAll()
    for message in messages {
      let label: RemoteWrite1Label
      do {
        label = try RemoteWrite1Label(serializedBytes: message)
      } catch {
        throw .malformedMessage
      }
      key.open()
      key.add(label.name)
      key.close()
      key.open()
      key.add(label.value)
      key.close()
    }
  }

  /// The labels of a key of this form.
  static func labels(_ bytes: RawSpan, _ range: Range<Int>) -> Labels? {
    var messages: [Data] = []
    var offset = range.lowerBound
    while offset + 4 <= range.upperBound {
      var length = 0
      for place in 0..<4 { length |= Int(bytes.octet(offset + place)) << (8 * place) }
      guard offset + 4 + length <= range.upperBound else { return nil }
      messages.append(Data(bytes.copy(from: offset + 4, to: offset + 4 + length)))
      offset += 4 + length
    }
    var key = LabelKey()
    guard offset == range.upperBound, (try? read(messages, into: &key)) != nil else { return nil }
    return LabelKey.labels(unsafe key.bytes.span.bytes, 2..<key.bytes.count)
  }
}
