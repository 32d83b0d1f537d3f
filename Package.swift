// swift-tools-version: 6.2

import PackageDescription

/// The settings every Swift target of ours shares; docs/ARCHITECTURE.md says why each is on.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableExperimentalFeature("Lifetimes"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

/// One Swift library target; its arrows (who may import whom) are held by TidyTests.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// One test target, mirroring the library or program of the same name.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TSQTestSupport"], swiftSettings: settings)
}

let package = Package(
  name: "tsq",
  products: [
    .executable(name: "tsq", targets: ["tsq"]),
    .library(name: "TSQCore", targets: ["TSQCore"]),
    .library(name: "TSQCodec", targets: ["TSQCodec"]),
    .library(name: "TSQStorage", targets: ["TSQStorage"]),
    .library(name: "TSQForecast", targets: ["TSQForecast"]),
    .library(name: "TSQQuery", targets: ["TSQQuery"]),
    .library(name: "TSQCapacity", targets: ["TSQCapacity"]),
    .library(name: "TSQClient", targets: ["TSQClient"]),
    .library(name: "TSQServer", targets: ["TSQServer"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.34.1"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-numerics.git", from: "1.1.1"),
    // Its generated code is committed (scripts/generate-protobuf); no trait of it is needed.
    .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0", traits: []),
    .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
    .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"]), .brew(["lz4"])]),
    // No pkg-config file: Debian ships none, and the library lies on the default path.
    .systemLibrary(
      name: "CSnappy", providers: [.apt(["libsnappy-dev"]), .brew(["snappy"])]),
    // swift-nio-extras links it already. No pkg-config: the library lies on the default path.
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "CTSQKernels"),
    // RE2 speaks C++ only. No pkg-config: the library lies on the default path.
    .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
    library("TSQCore"),
    library(
      "TSQCodec",
      [
        "TSQCore", "CLZ4", "CSnappy", "CZlib", "CTSQKernels",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    library(
      "TSQStorage",
      ["TSQCore", "TSQCodec", "CRE2", .product(name: "GRDB", package: "GRDB.swift")]),
    library(
      "TSQForecast", ["TSQCore", .product(name: "RealModule", package: "swift-numerics")]),
    library("TSQQuery", ["TSQCore", "TSQStorage", "TSQForecast"]),
    library(
      "TSQCapacity",
      ["TSQCore", "TSQQuery", "TSQForecast", .product(name: "Yams", package: "Yams")]),
    library(
      "TSQClient",
      [
        "TSQCore", "TSQCodec",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    library(
      "TSQServer",
      [
        "TSQCore", "TSQCodec", "TSQStorage", "TSQQuery", "TSQCapacity",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ]),
    .executableTarget(
      name: "tsq",
      dependencies: [
        "TSQCore", "TSQCodec", "TSQStorage", "TSQForecast", "TSQQuery", "TSQCapacity",
        "TSQClient", "TSQServer",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .target(
      name: "TSQTestSupport", dependencies: ["TSQCore"], path: "Tests/TSQTestSupport",
      swiftSettings: settings),
    tests("TSQCoreTests", ["TSQCore"]),
    tests(
      "TSQCodecTests",
      [
        "TSQCore", "TSQCodec", "CTSQKernels",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    tests(
      "TSQStorageTests",
      ["TSQCore", "TSQCodec", "TSQStorage", .product(name: "GRDB", package: "GRDB.swift")]),
    tests("TSQForecastTests", ["TSQCore", "TSQForecast"]),
    tests("TSQQueryTests", ["TSQCore", "TSQStorage", "TSQForecast", "TSQQuery"]),
    tests(
      "TSQCapacityTests",
      ["TSQCore", "TSQStorage", "TSQForecast", "TSQQuery", "TSQCapacity"]),
    tests(
      "TSQClientTests",
      [
        "TSQCore", "TSQClient", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    tests(
      "TSQServerTests",
      [
        "TSQCore", "TSQCodec", "TSQStorage", "TSQQuery", "TSQServer", "TSQClient",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    tests("EndToEndTests", ["TSQCore", "tsq"]),
    tests("TidyTests"),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
