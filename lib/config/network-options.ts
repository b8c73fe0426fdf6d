/** What a network's architecture makes of its options: the defaults that depend on it, and which options it takes at all. */
import type { z } from "zod";
import {
  type ArchitectureName,
  architectureNames,
  architectures,
  type DecoderAttention,
  type EncoderName,
  encoders,
  minimumDecoderChannels,
  overEncoder,
  ownEncoder,
} from "./networks.js";

/** As they are given; those that belong to some architectures alone may be missing. */
interface GivenOptions {
  architecture: ArchitectureName;
  inputMode?: "projection" | "drop" | "inflate" | undefined;
  encoder?: EncoderName | undefined;
  decoderChannels?: number[] | undefined;
  decoderAttention?: DecoderAttention | undefined;
  dropConnectRate?: number | undefined;
  width?: number | undefined;
  dropout?: number | undefined;
  atrousRates?: number[] | undefined;
}

/** Of an architecture over an encoder all of the first four are there, of one with an encoder of its own the last three. */
interface DecidedOptions {
  inputMode: "projection" | "drop" | "inflate";
  encoder?: EncoderName;
  decoderChannels?: number[];
  decoderAttention?: DecoderAttention;
  dropConnectRate?: number;
  width?: number;
  dropout?: number;
  atrousRates?: number[];
}

export type Completed<Config> = Omit<Config, keyof DecidedOptions> & DecidedOptions;

/** Fills in what the architecture decides, and refuses what does not belong to it or does not fit together. */
export function completed<Config extends GivenOptions>(config: Config, context: z.RefinementCtx): Completed<Config> {
  const { architecture, inputMode, encoder, decoderChannels, decoderAttention, dropConnectRate, ...rest } = config;
  const { width, dropout, atrousRates, ...others } = rest;
  const { title } = architectures[architecture];
  const refuse = (message: string, path: (string | number)[], input: unknown) =>
    context.addIssue({ code: "custom", message, path, input });
  const refuseAll = (options: object, message: (name: string) => string) => {
    for (const [name, value] of Object.entries(options)) if (value !== undefined) refuse(message(name), [name], value);
  };

  const over = overEncoder(architecture);
  if (over) {
    refuseAll({ width, dropout, atrousRates }, (name) => `${title} has no ${name}; it is an option of ${listOf(takers(name))}`);
    const network = {
      encoder: encoder ?? "efficientnet-b7",
      decoderChannels: decoderChannels ?? [...over.decoderChannels],
      decoderAttention: decoderAttention ?? over.decoderAttention,
    };
    checkDecoder(title, network, refuse);
    const decided = { inputMode: inputMode ?? "projection", ...network, dropConnectRate: dropConnectRate ?? 0.2 } as const;
    return { architecture, ...others, ...decided } as unknown as Completed<Config>;
  }
  const own = ownEncoder(architecture) as NonNullable<ReturnType<typeof ownEncoder>>;
  refuseAll(
    { encoder, decoderChannels, decoderAttention, dropConnectRate },
    (name) => `${title} has an encoder of its own, so leave ${name} out; it is an option of ${listOf(takers(name))}`,
  );
  const rates = atrousRates ?? [...own.atrousRates];
  if (own.atrousRates.length === 0 && rates.length > 0) {
    refuse(`${title} has no atrousRates; they are an option of ${listOf(takers("atrousRates"))}`, ["atrousRates"], rates);
  }
  if (own.atrousRates.length > 0 && rates.length === 0) refuse(`${title} needs at least one`, ["atrousRates"], rates);
  const decided = { inputMode: inputMode ?? "drop", width: width ?? own.width, dropout: dropout ?? own.dropout } as const;
  return { architecture, ...others, ...decided, atrousRates: rates } as unknown as Completed<Config>;
}

function checkDecoder(
  title: string,
  {
    encoder,
    decoderChannels,
    decoderAttention,
  }: Required<Pick<DecidedOptions, "encoder" | "decoderChannels" | "decoderAttention">>,
  refuse: (message: string, path: (string | number)[], input: unknown) => void,
): void {
  const { levels } = encoders[encoder];
  if (decoderChannels.length !== levels) {
    const message = `${title} over ${encoder} needs ${levels} decoder channels, one a level`;
    refuse(message, ["decoderChannels"], decoderChannels);
  }
  const least = minimumDecoderChannels[decoderAttention];
  for (const [i, channels] of decoderChannels.entries()) {
    if (channels >= least) continue;
    refuse(`a decoder with decoderAttention "${decoderAttention}" needs at least ${least}`, ["decoderChannels", i], channels);
  }
}

/** The architectures that take an option of this name. */
function takers(name: string): string[] {
  return architectureNames.filter((architecture) => {
    const own = ownEncoder(architecture);
    if (name === "atrousRates") return own !== undefined && own.atrousRates.length > 0;
    return (own !== undefined) === (name === "width" || name === "dropout");
  });
}

function listOf(names: string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
