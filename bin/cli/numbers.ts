import { InvalidArgumentError } from "commander";

/** Parsers of option values, for commander: they refuse what is not a number of the kind. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("It must be a whole number.");
}

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a number.");
}

export function aboveZero(text: string): number {
  const value = number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("It must be a number between 0 and 1.");
}

/** `/^\d+/` or `^\d+`. */
export function pattern(text: string): RegExp {
  const slashed = /^\/(.*)\/([a-z]*)$/s.exec(text);
  try {
    return slashed ? new RegExp(slashed[1] as string, slashed[2]) : new RegExp(text);
  } catch {
    throw new InvalidArgumentError("It must be a regular expression, for example '^\\d+'.");
  }
}
