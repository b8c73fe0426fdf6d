/** A page of HTML in one file, which needs no network and lets nothing in from outside. */
import { createHash } from "node:crypto";
import { escaped } from "./html.js";
import { style } from "./page-style.js";

export interface PageParts {
  /** Of the window. */
  readonly title: string;
  readonly heading: string;
  /** HTML below the heading. */
  readonly introduction: readonly string[];
  /** As `section` gives them; empty ones are left out. Each gets a link. */
  readonly sections: readonly string[];
  readonly footer: string;
  /** Beside the common one. */
  readonly style?: string;
  /** Run at the end of the page. It must hold nothing that is not ours. */
  readonly script?: string;
}

export function pageOf({ title, heading, introduction, sections, footer, style: more = "", script }: PageParts): string {
  const present = sections.filter((section) => section !== "");
  const links = present.map((section) => {
    const [, id = "", name = ""] = /<section id="([^"]+)"><h2>(.*?)<\/h2>/s.exec(section) ?? [];
    return `<a href="#${id}">${name}</a>`;
  });
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "img-src data:",
    ...(script ? [`script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`] : []),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy.join("; ")}">
<title>${escaped(title)}</title>
<style>${style}${more}</style>
</head>
<body>
<header>
<h1>${escaped(heading)}</h1>
${introduction.filter(Boolean).join("\n")}
<nav aria-label="Parts of this page">${links.join("\n")}</nav>
</header>
<main>
${present.join("\n")}
</main>
<footer>${escaped(footer)}</footer>
${script ? `<script>${script}</script>\n` : ""}</body>
</html>
`;
}
