import Foundation
import SwiftProtobuf
import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

/// Damaged requests of remote write: refused or read, never a crash, every sample counted once.
@Suite struct RemoteWriteFuzzTests {
  private static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(UInt64(number << 3 | 2)) + varint(UInt64(bytes.count)) + bytes
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private static func sample(_ random: inout SeededGenerator) -> [UInt8] {
    let bits = random.next()
    let value = (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    return [0x09] + value + [0x10] + varint(UInt64.random(in: 0...1 << 44, using: &random))
  }

  /// A request of version 1 with series, samples and metadata.
  private static func version1(_ random: inout SeededGenerator) -> [UInt8] {
    var body: [UInt8] = []
    for series in 0..<Int.random(in: 0...5, using: &random) {
      var message: [UInt8] = []
      for (name, value) in [("__name__", "m\(series)"), ("host", "h")] {
        message += field(1, field(1, Array(name.utf8)) + field(2, Array(value.utf8)))
      }
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        message += field(2, sample(&random))
      }
      body += field(1, message)
    }
    return body + field(3, [0x08, 1] + field(2, Array("m0".utf8)))
  }

  /// A request of version 2 with its table of symbols.
  private static func version2(_ random: inout SeededGenerator) -> [UInt8] {
    var body: [UInt8] = []
    for symbol in ["", "__name__", "m", "host", "h", "help"] {
      body += field(4, Array(symbol.utf8))
    }
    for _ in 0..<Int.random(in: 0...5, using: &random) {
      var message = field(1, [1, 2, 3, 4])
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        message += field(2, sample(&random))
      }
      body += field(5, message + field(5, [0x08, 2, 0x18, 5]))
    }
    return body
  }

  /// The samples of a request, or `nil` where it is refused as a whole.
  private static func read(
    _ body: [UInt8], _ version: RemoteWriteVersion, capacity: Int
  ) -> (accepted: [String], rejected: [Int])? {
    guard var reader = try? RemoteWriteReader(body, version) else { return nil }
    var keys = SeriesKeyTable()
    var batch = LineBatch(sampleCapacity: capacity)
    var (accepted, rejected) = ([String](), [Int]())
    var stop = RemoteWriteReader.Stop.batchFull
    while stop != .done {
      stop = reader.fill(keys: &keys, into: &batch)
      for line in batch.lines {
        let at = line.samples.lowerBound
        let labels = keys.labels(of: batch.keyIDs[at])
        accepted.append(
          "\(line.number) \(labels) \(batch.times[at]) \(batch.values[at].bitPattern)")
      }
      rejected += batch.rejected.map(\.number)
      batch.removeAll()
    }
    return (accepted, rejected)
  }

  @Test("times that nanoseconds can hold are taken, those beyond are not", arguments: [1, 2])
  func ends(version: Int) throws {
    let milliseconds: [Int64] = [
      -9_223_372_036_855, -9_223_372_036_854, 9_223_372_036_854, 9_223_372_036_855,
    ]
    let samples = milliseconds.flatMap {
      Self.field(2, [0x10] + Self.varint(UInt64(bitPattern: $0)))
    }
    let name = Self.field(1, Array("__name__".utf8)) + Self.field(2, Array("m".utf8))
    let symbols = ["", "__name__", "m"].flatMap { Self.field(4, Array($0.utf8)) }
    let body =
      version == 1
      ? Self.field(1, Self.field(1, name) + samples)
      : symbols + Self.field(5, Self.field(1, [1, 2]) + samples)
    let found = try #require(Self.read(body, version == 1 ? .one : .two, capacity: 8))
    #expect(found.rejected == [1, 4])
    #expect(
      found.accepted == ["2 m -9223372036854000000 0", "3 m 9223372036854000000 0"])
  }

  @Test("any damage, any batch size: the same samples", arguments: [1, 2])
  func fuzz(version: Int) {
    let seconds = environment("TSQ_FUZZ_SECONDS").flatMap(Double.init)
    let start = Date()
    var seed = environment("TSQ_TEST_SEED").flatMap { UInt64($0) } ?? 1
    if seconds != nil, environment("TSQ_TEST_SEED") == nil {
      seed = UInt64(start.timeIntervalSince1970 * 1000)
    }
    let kind = version == 1 ? RemoteWriteVersion.one : .two
    var (rounds, readable) = (0, 0)
    while seconds.map({ Date().timeIntervalSince(start) < $0 }) ?? (rounds < 1_000) {
      var random = SeededGenerator(seed: seed)
      var body = version == 1 ? Self.version1(&random) : Self.version2(&random)
      for _ in 0..<Int.random(in: 0...4, using: &random) where !body.isEmpty {
        let place = Int.random(in: body.indices, using: &random)
        switch Int.random(in: 0...3, using: &random) {
        case 0: body.remove(at: place)
        case 1: body.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 2: body.removeLast(min(body.count, 3))
        default: body[place] = UInt8.random(in: 0...255, using: &random)
        }
      }
      let whole = Self.read(body, kind, capacity: 4_096)
      let small = Self.read(body, kind, capacity: 1)
      #expect(whole?.accepted == small?.accepted, "seed \(seed)")
      #expect(whole?.rejected == small?.rejected, "seed \(seed)")
      if let whole {
        readable += 1
        let numbers = whole.accepted.compactMap { $0.split(separator: " ").first.map { Int($0) } }
        let all = (numbers.compactMap { $0 } + whole.rejected).sorted()
        #expect(all == Array(all.indices).map { $0 + 1 }, "seed \(seed): each counted once")
      }
      seed &+= 1
      rounds += 1
    }
    if seconds != nil { print("remote write \(version): fuzzed \(rounds) up to seed \(seed)") }
    #expect(readable > 0)
    #expect(readable < rounds)
  }
}
