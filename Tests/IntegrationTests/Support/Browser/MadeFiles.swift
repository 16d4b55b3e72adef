/// Files that a page makes itself, as JavaScript expressions: small, and real to whoever plays or shows them.
enum MadeFiles {
    /// A picture of 64 by 48 points.
    static func picture(_ name: String = "picture.png") -> String {
        """
        new Promise((made) => {
            const canvas = document.createElement("canvas");
            Object.assign(canvas, { width: 64, height: 48 });
            const context = canvas.getContext("2d");
            context.fillStyle = "teal";
            context.fillRect(8, 8, 40, 24);
            canvas.toBlob((blob) => made(new File([blob], \(literal(name)), { type: "image/png" })));
        })
        """
    }

    /// A sound: a tone of the given length, eight thousand bytes for each second.
    static func sound(_ name: String = "sound.wav", seconds: Int = 1) -> String {
        """
        (() => {
            const length = 8000 * \(seconds);
            const view = new DataView(new ArrayBuffer(44 + length));
            const write = (at, text) => [...text].forEach((one, index) => view.setUint8(at + index, one.charCodeAt(0)));
            write(0, "RIFF");
            view.setUint32(4, 36 + length, true);
            write(8, "WAVEfmt ");
            view.setUint32(16, 16, true);
            view.setUint16(20, 1, true);
            view.setUint16(22, 1, true);
            view.setUint32(24, 8000, true);
            view.setUint32(28, 8000, true);
            view.setUint16(32, 1, true);
            view.setUint16(34, 8, true);
            write(36, "data");
            view.setUint32(40, length, true);
            for (let at = 0; at < length; at += 1) view.setUint8(44 + at, 128 + 60 * Math.sin(at / 3));
            return new File([view.buffer], \(literal(name)), { type: "audio/wav" });
        })()
        """
    }

    /// A film, recorded by the page from a drawing that changes.
    static func film(_ name: String = "film.webm") -> String {
        """
        new Promise((made) => {
            const canvas = document.createElement("canvas");
            Object.assign(canvas, { width: 64, height: 48 });
            const context = canvas.getContext("2d");
            const recorder = new MediaRecorder(canvas.captureStream(0), { mimeType: "video/webm;codecs=vp8" });
            const parts = [];
            let frames = 0;
            const timer = setInterval(() => {
                context.fillStyle = frames % 2 ? "teal" : "orange";
                context.fillRect(0, 0, 64, 48);
                recorder.stream.getVideoTracks()[0].requestFrame();
                frames += 1;
            }, 40);
            recorder.ondataavailable = ({ data }) => {
                parts.push(data);
                if (recorder.state === "recording" && data.size > 0 && frames > 10) recorder.stop();
            };
            recorder.onstop = () => {
                clearInterval(timer);
                made(new File(parts, \(literal(name)), { type: "video/webm" }));
            };
            recorder.start(100);
        })
        """
    }

    private static func literal(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return "\"\(escaped)\""
    }
}
