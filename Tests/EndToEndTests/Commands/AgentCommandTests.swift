import Testing

/// `tsq agent` called in ways that cannot be meant.
@Suite("Agent calls") struct AgentCommandTests {
  @Test(
    "a host that would be no name is refused with what is wrong and where",
    arguments: [
      ("", "--host is empty; without it the agent takes this machine's name"),
      ("my host", "--host has a blank (U+0020) as character 3"),
      (" a", "--host has a blank (U+0020) as character 1"),
      ("a\tb", "--host has a blank (U+0009) as character 2"),
      ("web1\n", "--host has a blank (U+000A) as character 5"),
      ("a\u{a0}b", "--host has a blank (U+00A0) as character 2"),
      ("a\u{1b}[1m", "--host has a control character (U+001B) as character 2"),
      ("\u{7f}", "--host has a control character (U+007F) as character 1"),
      (
        String(repeating: "h", count: 4097),
        "--host has 4097 bytes; a label's value has at most 4096"
      ),
    ])
  func odd(host: String, words: String) throws {
    let outcome = try Program.run(["agent", "--host", host, "--to", "127.0.0.1:1"])
    #expect(outcome.code == 2)
    #expect(outcome.errors.contains("error: " + words), "\(outcome.errors)")
  }
}
