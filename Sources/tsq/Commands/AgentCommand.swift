internal import ArgumentParser
internal import Foundation
internal import ServiceLifecycle
internal import Logging
internal import TSQClient
internal import TSQCodec
internal import TSQCore
internal import UnixSignals

/// `tsq agent`: sends this host's metrics for ever.
struct AgentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent",
    abstract: "Send this host's metrics, every few seconds, until stopped.",
    discussion: """
      CPU by mode and `cpu_usage`, load, memory, swap, file systems, disk I/O, network, sockets, \
      open files and processes from /proc, under node_exporter's names where it has them. While \
      the server is away, samples wait in the spool and are replayed.

      Examples:
        tsq agent --to metrics:9009 --every 10s --spool agent-spool
      """)

  @OptionGroup var sending: SendOptions

  @Option(help: "How often to measure; at least 1s.")
  var every = DurationArgument(nanoseconds: 10_000_000_000)

  @Option(help: "The `host` label; by default this machine's name.")
  var host: String?

  func validate() throws {
    guard every.nanoseconds >= 1_000_000_000 else {
      throw ValidationError(
        "--every must be at least 1s: reading /proc faster measures the reading")
    }
    if let host { try Self.check(host: host) }
  }

  /// A name that is the value of a label on every series, and is typed in selectors.
  private static func check(host: String) throws {
    guard !host.isEmpty else {
      throw ValidationError("--host is empty; without it the agent takes this machine's name")
    }
    let longest = LineProtocolLimits().labelValueBytes
    guard host.utf8.count <= longest else {
      throw ValidationError(
        "--host has \(host.utf8.count) bytes; a label's value has at most \(longest)")
    }
    let odd = host.unicodeScalars.enumerated().first { _, scalar in
      scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
    }
    guard let (index, scalar) = odd else { return }
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    throw ValidationError(
      "--host has \(scalar.properties.isWhitespace ? "a blank" : "a control character") "
        + "(\(code)) as character \(index + 1); a host's name has neither")
  }

  func run() async throws {
    #if !os(Linux)
      throw CommandFailure("`tsq agent` reads /proc, which only Linux has")
    #endif
    let sender = try LineSender(
      to: sending.to.address, options: try sending.options(overflow: .dropOldest),
      onTrouble: { [server = sending.to.address, keeps = sending.spool != nil] trouble in
        Self.tell(trouble, server, keepsOnDisk: keeps)
      })
    await SpoolFindings.tellTorn(sender)
    let damage = await SpoolFindings.tell(sender)
    let collector = AgentLoop(
      sender: sender, every: every, host: host ?? HostCollector.thisHost)
    let group = ServiceGroup(
      services: [SenderService(sender: sender), collector],
      gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "tsq.agent"))
    StandardError.writeLine("sending to \(sending.to.address) as host `\(collector.host)`")
    try await group.run()
    let totals = await sender.totals
    let waiting = await sender.waitingBatches
    _ = await SpoolFindings.tell(sender, except: damage)
    StandardError.writeLine(
      "stopped: \(totals.samples) samples acknowledged, \(waiting) batches waiting, "
        + "\(totals.dropped) dropped")
    if waiting > 0, sending.spool == nil {
      Diagnostic.warn("the waiting batches are lost; with --spool they would have been kept")
    }
  }

  private static func tell(_ trouble: String?, _ server: HostPort, keepsOnDisk: Bool) {
    guard let trouble else { return Diagnostic.note("\(server) takes samples again") }
    let place = keepsOnDisk ? "in the spool" : "in memory"
    Diagnostic.warn("cannot send to \(server): \(trouble); samples wait \(place)")
  }
}

/// The connection, as a service that ends after the collector has.
private struct SenderService: Service {
  let sender: LineSender

  func run() async throws {
    await withTaskCancellationOrGracefulShutdownHandler {
      await sender.run()
    } onCancelOrGracefulShutdown: {
      // A last chance for what was measured; what is not acknowledged stays in the spool.
      Task { try? await sender.finish(timeout: .seconds(3)) }
    }
  }
}

/// Measures and hands over, round after round.
private struct AgentLoop: Service {
  let sender: LineSender
  let every: DurationArgument
  let host: String

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var collector = HostCollector(host: host)
      // The first round only sets the base that shares of CPU time are measured from.
      _ = collector.collect(time: Clock.now())
      while !Task.isCancelled {
        do {
          try await Task.sleep(for: .nanoseconds(pause()))
          let time = Clock.now()
          try await sender.send(collector.collect(time: time).lines(host: host, time: time))
        } catch is CancellationError {
          return
        } catch {
          // A full spool or disk costs this round, not the agent.
          Diagnostic.warn("a round of metrics was not taken: \(error)")
        }
      }
    }
  }

  /// Until the next whole multiple of the interval, so that hosts measure at the same instants.
  private func pause() -> Int64 {
    every.nanoseconds - Clock.now().nanoseconds.flooredDivision(by: every.nanoseconds).remainder
  }
}
