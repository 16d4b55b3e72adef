import HTTPTypes
import Hummingbird
import Messages

/// What the API answers: a status and a JSON object.
struct APIAnswer: Error {
    let status: HTTPResponse.Status
    let fields: MessageMap
    var headers: HTTPFields = [:]

    /// The request was not done, and this is what to do about it.
    static func failure(_ status: HTTPResponse.Status, _ error: String, _ headers: HTTPFields = [:]) -> APIAnswer {
        APIAnswer(status: status, fields: ["error": .string(error)], headers: headers)
    }

    var response: Response {
        get throws {
            let json = try JSON.encode(.map(fields)) + "\n"
            var headers = headers
            headers[.contentType] = "application/json"
            headers[.cacheControl] = "no-store"
            headers[.xContentTypeOptions] = "nosniff"
            return Response(
                status: status,
                headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(string: json))
            )
        }
    }
}
