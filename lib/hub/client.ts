import { AcinusError } from "../errors.js";
import { formatHubReference, type HubReference } from "./reference.js";

/** The hub's client, loaded when the hub is asked. */
const hubClient = () => import("@huggingface/hub");

/** The hub's address (`HF_ENDPOINT`), the token (`HF_TOKEN`), and whether the hub must not be asked (`HF_HUB_OFFLINE=1`, `ACINUS_OFFLINE=1`). */
export interface HubAccess {
  readonly endpoint?: string;
  readonly token?: string;
  readonly offline: boolean;
}

export function hubAccess(environment = process.env): HubAccess {
  const { HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, ACINUS_OFFLINE } = environment;
  return {
    endpoint: HF_ENDPOINT?.replace(/\/+$/, "") || undefined,
    token: HF_TOKEN?.trim() || undefined,
    offline: [HF_HUB_OFFLINE, ACINUS_OFFLINE].some((value) => /^(1|true|yes|on)$/i.test(value ?? "")),
  };
}

/** What the hub says of one file. */
export interface RemoteFile {
  readonly etag: string;
  readonly size: number;
  /** Its bytes from `begin` on. */
  read(begin: number): Promise<ReadableStream<Uint8Array>>;
}

/** Asks the hub about a file. @throws AcinusError ACINUS_DOWNLOAD */
export function remoteFile(reference: Required<HubReference>, access: HubAccess, signal?: AbortSignal): Promise<RemoteFile> {
  return asking(reference, access, async () => {
    const { downloadFile, fileDownloadInfo } = await hubClient();
    const request = requestFor(reference, access, signal);
    const info = await fileDownloadInfo(request);
    if (!info) throw absent(reference, `has no file ${reference.file}`);
    const { size } = info;
    return {
      etag: info.etag.replace(/^(W\/)?"?|"$/g, ""),
      size,
      read: (begin) =>
        asking(reference, access, async () => {
          // Ranges of plain HTTP, so that a broken download can continue.
          const blob = await downloadFile({ ...request, downloadInfo: info, xet: false });
          if (!blob) throw absent(reference, `has no file ${reference.file}`);
          return (begin > 0 ? blob.slice(begin, size) : blob).stream();
        }),
    };
  });
}

/** The names of all files of a repository. @throws AcinusError ACINUS_DOWNLOAD */
export function remoteNames(reference: HubReference, access: HubAccess, signal?: AbortSignal): Promise<string[]> {
  return asking(reference, access, async () => {
    const { listFiles } = await hubClient();
    const names: string[] = [];
    for await (const { type, path } of listFiles({ ...requestFor(reference, access, signal), recursive: true })) {
      if (type === "file") names.push(path);
    }
    return names;
  });
}

function requestFor({ repository, revision, file = "" }: HubReference, access: HubAccess, signal?: AbortSignal) {
  // The token goes to the hub only, never to a host that the hub redirects to. It may have any form, because mirrors have their own.
  let hub: string | undefined;
  const authorised: typeof fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    hub ??= url.origin;
    if (access.token && url.origin === hub) headers.set("authorization", `Bearer ${access.token}`);
    return fetch(input, { ...init, headers, signal });
  };
  return { repo: repository, revision, path: file, hubUrl: access.endpoint, fetch: authorised };
}

function absent(reference: HubReference, what: string): AcinusError {
  return new AcinusError("ACINUS_DOWNLOAD", `${reference.repository}@${reference.revision} ${what}.`, {
    value: formatHubReference(reference),
    fix: "Check the name of repository, revision and file.",
  });
}

/** The hub could not be asked: no network, or it did not answer. What is in the cache may serve then. */
export class HubUnreachable extends AcinusError {}

async function asking<T>(reference: HubReference, access: HubAccess, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (cause instanceof AcinusError || (cause as Error).name === "AbortError") throw cause;
    const { HubApiError } = await hubClient();
    const value = formatHubReference(reference);
    const status = cause instanceof HubApiError ? cause.statusCode : undefined;
    if (status === 401 || status === 403) {
      const fix = access.token
        ? "The token in HF_TOKEN does not open it: accept its conditions on its page, or use another token."
        : "If it is gated or private, accept its conditions on its page and set HF_TOKEN to a token of yours.";
      throw new AcinusError("ACINUS_DOWNLOAD", `The hub does not give ${value} (${status}).`, { value, fix, cause });
    }
    if (status === 404) throw absent(reference, "was not found on the hub (404)");
    const reason = status ? `it answered ${status}` : ((cause as { cause?: Error }).cause?.message ?? (cause as Error).message);
    const fix = "Check the network (HF_ENDPOINT names another hub), or give a file. What was fetched so far is kept.";
    throw new HubUnreachable("ACINUS_DOWNLOAD", `The hub cannot be asked for ${value}: ${reason}.`, { value, fix, cause });
  }
}
