import Glibc

/// The time of day where the server is.
enum LocalTime {
    /// A second, counted from 1970, as `YYYY.MM.DD HH:MM:SS`.
    static func text(at second: Int) -> String {
        var second = time_t(second)
        var time = tm()
        localtime_r(&second, &time)
        let date = [Int(time.tm_year) + 1900, Int(time.tm_mon) + 1, Int(time.tm_mday)].map(padded)
        let clock = [Int(time.tm_hour), Int(time.tm_min), Int(time.tm_sec)].map(padded)
        return date.joined(separator: ".") + " " + clock.joined(separator: ":")
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
