/** XML by events, with bounds: no document types, no entities but XML's own five, a limit of depth and of size. */
import { SaxesParser } from "saxes";

export type Attributes = Readonly<Record<string, string>>;

const deepest = 64;

/** Calls `open` for each element, its name without prefix, and `close` at its end. Throws an Error where the text is no sound XML. */
export function readXml(
  text: string,
  open: (name: string, attributes: Attributes) => void,
  close: (name: string) => void,
): void {
  const parser = new SaxesParser();
  let depth = 0;
  parser.on("doctype", () => {
    throw new Error("it declares a document type, which is not read");
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (++depth > deepest) throw new Error(`its elements are nested deeper than ${deepest}`);
    open(plain(name), attributes as Attributes);
  });
  parser.on("closetag", ({ name }) => {
    depth--;
    close(plain(name));
  });
  parser.on("error", (error) => {
    throw error;
  });
  parser.write(text).close();
}

const plain = (name: string) => name.slice(name.indexOf(":") + 1);
