extension Page {
    /// What keeps people from using the page as it stands: on their screen, with their eyes, fingers or ears.
    ///
    /// - Parameter width: The window's width, in CSS pixels.
    /// - Returns: Nothing, or what was found, as JSON or in words.
    /// - Throws: ``HarnessError`` when the page cannot be asked.
    func flaws(atWidth width: Int) async throws -> [String] {
        var found: [String] = []
        // Less by the scroll bar where the page is higher than the window.
        let fits = "document.documentElement.scrollWidth <= innerWidth && innerWidth === \(width)"
        if try await evaluate(fits) != "true" { found.append("it scrolls sideways") }
        for search in [Self.faintTexts, Self.smallTargets, Self.nameless] {
            let elements = try await evaluate(search)
            if elements != "[]" { found.append(elements) }
        }
        return found
    }

    /// What the texts of the page lack of the contrast that WCAG 2 asks for at level AA (4.5 to 1).
    fileprivate static let faintTexts = """
        (() => {
          const luminance = (color) => {
            const [r, g, b] = color.match(/[\\d.]+/g).map((part) => {
              const value = part / 255;
              return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const background = (element) => {
            for (let at = element; at; at = at.parentElement) {
              const color = getComputedStyle(at).backgroundColor;
              if (color !== "rgba(0, 0, 0, 0)") return color;
            }
            return "rgb(255, 255, 255)";
          };
          const faint = [];
          for (const element of document.querySelectorAll("body *")) {
            const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
            if (!hasText && !element.matches("input, select")) continue;
            if (!element.checkVisibility() || element.matches("noscript")) continue;
            const pair = [luminance(getComputedStyle(element).color), luminance(background(element))];
            const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
            if (contrast < 4.5) faint.push(`${element.outerHTML.slice(0, 60)}: ${contrast.toFixed(2)}`);
          }
          return faint;
        })()
        """

    /// What can be pressed and is smaller than a finger: a card of the index is pressed anywhere.
    fileprivate static let smallTargets = """
        [...document.querySelectorAll("nav a, button, input, select, .button")]
          .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 44)
          .map((element) => element.outerHTML.slice(0, 60))
        """

    /// What cannot be told by ear: fields and groups without a name.
    fileprivate static let nameless = """
        (nameOf => [...document.querySelectorAll("input, select, button, a, section, aside, nav, [role=log], [role=timer]")]
          .filter((element) => element.matches("div, section, aside, nav") || !nameOf(element))
          .filter((element) => !element.ariaLabel && !element.hasAttribute("aria-labelledby"))
          .map((element) => element.outerHTML.slice(0, 60)))
          ((element) => (element.labels?.[0] ?? element).textContent.trim() || element.querySelector("img")?.alt)
        """
}
