import Testing

@testable import Applications

struct HeaderParametersTests {
    @Test(
        "File names are read as browsers, curl and RFC 5987 write them",
        arguments: [
            (#"form-data; name="file"; filename="a.png""#, "a.png"),
            (#"form-data; filename="ä ö.png""#, "ä ö.png"),
            (#"form-data; filename="say %22hi%22.png""#, #"say "hi".png"#),
            (#"form-data; filename="100%.png""#, "100%.png"),
            (#"form-data; filename="say \"hi\".png""#, #"say "hi".png"#),
            (#"form-data; filename="C:\temp\a.png""#, #"C:\temp\a.png"#),
            (#"form-data; FileName = a.png ; x=y"#, "a.png"),
            (#"form-data; filename="a;b=c.png"; x=y"#, "a;b=c.png"),
            (#"form-data; filename="x.png"; filename*=UTF-8''%e2%82%ac%20rates.png"#, "€ rates.png"),
            (#"form-data; filename="x.png"; filename*=utf-8'en'a%20b"#, "a b"),
            (#"form-data; filename="x.png"; filename*=UTF-8''%ff%fe"#, "x.png"),
            (#"form-data; filename="x.png"; filename*=KOI8-R''%c1"#, "x.png"),
            (#"form-data; filename="x.png"; filename*=UTF-8''%2"#, "x.png"),
            (#"form-data; filename="one"; filename="two""#, "one"),
            (#"form-data; filename="open"#, "open"),
        ]
    )
    func names(_ field: String, _ name: String) {
        #expect(HeaderParameters(field).text("filename") == name)
        #expect(HeaderParameters(field).value == "form-data")
    }

    @Test("A boundary is read from a form's type alone")
    func boundary() {
        #expect(MultipartBoundary.read("multipart/form-data; boundary=abc") == "abc")
        #expect(MultipartBoundary.read(#"Multipart/Form-Data; charset=x; Boundary="a b:c""#) == "a b:c")
        for bad in [
            nil, "multipart/form-data", "multipart/mixed; boundary=abc", "text/plain", "multipart/form-data; boundary=",
            #"multipart/form-data; boundary="a\"b""#, #"multipart/form-data; boundary="ab ""#,
            "multipart/form-data; boundary=" + String(repeating: "a", count: 71), "multipart/form-data; boundary=ä",
        ] {
            #expect(MultipartBoundary.read(bad) == nil)
        }
    }
}
