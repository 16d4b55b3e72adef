import HTTPTypes
import Hummingbird
import Logging
import Messages
import NIOCore
import Testing

@testable import Applications

/// The routes are asked directly: no socket, no server.
struct MediaRoutesTests {
    private let directory: ScratchDirectory
    private let files: any MediaFiles
    private static let image = "\u{89}PNG\r\n\u{1A}\n0123456789".unicodeScalars.map { UInt8($0.value) }

    init() throws {
        directory = try ScratchDirectory()
        files = try DirectoryMediaFiles(directory: directory.path)
    }

    private func requests(
        records: any MediaRecordStore = InMemoryMediaRecords(),
        files: (any MediaFiles)? = nil,
        limit: Int = 1000
    ) -> RouterRequests {
        let store = MediaStore(files: files ?? self.files, records: records, rules: MediaRules(limit: limit))
        return RouterRequests { router in
            let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            MediaUpload(store: store, logger: quiet).add(to: router)
            MediaDownload(store: store, logger: quiet).add(to: router)
        }
    }

    private func upload(
        _ content: [UInt8] = image,
        name: String = "a.png",
        field: String = "file",
        ending: String = "\r\n--XX--\r\n",
        headers: HTTPFields = [:],
        to requests: RouterRequests
    ) async throws -> (status: Int, body: MessageValue) {
        let head = "--XX\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"\(name)\"\r\n\r\n"
        let body = Array(head.utf8) + content + Array(ending.utf8)
        var fields = headers
        if fields[.contentLength] == nil { fields[.contentLength] = String(body.count) }
        if fields[.contentType] == nil { fields[.contentType] = "multipart/form-data; boundary=XX" }
        let (response, text) = try await requests.send("/upload/", method: .post, headers: fields, body: body)
        return (response.status.code, try JSON.decode(text))
    }

    @Test("An upload is answered with its record, under which the file is read")
    func upload() async throws {
        let requests = requests()
        let (status, body) = try await upload(name: "../x/\u{202E}ä.png", to: requests)
        #expect(status == 201)
        let record = try #require(
            MediaRecord(
                type: body["type"]?.stringValue ?? "",
                size: Int(body["size"]?.integerValue ?? -1),
                sha256: body["sha256"]?.stringValue ?? "",
                name: body["name"]?.stringValue ?? ""
            )
        )
        #expect(body == .map(record.fields))
        #expect(record.type == "image/png" && record.size == Self.image.count && record.name == "ä.png")
        let (response, _) = try await requests.send(record.url)
        #expect(response.status == .ok && response.headers[.contentLength] == "\(Self.image.count)")
        #expect(response.headers[.contentType] == "image/png" && response.headers[.xContentTypeOptions] == "nosniff")
        #expect(response.headers[.contentSecurityPolicy] == "sandbox; default-src 'none'")
        #expect(response.headers[.cacheControl]?.hasPrefix("private, max-age=86") == true)
        #expect(response.headers[.contentDisposition] == "inline; filename=\"_.png\"; filename*=UTF-8''%C3%A4.png")
        #expect(directory.files() == ["\(record.id.rawValue.prefix(2))/\(record.id)"])
        // The same content under another name is the same file.
        let again = try await upload(name: "b.png", to: requests)
        #expect(again.status == 201 && again.body["id"]?.stringValue == record.id.rawValue)
        #expect(again.body["name"]?.stringValue == "b.png")
        #expect(directory.files().count == 1)
    }

    @Test("Ranges, conditions and HEAD")
    func ranges() async throws {
        let requests = requests()
        let url = try #require(try await upload(to: requests).body["url"]?.stringValue)
        func get(_ headers: HTTPFields, _ method: HTTPRequest.Method = .get) async throws -> (Int, HTTPFields, String) {
            let (response, text) = try await requests.send(url, method: method, headers: headers)
            return (response.status.code, response.headers, text)
        }
        var (status, headers, text) = try await get([.range: "bytes=8-10"])
        #expect(status == 206 && text == "012" && headers[.contentRange] == "bytes 8-10/18")
        let tag = try #require(headers[.eTag])
        (status, headers, text) = try await get([.range: "bytes=-2"])
        #expect(status == 206 && text == "89")
        (status, headers, text) = try await get([.range: "bytes=18-"])
        #expect(status == 416 && text.isEmpty && headers[.contentRange] == "bytes */18")
        for condition in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
            (status, headers, text) = try await get([.ifNoneMatch: condition])
            #expect(status == 304 && text.isEmpty && headers[.eTag] == tag)
        }
        #expect(try await get([.ifNoneMatch: "\"x\""]).0 == 200)
        #expect(try await get([.range: "bytes=0-1", .ifRange: tag]).0 == 206)
        #expect(try await get([.range: "bytes=0-1", .ifRange: "\"x\""]).0 == 200)
        (status, headers, text) = try await get([.range: "bytes=0-1"], .head)
        #expect(status == 200 && text.isEmpty && headers[.contentLength] == "18" && headers[.acceptRanges] == "bytes")
    }

    @Test("What is not taken gets its status, and nothing of it is left")
    func refusals() async throws {
        let requests = requests()
        func status(_ answer: (status: Int, body: MessageValue)) -> Int {
            #expect(answer.body["error"]?.stringValue?.isEmpty == false)
            return answer.status
        }
        let large = Self.image + [UInt8](repeating: 0, count: 1000)
        #expect(status(try await upload(large, to: requests)) == 413)
        #expect(status(try await upload(headers: [.contentLength: "100000"], to: requests)) == 413)
        #expect(status(try await upload(headers: [.contentLength: "x"], to: requests)) == 411)
        #expect(status(try await upload(headers: [.contentType: "text/plain"], to: requests)) == 415)
        #expect(status(try await upload(Array("<html>".utf8), name: "a.png", to: requests)) == 415)
        #expect(status(try await upload([0, 1, 2], to: requests)) == 415)
        #expect(status(try await upload([], to: requests)) == 400)
        #expect(status(try await upload(field: "other", to: requests)) == 400)
        for ending in ["", "\r\n", "\r\n--XX", "\r\n--XX\r\n", "\r\n--XXX"] {
            #expect(status(try await upload(ending: ending, to: requests)) == 400)
        }
        let site = try #require(HTTPField.Name("Sec-Fetch-Site"))
        #expect(status(try await upload(headers: [site: "cross-site"], to: requests)) == 403)
        #expect(status(try await upload(to: self.requests(records: AwayRecords()))) == 503)
        #expect(status(try await upload(to: self.requests(files: FullFiles()))) == 507)
        #expect(directory.files().isEmpty)
        #expect(try await upload(Self.image + [UInt8](repeating: 0, count: 982), to: requests).status == 201)
        for path in ["/media/x", "/media/" + String(repeating: "0", count: 32), "/media/..%2f..%2fetc"] {
            let (response, text) = try await requests.send(path)
            #expect(response.status == .notFound && text.contains("error"))
        }
        let (response, text) = try await self.requests(records: AwayRecords()).send(
            "/media/" + String(repeating: "0", count: 32)
        )
        // What is between the front and Redis is not for strangers.
        #expect(response.status == .serviceUnavailable && !text.contains("away"))
        #expect(try await requests.send("/upload/").0.status == .methodNotAllowed)
    }

    @Test("An upload may be slow for half a minute, then it has to come on, and it ends after half an hour")
    func slow() {
        #expect(!MediaUpload.isTooSlow(0, after: .seconds(30)))
        #expect(MediaUpload.isTooSlow(31 * 4096 - 1, after: .seconds(31)))
        #expect(!MediaUpload.isTooSlow(31 * 4096, after: .seconds(31)))
        #expect(!MediaUpload.isTooSlow(1800 * 4096, after: .seconds(1800)))
        #expect(MediaUpload.isTooSlow(.max, after: .seconds(1801)))
    }

    @Test("A disk that is nearly full takes no uploads, and says what it has")
    func nearlyFull() async throws {
        var files = try DirectoryMediaFiles(directory: directory.path)
        #expect(files.reserve(1 << 40) == 1 << 30 && files.reserve(2000) == 100)
        files.reserve = { $0 + 1 }
        let answer = try await upload(to: requests(files: files))
        #expect(answer.status == 507 && directory.files().isEmpty)
        do {
            _ = try await files.begin()
            Issue.record("it was taken")
        } catch {
            #expect(error.code == .full && error.message.contains("make room"))
        }
    }

    @Test("A front without a directory says what to set")
    func noDirectory() async throws {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let requests = RouterRequests { router in
            MediaUpload(store: nil, logger: quiet).add(to: router)
            MediaDownload(store: nil, logger: quiet).add(to: router)
        }
        let (status, body) = try await upload(to: requests)
        #expect(status == 503 && body["error"]?.stringValue?.contains("--media-directory") == true)
        #expect(try await requests.send("/media/" + String(repeating: "0", count: 32)).0.status == .notFound)
    }
}

/// A disk on which there is no room.
private struct FullFiles: MediaFiles {
    func begin() async throws(MediaFileError) -> any MediaFileWriter { throw MediaFileError(.full, "full") }
    func open(_ id: MediaID) async throws(MediaFileError) -> (any MediaFileReader)? { nil }
    func touch(_ id: MediaID) async throws(MediaFileError) {}
    func removeUnneeded(
        olderThan age: Duration,
        leftoversOlderThan leftoverAge: Duration,
        needed: @Sendable ([MediaID]) async throws -> Set<MediaID>
    ) async throws -> MediaRemoval { MediaRemoval() }
}
