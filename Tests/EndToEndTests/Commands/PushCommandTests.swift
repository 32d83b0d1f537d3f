import Foundation
import Testing

extension ServerProcess {
  fileprivate var lines: String { "127.0.0.1:\(lineProtocolPort)" }
  fileprivate var http: String { "http://127.0.0.1:\(httpPort)" }
}

/// `tsq push` against the built server: what arrives, at which time, and what is said of the rest.
@Suite("Push") struct PushCommandTests {
  private func withServer(
    _ body: (ServerProcess, TemporaryFolder) throws -> Void
  ) throws {
    let folder = try TemporaryFolder()
    let server = try ServerProcess(folder: folder.path("store"))
    try body(server, folder)
    #expect(server.stop() == 0)
  }

  private func export(_ server: ServerProcess) throws -> [String] {
    let outcome = try Program.run(["export", "--server", server.http, "--format", "csv"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    return outcome.output.split(separator: "\n").dropFirst().map(String.init).sorted()
  }

  private func write(_ text: String, to path: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test("an order in one file holds for its own lines only, and those of a sender are left out")
  func orders() throws {
    try withServer { server, folder in
      let files = [
        try write("# tsq precision=s\na v=1 1700000000\n# tsq sync 9\n", to: folder.path("1.lp")),
        try write("# tsq ack=none\nb v=1 1700000000000000000\nb\n", to: folder.path("2.lp")),
      ]
      let pushed = try Program.run(["push", "--to", server.lines] + files)
      #expect(pushed.code == 1)
      #expect(pushed.errors.contains("2.lp:3: missing-field: "), "\(pushed.errors)")
      #expect(pushed.errors.contains("pushed 3 lines, 2 samples"), "\(pushed.errors)")
      #expect(try export(server) == ["a_v,1700000000,1", "b_v,1700000000,1"])
    }
  }

  @Test("a unit that nobody knows stops there, with place and hint")
  func unknownUnit() throws {
    try withServer { server, folder in
      let file = try write(
        "a v=1 1\n# tsq precision=xx\nb v=1 2\n", to: folder.path("x.lp"))
      for command in [["push", "--to", server.lines], ["import", "--server", server.http]] {
        let outcome = try Program.run(command + [file])
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("x.lp:2: `precision=xx` is no unit of time"))
        #expect(outcome.errors.contains("hint: the units are ns"))
      }
      #expect(try export(server) == ["a_v,0.000000001,1"])
    }
  }

  @Test("a stream that pauses arrives as it comes, each line at its own time")
  func pauses() throws {
    try withServer { server, folder in
      // The stream is still open when its first line is looked for.
      let script = """
        mkfifo lines; tsq push --to \(server.lines) - < lines & exec 3> lines
        printf 'st v=1\\n' >&3
        for _ in $(seq 200); do
          tsq export --server \(server.http) --format csv | grep -q st_v && break; sleep 0.1
        done
        tsq export --server \(server.http) --format csv | grep -c st_v
        printf 'st v=2\\n' >&3; exec 3>&-; wait
        """
      let outcome = try Program.script(script, in: folder.root)
      #expect(outcome.output == "1\n", "\(outcome.errors)")
      #expect(outcome.errors.contains("2 lines had no timestamp"), "\(outcome.errors)")
      #expect(try export(server).map { $0.last } == ["1", "2"])
    }
  }

  @Test("a stream that never pauses arrives as it comes; a signal ends it in order")
  func steady() throws {
    try withServer { server, folder in
      let script = """
        mkfifo lines; (while :; do echo 'st v=1'; sleep 0.05; done > lines) & writer=$!
        tsq push --to \(server.lines) - < lines 2> said & push=$!
        for _ in $(seq 200); do
          tsq export --server \(server.http) --format csv | grep -q st_v && break; sleep 0.1
        done
        tsq export --server \(server.http) --format csv | grep -q st_v && echo arrived
        kill -INT $push; wait $push; echo code $?
        kill $writer; cat said
        echo stored $(tsq export --server \(server.http) --format csv | grep -c st_v)
        """
      let said = try Program.script(script, in: folder.root).output
      #expect(said.hasPrefix("arrived\ncode 130\n"), "\(said)")
      #expect(said.contains("stopped by a signal"), "\(said)")
      // Each line has a time of its own: what was pushed is what is stored.
      let pushed = said.firstMatch(of: /pushed (\d+) lines/)?.1
      let stored = said.firstMatch(of: /stored (\d+)/)?.1
      #expect(pushed != nil && pushed == stored, "\(said)")
    }
  }

  @Test("a forgotten quote costs its own line, and what follows is sent")
  func forgottenQuote() throws {
    try withServer { server, folder in
      let file = try write("pu v=1 1\npu s=\"x\npu v=2 2\n", to: folder.path("quote.lp"))
      let pushed = try Program.run(
        ["push", "--to", server.lines, "--timeout", "20s", "--spool", folder.path("spool"), file])
      #expect(pushed.code == 1)
      #expect(pushed.errors.contains("quote.lp:2: unterminated-string"), "\(pushed.errors)")
      #expect(try export(server).count == 2)
    }
  }

  @Test("a stop at an unknown unit still says what was rejected before it, and what arrived")
  func unknownUnitAfterRejections() throws {
    try withServer { server, folder in
      let file = try write(
        "a v=1 1\n\nb v=x 1\n\n# tsq precision=q\nc v=1 2\n", to: folder.path("x.lp"))
      let outcome = try Program.run(["push", "--to", server.lines, file])
      #expect(outcome.code == 1)
      #expect(outcome.errors.contains("x.lp:3: bad-field-value: "), "\(outcome.errors)")
      #expect(outcome.errors.contains("pushed 2 lines, 1 samples"), "\(outcome.errors)")
      #expect(outcome.errors.contains("1 lines rejected"), "\(outcome.errors)")
      #expect(outcome.errors.contains("x.lp:5: `precision=q` is no unit"), "\(outcome.errors)")
    }
  }

  @Test("giving up says that the rest is in the spool and how it arrives, and so it does")
  func givenUp() throws {
    let folder = try TemporaryFolder()
    let spool = folder.path("spool")
    let waiting = try Program.run(
      ["push", "--to", "127.0.0.1:1", "--timeout", "300ms", "--spool", spool, "-"],
      input: "sp v=1 1\nsp v=2 2\n")
    #expect(waiting.code == 1)
    #expect(waiting.errors.contains("pushed 0 lines, 0 samples"), "\(waiting.errors)")
    #expect(
      waiting.errors.contains("1 batch not acknowledged; the last trouble: "), "\(waiting.errors)")
    #expect(
      waiting.errors.hasSuffix(
        """
        note: what is not acknowledged is kept in the spool `\(spool)`
        hint: `tsq push --to 127.0.0.1:1 --spool \(spool) /dev/null` sends them once the server \
        takes them

        """), "\(waiting.errors)")
    let server = try ServerProcess(folder: folder.path("store"))
    let sent = try Program.run(["push", "--to", server.lines, "--spool", spool, "/dev/null"])
    #expect(sent.code == 0 && sent.errors.contains("pushed 2 lines"), "\(sent.errors)")
    #expect(try export(server).count == 2)
    #expect(server.stop() == 0)
  }

  @Test("giving up while files are read names the first line that is nowhere")
  func givenUpHalfWay() throws {
    let folder = try TemporaryFolder()
    var lines = ""
    for number in 0..<60_000 { lines += "much,host=a-long-name value=\(number) \(number)\n" }
    let file = try write(lines, to: folder.path("much.lp"))
    let full = try Program.run(
      ["push", "--to", "127.0.0.1:1", "--timeout", "300ms", "--spool-limit", "1048576"]
        + ["--spool", folder.path("spool"), file])
    #expect(full.code == 1)
    let line = try #require(
      full.errors.firstMatch(of: /much\.lp:(\d+) and what follows is not in it/))
    let kept = try Program.script("cat spool/*.spool | grep -c '^much'", in: folder.root)
    #expect(Int(line.1) == Int(kept.output.dropLast()).map { $0 + 1 }, "\(full.errors)")
    #expect(full.errors.contains("; then push the lines that are not in it\n"), "\(full.errors)")
    let bare = try Program.run(["push", "--to", "127.0.0.1:1", "--timeout", "300ms", file])
    #expect(bare.code == 1 && !bare.errors.contains("spool `"), "\(bare.errors)")
    #expect(bare.errors.contains("hint: nothing is kept of what did not arrive"), "\(bare.errors)")
  }

  @Test("one damaged batch of a spool is named and kept, the others are sent, and the code is 1")
  func damagedSpool() throws {
    let folder = try TemporaryFolder()
    let spool = folder.path("spool")
    // Nobody listens on port 1: the batches stay in the spool.
    for number in 1...3 {
      let waiting = try Program.run(
        ["push", "--to", "127.0.0.1:1", "--timeout", "300ms", "--spool", spool, "-"],
        input: "sp,n=\(number) v=\(number) \(number)\n")
      #expect(waiting.code != 0)
    }
    let script = """
      cat spool/*.spool > all; rm spool/*.spool
      sed 's/sp,n=2 v=2/sp,n=2 v=7/' all > spool/00000000000000000001.spool
      """
    #expect(try Program.script(script, in: folder.root).code == 0)
    let server = try ServerProcess(folder: folder.path("store"))
    let pushed = try Program.run(
      ["push", "--to", server.lines, "--spool", spool, "-"], input: "sp,n=4 v=4 4\n")
    #expect(pushed.code == 1, "\(pushed.errors)")
    #expect(
      pushed.errors.contains("00000000000000000001.spool` is damaged: "), "\(pushed.errors)")
    #expect(try export(server).map { $0.last } == ["1", "3", "4"])
    let kept = try Program.script("cat spool/*.damaged; ls spool | wc -l", in: folder.root)
    #expect(kept.output.contains("sp,n=2 v=7 2\n"), "\(kept.output)")
    // The lock, and the damaged bytes.
    #expect(kept.output.hasSuffix("2\n"), "\(kept.output)")
    let again = try Program.run(
      ["push", "--to", server.lines, "--spool", spool, "-"], input: "sp,n=5 v=5 5\n")
    #expect(again.code == 0, "\(again.errors)")
    #expect(server.stop() == 0)
  }
}
