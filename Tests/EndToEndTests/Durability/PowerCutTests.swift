import Foundation
import TSQTestSupport
import Testing

/// The power cord, for real: the disk's image is copied while the server is frozen, without any
/// flush, so that the copy holds what the device was given and nothing that only memory held.
///
/// `scripts/power-cut CUTS` cuts as often as asked.
@Suite(
  .enabled(
    if: SmallFileSystem.isPermitted,
    "SKIP: making and mounting a file system is not permitted on this machine"))
struct PowerCutTests {
  /// What one series was promised when the power went.
  private struct Promise {
    let name: String
    let acknowledged: Range<Int>
    let sent: Int
  }

  /// Cuts of one life: a store that grows makes each check longer than the last.
  private static let cutsOfLife = 4

  @Test("every acknowledged sample is on the disk after a power cut", .timeLimit(.minutes(60)))
  func everyCut() throws {
    var left = environment("TSQ_POWER_CUTS").flatMap { Int($0) } ?? Self.cutsOfLife
    var seed = propertySeeds(1)[0]
    while left > 0 {
      try live(seed, cuts: min(left, Self.cutsOfLife))
      left -= Self.cutsOfLife
      seed &+= 1
    }
  }

  private func live(_ seed: UInt64, cuts: Int) throws {
    var random = SeededGenerator(seed: seed)
    let disk = try SmallFileSystem(megabytes: 96)
    let server = try ServerProcess(
      folder: disk.path("store"),
      arguments: ["--flush-bytes", "262144", "--free-space-floor", "1048576"])
    let senders = (0..<2).map {
      NumberedSender(name: "cut_s\($0)", port: server.lineProtocolPort, from: 0)
    }
    for sender in senders { sender.start() }
    var promised = 0
    var witnessesLost = 0
    for cut in 0..<cuts {
      let port = server.httpPort
      let order = ["", "/-/flush", "/-/compact"][cut % 3]
      if !order.isEmpty { Thread.detachNewThread { _ = try? HTTP.post(port: port, order) } }
      usleep(UInt32.random(in: 20_000...200_000, using: &random))
      // A file that nobody syncs: the copy is worth something only if it loses this.
      let witness = "witness-\(cut)"
      let unsynced = [UInt8](repeating: 7, count: 100_000)
      try disk.writeUnsynced(witness, unsynced)
      server.signal(SIGSTOP)
      usleep(20_000)
      let promises = senders.map { sender in
        let now = sender.progress
        return Promise(name: sender.name, acknowledged: now.acknowledged, sent: now.sent)
      }
      let after = try SmallFileSystem(copyOf: disk.image)
      server.signal(SIGCONT)
      let survived = FileManager.default.contents(atPath: after.path(witness))
      if survived != Data(unsynced) { witnessesLost += 1 }
      promised = promises.reduce(0) { $0 + $1.acknowledged.count }
      try check(after, promises, "seed \(seed), cut \(cut)")
    }
    server.kill()
    for sender in senders { _ = sender.finish() }
    #expect(promised > cuts * 40, "only \(promised) samples were acknowledged")
    #expect(witnessesLost > 0, "no cut lost what was not synced: they were no power cuts")
  }

  private func check(_ disk: SmallFileSystem, _ promises: [Promise], _ place: String) throws {
    let store = disk.path("store")
    // The lock's file may name the frozen server; the lock itself went with the power.
    let server = try ServerProcess(folder: store)
    for promise in promises {
      let held = try NumberedSamples.held(by: server, promise.name)
      let missing = promise.acknowledged.filter { held[$0] == nil }
      #expect(missing.isEmpty, "\(place): \(promise.name) lost \(missing.count)")
      let invented = held.keys.filter { !(0..<promise.sent).contains($0) }
      #expect(invented.isEmpty, "\(place): \(promise.name) invented \(invented.prefix(5))")
      #expect(held.allSatisfy { $0.key == $0.value }, "\(place): \(promise.name) has wrong values")
    }
    #expect(server.stop() == 0, "\(place)")
    let verified = try Program.run(["verify", "--deep", "--data", store])
    #expect(verified.code == 0, "\(place): \(verified.output)")
  }
}
