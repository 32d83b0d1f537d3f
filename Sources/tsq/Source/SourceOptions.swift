internal import ArgumentParser
internal import Foundation
internal import TSQCapacity
internal import TSQClient
internal import TSQQuery
internal import TSQStorage

/// Where a command gets its data: a folder, the server that holds the folder, or a server by address.
struct SourceOptions: ParsableArguments {
  @Option(help: "The store's folder; by default `TSQ_DATA`, else `tsq-data`.")
  var data: String?

  @Option(help: "Ask this server instead (`http://host:port`); by default `TSQ_SERVER`.")
  var server: String?

  @OptionGroup var access: AccessOptions

  func validate() throws {
    if data != nil, server != nil {
      throw ValidationError("--data and --server exclude each other")
    }
  }

  /// Whether the call itself names a store.
  var isNamed: Bool { data != nil || server != nil }

  /// The folder to work on.
  var directory: String { data ?? Self.environment("TSQ_DATA") ?? "tsq-data" }

  /// The server asked for by flag or environment; a --data flag wins over the environment.
  var serverAddress: String? { server ?? (data == nil ? Self.environment("TSQ_SERVER") : nil) }

  private static func environment(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// A client where a server is to be asked: by address, or because it holds the folder.
  func client() throws -> ServerClient? {
    if let serverAddress { return try client(of: serverAddress) }
    try requireStore()
    guard let address = StoreHolder.find(directory)?.address else {
      return nil
    }
    return try client(of: address)
  }

  /// A client of one server, with the token and the authorities that were named.
  func client(of address: String) throws -> ServerClient {
    try ServerClient(address, access: try access.access())
  }

  /// Opens the source for reading.
  func open() async throws -> OpenedSource {
    if let client = try client() { return OpenedSource(RemoteSource(client: client), nil) }
    let store = try StoreOpening.readOnly(directory)
    return OpenedSource(EmbeddedSource(QueryEngine(store: store)), store)
  }

  /// Fails where there is no store: only the commands that bring samples make one.
  func requireStore() throws {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder)
    guard exists, isFolder.boolValue, !Store.wouldBeMade(at: directory) else {
      throw CommandFailure(
        "there is no store at `\(directory)`",
        hint: "`tsq serve --data \(directory)` or `tsq import --data \(directory)` makes one; "
          + "--server asks a running server")
    }
  }
}

/// A source and the store behind it, closed when the work is done.
struct OpenedSource {
  private let source: any SampleSource
  private let store: Store?

  init(_ source: any SampleSource, _ store: Store?) {
    self.source = source
    self.store = store
  }

  /// Runs the work and closes the store whatever happens.
  func whileOpen<Answer>(
    _ body: (any SampleSource) async throws -> Answer
  ) async throws -> Answer {
    do {
      let answer = try await body(source)
      try store?.close()
      return answer
    } catch {
      // The first failure is the one to tell; closing a read-only store has nothing to lose.
      try? store?.close()
      throw error
    }
  }

  /// The same for work that reports its failures in its answer.
  func whileOpenWithoutFailure<Answer>(
    _ body: (any SampleSource) async -> Answer
  ) async -> Answer {
    let answer = await body(source)
    try? store?.close()
    return answer
  }
}
