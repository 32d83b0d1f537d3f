// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that building tsq never builds the measuring tools.
//
//     cd Benchmarks && swift package benchmark            every suite
//     swift package benchmark --target Codec              one suite
//     swift run -c release Scale --help                   cost by series, range and log
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
  .treatAllWarnings(as: .error),
]

/// One suite: a folder under Suites.
///
/// Named through the link `Benchmarks`: the plugin takes only targets whose folder stands in one of that
/// name.
func suite(_ name: String, _ products: [String]) -> Target {
  .executableTarget(
    name: name,
    dependencies: [.product(name: "Benchmark", package: "benchmark")]
      + products.map { .product(name: $0, package: "tsq") },
    path: "Benchmarks/\(name)", swiftSettings: settings,
    plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
}

let package = Package(
  name: "tsq-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "tsq", path: ".."),
    .package(
      url: "https://github.com/ordo-one/benchmark.git", from: "1.38.1", traits: []),
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
  ],
  targets: [
    .target(name: "AllocationCount", path: "AllocationCount"),
    .executableTarget(
      name: "Scale",
      dependencies: [
        .product(name: "TSQCore", package: "tsq"), .product(name: "TSQStorage", package: "tsq"),
        .product(name: "TSQQuery", package: "tsq"), .product(name: "TSQCodec", package: "tsq"),
        "AllocationCount",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Scale", swiftSettings: settings),
    suite("Codec", ["TSQCore", "TSQCodec"]),
    suite("Parse", ["TSQCodec"]),
    suite("Forecast", ["TSQCore", "TSQForecast"]),
  ],
  swiftLanguageModes: [.v6]
)
