// swift-tools-version: 6.2

import PackageDescription

/// What every target is compiled with: Swift 6 mode, explicit existentials and imports, no warning let through.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let collections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")

let package = Package(
    name: "muster",
    products: [
        .executable(name: "muster", targets: ["Muster"]),
        .library(name: "Messages", targets: ["Messages"]),
        .library(name: "ChannelLayers", targets: ["ChannelLayers"]),
        .library(name: "Consumers", targets: ["Consumers"]),
        .library(name: "RedisBackends", targets: ["RedisBackends"]),
        .library(name: "WebSocketServer", targets: ["WebSocketServer"]),
        .library(name: "MusterTesting", targets: ["MusterTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CHiredis",
            pkgConfig: "hiredis",
            providers: [.apt(["libhiredis-dev"])]
        ),
        .target(
            name: "Redis",
            dependencies: ["CHiredis", crypto, deque, lifecycle, logging, metrics, nioCore, nioPosix, nioSSL],
            swiftSettings: strict
        ),
        .target(name: "Messages", dependencies: [collections], swiftSettings: strict),
        .target(
            name: "ChannelLayers",
            dependencies: ["Messages", deque, lifecycle, logging, metrics],
            swiftSettings: strict
        ),
        .target(
            name: "Consumers",
            dependencies: ["ChannelLayers", "Messages", deque, logging, metrics],
            swiftSettings: strict
        ),
        .target(
            name: "Applications",
            dependencies: [
                "Consumers", "ChannelLayers", "Messages", crypto, hummingbird, httpTypes, lifecycle, logging, metrics,
                nioCore, nioPosix,
            ],
            resources: [
                .embedInCode("Chat/Page"),
                .embedInCode("Client/muster.js"),
                .embedInCode("DirectMessages/Page"),
                .embedInCode("Echo/Page"),
                .embedInCode("Home/Page"),
                .embedInCode("Notifications/Page"),
                .embedInCode("OnlineCounter/Page"),
                .embedInCode("ServerPush/Page"),
                .embedInCode("Support/Page"),
                .embedInCode("Style/Files"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "RedisBackends",
            dependencies: [
                "Applications", "ChannelLayers", "Messages", "Redis", crypto, cryptoExtras, lifecycle, logging, metrics,
                nioCore,
            ],
            resources: [.embedInCode("Lua")],
            swiftSettings: strict
        ),
        .target(
            name: "WebSocketServer",
            dependencies: [
                "Consumers", "ChannelLayers", "Messages",
                crypto, deque, heap, httpTypes, hummingbird, hummingbirdCore, lifecycle, logging, metrics,
                nioCore, nioPosix, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, nioWebSocket,
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "Muster",
            dependencies: [
                "Applications", "ChannelLayers", "Consumers", "Messages", "Redis", "RedisBackends", "WebSocketServer",
                hummingbird, lifecycle, logging, metrics, nioCore, nioPosix, unixSignals,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "MusterTesting",
            dependencies: ["Applications", "ChannelLayers", "Consumers", "Messages", lifecycle],
            swiftSettings: strict
        ),

        .testTarget(
            name: "MessagesTests",
            dependencies: ["Messages", "MusterTesting"],
            resources: [.copy("Vectors")],
            swiftSettings: strict
        ),
        .testTarget(name: "RedisTests", dependencies: ["Redis", nioCore, nioEmbedded], swiftSettings: strict),
        .testTarget(
            name: "ChannelLayersTests",
            dependencies: ["ChannelLayers", "Messages", "MusterTesting"],
            resources: [.copy("Vectors")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ConsumersTests",
            dependencies: ["Consumers", "ChannelLayers", "Messages", "MusterTesting"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ApplicationsTests",
            dependencies: [
                "Applications", "ChannelLayers", "Consumers", "Messages", "MusterTesting",
                httpTypes, hummingbird, lifecycle, logging, nioCore,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "RedisBackendsTests",
            dependencies: ["RedisBackends", "Applications", "ChannelLayers", "Messages", "MusterTesting", "Redis"],
            resources: [.copy("Vectors")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WebSocketServerTests",
            dependencies: [
                "WebSocketServer", "Consumers", "ChannelLayers", "Messages", "MusterTesting",
                hummingbird, lifecycle, logging, nioCore, nioPosix, nioEmbedded, nioHTTP1, nioWebSocket,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MusterTests",
            dependencies: ["Muster", "Applications", "ChannelLayers", "Consumers", "RedisBackends", logging, metrics],
            swiftSettings: strict
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Applications", "ChannelLayers", "Consumers", "Messages", "MusterTesting", "Redis", "RedisBackends",
                "WebSocketServer", lifecycle, logging, nioCore, nioPosix, nioHTTP1, nioWebSocket,
            ],
            swiftSettings: strict
        ),
    ]
)
