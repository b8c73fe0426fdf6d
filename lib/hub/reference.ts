import { ConfigError } from "../errors.js";

/** A file of a model repository on the hub: `hf:owner/name[@revision][/file]`. */
export interface HubReference {
  /** owner/name */
  readonly repository: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** Inside of the repository; without it the repository's weights are looked for. */
  readonly file?: string;
}

const grammar = /^hf:([\w.-]+\/[\w.-]+)(?:@([\w.-]+))?(?:\/(.+))?$/;

export function isHubReference(text: string): boolean {
  return text.startsWith("hf:");
}

/** @throws ConfigError ACINUS_CONFIG */
export function parseHubReference(text: string): HubReference {
  const [, repository, revision = "main", file] = grammar.exec(text) ?? [];
  const segments = `${repository}/${revision}/${file ?? "x"}`.split("/");
  if (repository === undefined || segments.some((segment) => /^\.*$/.test(segment)) || file?.includes("\\")) {
    throw new ConfigError("ACINUS_CONFIG", `${JSON.stringify(text)} is no reference to a file on the hub.`, {
      value: text,
      fix: "Write hf:owner/name, hf:owner/name@revision or hf:owner/name@revision/file.safetensors.",
    });
  }
  return { repository, revision, file };
}

/** As it is typed; the file, where there is one, included. */
export function formatHubReference({ repository, revision, file }: HubReference): string {
  return `hf:${repository}${revision === "main" ? "" : `@${revision}`}${file ? `/${file}` : ""}`;
}
